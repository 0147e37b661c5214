"""Hold an adopted item at its version, or let it go again: pushes of the vendor pass it over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.persistence.models import ContentItem
from app.services.content.ownership import lock_adopted_item
from app.services.content.versions import tell_item_updated
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class LockContentItem:
    """The adopted item, and whether it is to be locked from now on."""

    idempotency_key: str
    item_id: UUID
    locked: bool


async def lock_content_item(caller: Caller, input: LockContentItem) -> Mapping[str, UUID]:
    """Lock an adopted item of the actor's team, or unlock it; gives the id `content_item`.

    Raises Refused with NOT_FOUND, INVALID (not adopted), ALREADY_DONE, PARTNER_NOT_ACTIVE.
    """

    async def work(now: datetime) -> Done:
        item = await lock_adopted_item(caller, input.item_id)
        if item.locked == input.locked:
            state = "locked" if input.locked else "not locked"
            raise refuse(ErrorCode.ALREADY_DONE, f"This item is {state} already.", "locked")
        await ContentItem.filter(id=item.id).update(locked=input.locked)
        await tell_item_updated(caller.actor, item, ["locked"], now)
        return Done(item.id, item.partner_id, {"content_item": item.id})

    given = arguments(input)
    return await perform(caller, "lockContentItem", input.idempotency_key, given, work)
