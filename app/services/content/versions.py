"""Versions of items: read for a choice, added, told about."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from app.auth.actor import Actor
from app.auth.scope import visible_ids
from app.domain.content import VersionFacts, VersionStatus, checksum
from app.domain.events import EventType
from app.domain.ids import global_id
from app.events.outbox import append
from app.persistence.models import ContentItem, ContentVersion
from app.services.use_case import Caller


async def versions_of(
    caller: Caller, items: Iterable[ContentItem]
) -> Mapping[UUID, list[VersionFacts]]:
    """For each item's id the versions that the actor sees.

    An adopted item has one: the version of the open item that it refers to.
    """
    items = list(items)
    own = [item.id for item in items]
    adopted = [item.adopted_version_id for item in items if item.adopted_version_id]
    rows = await ContentVersion.filter(Q(item_id__in=own) | Q(id__in=adopted)).values(
        "id", "item_id", "number", "status"
    )
    seen = await visible_ids(
        caller.database, caller.actor, ContentVersion, [row["id"] for row in rows]
    )
    facts = {
        row["id"]: VersionFacts(row["id"], row["number"], VersionStatus(row["status"]))
        for row in rows
        if row["id"] in seen
    }
    of_item: dict[UUID, list[VersionFacts]] = {id: [] for id in own}
    for row in rows:
        if row["id"] in facts and row["item_id"] in of_item:
            of_item[row["item_id"]].append(facts[row["id"]])
    for item in items:
        if item.adopted_version_id in facts:
            of_item[item.id].append(facts[item.adopted_version_id])
    return of_item


async def add_version(
    item: ContentItem, number: int, body: str, notes: str, now: datetime, *, publish: bool
) -> ContentVersion:
    """Write a version of an item, as a draft or published."""
    return await ContentVersion.create(
        item=item,
        partner_id=item.partner_id,
        number=number,
        status=VersionStatus.PUBLISHED if publish else VersionStatus.DRAFT,
        body=body,
        checksum=checksum(body),
        notes=notes.strip(),
        created_at=now,
        published_at=now if publish else None,
    )


async def next_number(item_id: UUID) -> int:
    """The number of the item's next version, inside the open unit of work.

    The item is locked: a version that is added at the same time gets the number after it.
    """
    await ContentItem.select_for_update(no_key=True).get(id=item_id)
    newest = await ContentVersion.filter(item_id=item_id).order_by("-number").first()
    return newest.number + 1 if newest else 1


async def tell_published(
    actor: Actor, item: ContentItem, version: ContentVersion, now: datetime
) -> None:
    """Write the event of a published version."""
    await tell_version(EventType.CONTENT_VERSION_PUBLISHED, actor, item, version, now)


async def tell_version(
    type: EventType, actor: Actor, item: ContentItem, version: ContentVersion, now: datetime
) -> None:
    """Write an event about a version."""
    await append(
        type,
        subject_id=version.id,
        partner_id=item.partner_id,
        actor=actor,
        at=now,
        data={
            "contentItemId": global_id("ContentItem", item.id),
            "title": item.title,
            "number": version.number,
        },
    )


async def tell_item_updated(
    actor: Actor, item: ContentItem, changed: list[str], now: datetime
) -> None:
    """Write the event of a changed item; `changed` are names as the API has them."""
    await append(
        EventType.CONTENT_ITEM_UPDATED,
        subject_id=item.id,
        partner_id=item.partner_id,
        actor=actor,
        at=now,
        data={"changed": changed},
    )
