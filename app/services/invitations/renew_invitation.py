"""Invite a person again whose invitation expired, got lost or was withdrawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.partners import AdvisorStatus
from app.services.inputs import arguments
from app.services.invitations.issuance import invite, person_of, withdraw
from app.services.invitations.locking import FIELD, lock_invitation, require_at_work
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class RenewInvitation:
    """An invitation that another is to follow."""

    idempotency_key: str
    invitation_id: UUID


async def renew_invitation(caller: Caller, input: RenewInvitation) -> Mapping[str, UUID]:
    """Withdraw what is pending and invite the same person again; gives the id `invitation`.

    Raises Refused with NOT_FOUND, ROLE_TOO_LOW, PARTNER_NOT_ACTIVE, CLIENT_NOT_ACTIVE, NO_POLICY,
    and with INVITATION_ENDED for a person who has joined or was revoked meanwhile.
    """

    async def work(now: datetime) -> Done:
        former = await lock_invitation(caller, input.invitation_id)
        await require_at_work(former, FIELD)
        person = await person_of(former)
        if person.status != AdvisorStatus.INVITED:
            message = f"This person is {person.status} and needs no invitation."
            raise refuse(ErrorCode.INVITATION_ENDED, message, FIELD)
        await withdraw(caller.actor, person, now)
        invitation = await invite(caller.actor, person, now)
        return Done(invitation.id, invitation.partner_id, {"invitation": invitation.id})

    return await perform(caller, "renewInvitation", input.idempotency_key, arguments(input), work)
