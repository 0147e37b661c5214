"""Content items with their versions and Markdown bodies, for the open library and for those of
partners.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from app.demo import fake_names
from app.demo.bulk_insert import Rows
from app.demo.ids import id_at
from app.demo.shared_data import Item, Version
from app.demo.timeline import EventActor, Timeline
from app.domain.content import AudienceKind, ContentKind, VersionStatus, checksum
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.text import sort_key
from app.persistence.models import ContentAudience, ContentItem, ContentVersion


@dataclass(frozen=True, slots=True)
class ItemOutline:
    """An item to create. `moments` has the time of each version; `latest` is the last one's status.

    An item whose latest version is RETIRED is entirely retired, at `retired_at`.
    """

    kind: ContentKind
    title: str
    description: str
    tags: list[str]
    points: Sequence[str]
    moments: Sequence[datetime]
    latest: VersionStatus
    retired_at: datetime | None = None
    tiers: Sequence[str] = ()
    groups: Sequence[str] = ()
    price: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class LibraryTarget:
    """The library for items, its owner (None: the vendor), and the creator of the items."""

    rows: Rows
    random: Random
    timeline: Timeline
    actor: EventActor
    library_id: UUID
    partner_id: UUID | None


def add_item(target: LibraryTarget, outline: ItemOutline) -> Item:
    """Add an item and its versions. Return it with the published ones."""
    created = outline.moments[0]
    amount, currency = outline.price or (None, None)
    item = Item(
        id=id_at(created, target.random),
        kind=outline.kind,
        title=outline.title,
        description=outline.description,
        tags=outline.tags,
        tiers=list(outline.tiers),
        versions=[],
        groups=outline.groups,
        price_minor=amount,
    )
    target.rows.add(
        ContentItem,
        id=item.id,
        library_id=target.library_id,
        partner_id=target.partner_id,
        kind=item.kind,
        title=item.title,
        title_key=sort_key(item.title),
        description=item.description,
        tags=item.tags,
        price_minor=amount,
        price_currency=currency,
        locked=False,
        created_at=created,
    )
    for kind, keys in ((AudienceKind.TIER, item.tiers), (AudienceKind.GROUP, item.groups)):
        for key in keys:
            audience = {"item_id": item.id, "kind": kind, "key": key}
            target.rows.add(ContentAudience, id=id_at(created, target.random), **audience)
    facts = {"title": item.title, "kind": item.kind}
    target.timeline.record(EventType.CONTENT_ITEM_CREATED, created, item.id, target.actor, facts)
    for number, at in enumerate(outline.moments, start=1):
        _add_version(target, outline, item, number, at)
    return item


def _add_version(
    target: LibraryTarget, outline: ItemOutline, item: Item, number: int, at: datetime
) -> None:
    status = outline.latest if number == len(outline.moments) else VersionStatus.PUBLISHED
    if outline.latest is VersionStatus.RETIRED:
        status = VersionStatus.RETIRED
    body, notes = _body(outline, number)
    id = id_at(at, target.random)
    target.rows.add(
        ContentVersion,
        id=id,
        item_id=item.id,
        partner_id=target.partner_id,
        number=number,
        status=status,
        body=body,
        checksum=checksum(body),
        notes=notes,
        created_at=at,
        published_at=None if status is VersionStatus.DRAFT else at,
        retired_at=outline.retired_at if status is VersionStatus.RETIRED else None,
    )
    if status is VersionStatus.DRAFT:
        return
    item.versions.append(Version(id, number, at, status is VersionStatus.RETIRED))
    facts = {
        "contentItemId": global_id("ContentItem", item.id),
        "title": item.title,
        "number": number,
    }
    target.timeline.record(EventType.CONTENT_VERSION_PUBLISHED, at, id, target.actor, facts)


def _body(outline: ItemOutline, number: int) -> tuple[str, str]:
    """Return the Markdown of a version, and its notes. Each version has one more point than the
    previous.
    """
    kind: dict[str, Any] = fake_names.data("library")["kinds"][outline.kind]
    points = outline.points[: max(1, len(outline.points) - len(outline.moments) + number)]
    listed = "\n".join(f"{place}. {point}" for place, point in enumerate(points, start=1))
    notes = "First edition." if number == 1 else f"Adds: {points[-1]}"
    body = (
        f"# {outline.title}\n\n{outline.description}\n\n## How to use it\n\n{kind['use']}\n\n"
        f"## {kind['heading']}\n\n{listed}\n\n## Edition {number}\n\n{notes}\n"
    )
    return body, notes
