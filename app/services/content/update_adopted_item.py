"""An adopted item moves on to a newer, or back to another, version of its open item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.content import usable_version
from app.domain.errors import ErrorCode, refuse
from app.persistence.models import ContentItem
from app.services.content.ownership import lock_adopted_item
from app.services.content.versions import tell_item_updated, versions_of
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class UpdateAdoptedItem:
    """The adopted item, and the version of the open item to take: None for the latest."""

    idempotency_key: str
    item_id: UUID
    version_id: UUID | None = None


async def update_adopted_item(caller: Caller, input: UpdateAdoptedItem) -> Mapping[str, UUID]:
    """Let an adopted item refer to another published version; gives the id `content_item`.

    Templates that fix a version, and clients, keep what they have: push it to them. Raises Refused
    with NOT_FOUND, INVALID (not adopted), CONTENT_LOCKED, CONTENT_NOT_PUBLISHED, CONTENT_RETIRED,
    ALREADY_DONE (it is at this version), PARTNER_NOT_ACTIVE.
    """

    async def work(now: datetime) -> Done:
        item = await lock_adopted_item(caller, input.item_id)
        if item.locked:
            raise refuse(
                ErrorCode.CONTENT_LOCKED,
                "This item is locked at its version. Unlock it first.",
                "contentItemId",
            )
        adopted = await ContentItem.get(id=item.adopted_item_id)
        version = usable_version(
            (await versions_of(caller, [adopted]))[adopted.id], input.version_id
        )
        if version.id == item.adopted_version_id:
            raise refuse(
                ErrorCode.ALREADY_DONE,
                f"This item is at version {version.number} already.",
                "versionId",
            )
        await ContentItem.filter(id=item.id).update(adopted_version_id=version.id)
        await tell_item_updated(caller.actor, item, ["adoptedVersion"], now)
        return Done(item.id, item.partner_id, {"content_item": item.id})

    given = arguments(input)
    return await perform(caller, "updateAdoptedItem", input.idempotency_key, given, work)
