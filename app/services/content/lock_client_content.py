"""Hold what a client has of an item at its version, or let it go again: pushes pass it over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.ids import global_id
from app.events.outbox import append
from app.persistence.models import ContentGrant
from app.services.clients.locking import lock_active_client
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class LockClientContent:
    """The client and an item that it has, and whether that is to be locked from now on."""

    idempotency_key: str
    client_id: UUID
    item_id: UUID
    locked: bool


async def lock_client_content(caller: Caller, input: LockClientContent) -> Mapping[str, UUID]:
    """Lock what a client has of an item, or unlock it; gives the id `content_grant`.

    Raises Refused with NOT_FOUND (the client, or an item that it does not have), ROLE_TOO_LOW,
    CLIENT_NOT_ACTIVE, PARTNER_NOT_ACTIVE, ALREADY_DONE.
    """

    async def work(now: datetime) -> Done:
        client = await lock_active_client(caller, input.client_id)
        # Whoever sees the client sees all that it was given.
        grant = await ContentGrant.get_or_none(client_id=client.id, item_id=input.item_id)
        if grant is None:
            raise refuse(
                ErrorCode.NOT_FOUND,
                "The client has no such content item. Check the id.",
                "contentItemId",
            )
        if grant.locked == input.locked:
            state = "locked" if input.locked else "not locked"
            raise refuse(ErrorCode.ALREADY_DONE, f"This content is {state} already.", "locked")
        await ContentGrant.filter(id=grant.id).update(locked=input.locked)
        await append(
            EventType.CONTENT_GRANT_LOCKED,
            subject_id=grant.id,
            partner_id=client.partner_id,
            client_id=client.id,
            actor=caller.actor,
            at=now,
            data={
                "contentItemId": global_id("ContentItem", grant.item_id),
                "locked": input.locked,
            },
        )
        return Done(grant.id, client.partner_id, {"content_grant": grant.id})

    given = arguments(input)
    return await perform(caller, "lockClientContent", input.idempotency_key, given, work)
