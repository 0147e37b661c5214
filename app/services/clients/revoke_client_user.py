"""Lock a user out of a client team."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.clients import ClientUserStatus
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import ApiKey, ClientUser
from app.services.clients.locking import lock_client
from app.services.inputs import arguments
from app.services.invitations.issuance import withdraw
from app.services.use_case import Caller, Done, perform
from app.services.visible import require

FIELD = "clientUserId"


@dataclass(frozen=True, slots=True)
class RevokeClientUser:
    """A user of a client team."""

    idempotency_key: str
    client_user_id: UUID


async def revoke_client_user(caller: Caller, input: RevokeClientUser) -> Mapping[str, UUID]:
    """Revoke a user permanently, in any state of the client; gives `client_user` and `client`.

    A pending invitation is void, their API keys are revoked, and their sign-in is free for another
    team. Raises Refused at `clientUserId` with NOT_FOUND, ROLE_TOO_LOW or ALREADY_DONE.
    """

    async def work(now: datetime) -> Done:
        seen = await require(caller, ClientUser, input.client_user_id, FIELD)
        client = await lock_client(caller, seen.client_id, FIELD)
        user = await ClientUser.get(id=seen.id)
        if user.status == ClientUserStatus.REVOKED:
            raise refuse(ErrorCode.ALREADY_DONE, "This user is revoked already.", FIELD)
        await withdraw(caller.actor, user, now)
        await ClientUser.filter(id=user.id).update(status=ClientUserStatus.REVOKED, subject=None)
        await ApiKey.filter(client_user_id=user.id, revoked_at=None).update(revoked_at=now)
        await append(
            EventType.CLIENT_USER_REVOKED,
            subject_id=user.id,
            partner_id=user.partner_id,
            client_id=user.client_id,
            actor=caller.actor,
            at=now,
            data={"name": user.name},
        )
        return Done(user.id, user.partner_id, {"client_user": user.id, "client": client.id})

    return await perform(caller, "revokeClientUser", input.idempotency_key, arguments(input), work)
