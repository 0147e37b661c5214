"""Withdraw an invitation. The person stays invited, and may be sent another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.services.clients.locking import refuse_if
from app.services.inputs import arguments
from app.services.invitations.issuance import person_of, withdraw
from app.services.invitations.locking import FIELD, lock_invitation
from app.services.invitations.token_visibility import ended
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    """A pending invitation."""

    idempotency_key: str
    invitation_id: UUID


async def revoke_invitation(caller: Caller, input: RevokeInvitation) -> Mapping[str, UUID]:
    """Make an invitation void; gives the id `invitation`.

    Raises Refused with NOT_FOUND or ROLE_TOO_LOW, and with INVITATION_ENDED for one that is not
    pending.
    """

    async def work(now: datetime) -> Done:
        invitation = await lock_invitation(caller, input.invitation_id)
        refuse_if(ended(invitation, now, FIELD))
        await withdraw(caller.actor, await person_of(invitation), now)
        return Done(invitation.id, invitation.partner_id, {"invitation": invitation.id})

    return await perform(caller, "revokeInvitation", input.idempotency_key, arguments(input), work)
