"""Invite a person to a client team, at any time after it was created (S4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.clients import ClientUserStatus, NewClientUser, check_user, tidy_user
from app.domain.errors import ErrorCode, Refused, refuse
from app.persistence.models import ClientUser
from app.services.clients.locking import lock_active_client
from app.services.clients.users import add_user
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class AddClientUser:
    """A person, and the client team to join."""

    idempotency_key: str
    client_id: UUID
    name: str
    email: str


async def add_client_user(caller: Caller, input: AddClientUser) -> Mapping[str, UUID]:
    """Add a person as INVITED; gives the ids `client`, `client_user` and `invitation`.

    Raises Refused with NOT_FOUND, ROLE_TOO_LOW, CLIENT_NOT_ACTIVE or PARTNER_NOT_ACTIVE for the
    client, REQUIRED, TOO_LONG or INVALID for a value, DUPLICATE for an e-mail that the team has
    already, and NO_POLICY.
    """

    async def work(now: datetime) -> Done:
        client = await lock_active_client(caller, input.client_id)
        person = NewClientUser(input.name, input.email)
        if problems := check_user(person):
            raise Refused(problems)
        person = tidy_user(person)
        in_team = ClientUser.filter(client_id=client.id, email=person.email)
        if await in_team.exclude(status=ClientUserStatus.REVOKED).exists():
            message = "Someone in the client team has this e-mail already. Give each their own."
            raise refuse(ErrorCode.DUPLICATE, message, "email")
        invitation = await add_user(caller.actor, client, person, now)
        user_id: UUID = invitation.client_user_id  # type: ignore[assignment]
        ids = {"client": client.id, "client_user": user_id, "invitation": invitation.id}
        return Done(user_id, client.partner_id, ids)

    return await perform(caller, "addClientUser", input.idempotency_key, arguments(input), work)
