"""A partner takes an open item into its exclusive library, as a reference to one version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.content import usable_version
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.ids import global_id
from app.events.outbox import append
from app.persistence.models import ContentItem, ContentLibrary, Partner
from app.services.content.versions import versions_of
from app.services.inputs import arguments
from app.services.partners.locking import acting_partner
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class AdoptContentItem:
    """The open item to adopt, at a version or (None) at the latest published one."""

    idempotency_key: str
    item_id: UUID
    version_id: UUID | None = None


async def adopt_content_item(caller: Caller, input: AdoptContentItem) -> Mapping[str, UUID]:
    """Adopt an item; gives the ids `content_item` (the new one) and `content_version` (the open).

    The new item has no versions of its own: what clients are given is the open item's version.
    Raises Refused with NOT_FOUND, CONTENT_NOT_ADOPTABLE (not in the open library, or for other
    tiers), DUPLICATE, CONTENT_NOT_PUBLISHED, CONTENT_RETIRED, PARTNER_NOT_ACTIVE.
    """
    return await perform(
        caller,
        "adoptContentItem",
        input.idempotency_key,
        arguments(input),
        lambda now: _adopt(caller, input, now),
    )


async def _adopt(caller: Caller, input: AdoptContentItem, now: datetime) -> Done:
    partner = await acting_partner(caller)
    item = await require(caller, ContentItem, input.item_id, "contentItemId")
    await _refuse_unadoptable(partner, item)
    versions = await versions_of(caller, [item])
    version = usable_version(versions[item.id], input.version_id)
    adopted = await _add_reference(partner, item, version.id, now)
    await append(
        EventType.CONTENT_ITEM_ADOPTED,
        subject_id=adopted.id,
        partner_id=partner.id,
        actor=caller.actor,
        at=now,
        data={
            "title": adopted.title,
            "adoptedItemId": global_id("ContentItem", item.id),
            "adoptedVersionId": global_id("ContentVersion", version.id),
            "number": version.number,
        },
    )
    ids = {"content_item": adopted.id, "content_version": version.id}
    return Done(adopted.id, partner.id, ids)


async def _refuse_unadoptable(partner: Partner, item: ContentItem) -> None:
    if item.partner_id is not None:
        raise refuse(
            ErrorCode.CONTENT_NOT_ADOPTABLE,
            "This item is in your library already. Adopt items of the open library.",
            "contentItemId",
        )
    if await ContentItem.exists(partner_id=partner.id, adopted_item_id=item.id):
        raise refuse(
            ErrorCode.DUPLICATE,
            "This item is adopted already. Use the one in your library.",
            "contentItemId",
        )


async def _add_reference(
    partner: Partner, item: ContentItem, version_id: UUID, now: datetime
) -> ContentItem:
    return await ContentItem.create(
        library=await ContentLibrary.get(partner_id=partner.id),
        partner=partner,
        kind=item.kind,
        title=item.title,
        title_key=item.title_key,
        description=item.description,
        tags=item.tags,
        adopted_item=item,
        adopted_version_id=version_id,
        created_at=now,
    )
