"""Accept an invitation: the person who signed in becomes the one who was invited."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.auth.actor import Actor
from app.auth.admission import MAX_SUBJECT, require_free
from app.domain.clients import ClientUserStatus
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.domain.identity import Role
from app.domain.invitations import email_problem
from app.domain.partners import AdvisorStatus
from app.events.outbox import append
from app.persistence.models import Advisor, ClientUser, Invitation
from app.services.clients.locking import refuse_if
from app.services.invitations.issuance import Person, person_of
from app.services.invitations.locking import require_at_work
from app.services.invitations.token_visibility import ended
from app.services.partners.locking import lock_partner
from app.services.use_case import Caller, Done, perform

FIELD = "token"


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """The invitation whose token was sent; None if the text is the token of none."""

    idempotency_key: str
    invitation_id: UUID | None


async def accept_invitation(caller: Caller, input: AcceptInvitation) -> Mapping[str, UUID]:
    """Make the invited person ACTIVE and link the caller's subject to it.

    Gives the ids `invitation` and `partner`, with `advisor`, or with `client` and `client_user`.
    The caller is a NEWCOMER; for the person who has accepted this invitation it does nothing more.
    Raises Refused at `token` with NOT_FOUND for a token of nothing, INVITATION_ENDED,
    PARTNER_NOT_ACTIVE, CLIENT_NOT_ACTIVE, and INVALID for a caller who is somebody here already, or
    whose verified e-mail is not the invited one.
    """
    identity = caller.actor.identity
    if identity is None:
        return await _accepted_before(caller, input)

    async def work(now: datetime) -> Done:
        invitation = await _lock(input.invitation_id)
        refuse_if(ended(invitation, now, FIELD))
        refuse_if(email_problem(invitation.email, identity.email, FIELD))
        await require_at_work(invitation, FIELD)
        person = await person_of(invitation)
        await _link(caller, person, identity.subject, now)
        await Invitation.filter(id=invitation.id).update(accepted_at=now)
        await _tell(caller.actor, person, now)
        return Done(person.id, person.partner_id, _result(invitation))

    # Not the token, which is nobody's to read later; but who it was that came with it.
    told = {"invitation_id": input.invitation_id, "subject": identity.subject}
    return await perform(caller, "acceptInvitation", input.idempotency_key, told, work)


async def _accepted_before(caller: Caller, input: AcceptInvitation) -> Mapping[str, UUID]:
    """What a repeat comes to: the token that made a newcomer somebody is now that person's."""
    found = await caller.database.read(lambda: Invitation.get_or_none(id=input.invitation_id))
    me = caller.actor.user_id
    if found and found.accepted_at and me and me in (found.advisor_id, found.client_user_id):
        return _result(found)
    raise _somebody_already()


def _somebody_already() -> Refused:
    return refuse(
        ErrorCode.INVALID,
        "You are somebody here already, and one sign-in stands for one person. Sign in to the"
        " identity provider as the person who was invited.",
        FIELD,
    )


async def _lock(id: UUID | None) -> Invitation:
    """The invitation, with its partner locked: of two who accept at once, one comes second."""
    seen = await Invitation.get_or_none(id=id) if id else None
    if seen is None:
        message = "There is no such invitation. Check that the link was copied in full."
        raise refuse(ErrorCode.NOT_FOUND, message, FIELD)
    await lock_partner(seen.partner_id)
    return await Invitation.get(id=seen.id)


async def _link(caller: Caller, person: Person, subject: str, now: datetime) -> None:
    if not 1 <= len(subject) <= MAX_SUBJECT:
        message = f"The subject of your token has more than {MAX_SUBJECT} characters, or none."
        raise refuse(ErrorCode.INVALID, f"{message} Ask the vendor.", FIELD)
    try:
        await require_free(caller.database, person.id, subject)
    except ValueError as error:
        raise _somebody_already() from error
    if isinstance(person, Advisor):
        await Advisor.filter(id=person.id).update(
            subject=subject, status=AdvisorStatus.ACTIVE, active_from=now
        )
    else:
        await ClientUser.filter(id=person.id).update(
            subject=subject, status=ClientUserStatus.ACTIVE
        )


async def _tell(actor: Actor, person: Person, now: datetime) -> None:
    """The event, told as done by the person whom the newcomer has become."""
    advisor = isinstance(person, Advisor)
    role = Role(person.role) if isinstance(person, Advisor) else Role.CLIENT_USER
    await append(
        EventType.ADVISOR_JOINED if advisor else EventType.CLIENT_USER_JOINED,
        subject_id=person.id,
        partner_id=person.partner_id,
        client_id=person.client_id if isinstance(person, ClientUser) else None,
        actor=replace(actor, role=role, user_id=person.id),
        at=now,
        data={"name": person.name},
    )


def _result(invitation: Invitation) -> dict[str, UUID]:
    ids = {
        "invitation": invitation.id,
        "partner": invitation.partner_id,
        "advisor": invitation.advisor_id,
        "client": invitation.client_id,
        "client_user": invitation.client_user_id,
    }
    return {name: id for name, id in ids.items() if id}
