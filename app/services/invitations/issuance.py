"""Invitations made and withdrawn inside an open unit of work, with an event each."""

from datetime import datetime, timedelta

from app.auth.actor import Actor
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import Advisor, ClientUser, Invitation
from app.services.billing.policies import policy_in_force

Person = Advisor | ClientUser


async def invite(actor: Actor, person: Person, at: datetime) -> Invitation:
    """Invite a person who is INVITED, for as many days as the billing policy says.

    Raises Refused with NO_POLICY if none is in force. The vendor's mailer hears of it by the event.
    """
    policy = await policy_in_force(at)
    invitation = await Invitation.create(
        partner_id=person.partner_id,
        client_id=person.client_id if isinstance(person, ClientUser) else None,
        advisor_id=person.id if isinstance(person, Advisor) else None,
        client_user_id=person.id if isinstance(person, ClientUser) else None,
        email=person.email,
        created_at=at,
        created_by=actor.user_id,
        expires_at=at + timedelta(days=policy.invitation_days),
    )
    data = {"expiresAt": invitation.expires_at.isoformat()}
    await _tell(EventType.INVITATION_CREATED, actor, invitation, at, data)
    return invitation


async def withdraw(actor: Actor, person: Person, at: datetime) -> None:
    """Revoke whatever invitation of a person is pending."""
    column = "advisor_id" if isinstance(person, Advisor) else "client_user_id"
    pending = Invitation.filter(
        accepted_at=None, revoked_at=None, expires_at__gt=at, **{column: person.id}
    )
    for invitation in await pending.order_by("id"):
        await Invitation.filter(id=invitation.id).update(revoked_at=at)
        await _tell(EventType.INVITATION_REVOKED, actor, invitation, at, {})


async def person_of(invitation: Invitation) -> Person:
    """Whom an invitation is for."""
    if invitation.advisor_id:
        return await Advisor.get(id=invitation.advisor_id)
    return await ClientUser.get(id=invitation.client_user_id)


async def _tell(
    type: EventType, actor: Actor, invitation: Invitation, at: datetime, data: dict[str, str]
) -> None:
    await append(
        type,
        subject_id=invitation.id,
        partner_id=invitation.partner_id,
        client_id=invitation.client_id,
        actor=actor,
        at=at,
        data=data,
    )
