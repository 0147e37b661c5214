"""Content items with their versions and Markdown bodies, for the open library and for partners'."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from app.demo import words
from app.demo.bulk import Rows
from app.demo.ids import id_at
from app.demo.scene import Item, Version
from app.domain.content import ContentKind, VersionStatus, checksum
from app.domain.text import sort_key
from app.persistence.models import ContentItem, ContentVersion


@dataclass(frozen=True, slots=True)
class Outline:
    """An item to make. Version n of `moments` is written then; `latest` is the last one's status.

    An item whose latest version is RETIRED is retired altogether, at `retired_at`.
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
    price: tuple[int, str] | None = None


# Called for the item and for each version that was published: when, and which one (None: the item).
Tell = Callable[[datetime, Item, Version | None], None]


def add_item(
    rows: Rows,
    random: Random,
    outline: Outline,
    library_id: UUID,
    partner_id: UUID | None,
    tell: Tell,
) -> Item:
    """Write an item and its versions; gives it with those that were published."""
    created = outline.moments[0]
    tiers = list(outline.tiers)
    item = Item(
        id_at(created, random),
        outline.kind,
        outline.title,
        outline.description,
        outline.tags,
        tiers,
        [],
    )
    item.sold = outline.price is not None
    amount, currency = outline.price or (None, None)
    rows.add(
        ContentItem,
        id=item.id,
        library_id=library_id,
        partner_id=partner_id,
        kind=outline.kind,
        title=outline.title,
        title_key=sort_key(outline.title),
        description=outline.description,
        tags=outline.tags,
        price_minor=amount,
        price_currency=currency,
        audience_tiers=tiers,
        locked=False,
        created_at=created,
    )
    tell(created, item, None)
    for number in range(1, len(outline.moments) + 1):
        _add_version(rows, random, outline, item, partner_id, number, tell)
    return item


def _add_version(
    rows: Rows,
    random: Random,
    outline: Outline,
    item: Item,
    partner_id: UUID | None,
    number: int,
    tell: Tell,
) -> None:
    at = outline.moments[number - 1]
    status = outline.latest if number == len(outline.moments) else VersionStatus.PUBLISHED
    if outline.latest is VersionStatus.RETIRED:
        status = VersionStatus.RETIRED
    body, notes = _body(outline, number)
    id = id_at(at, random)
    rows.add(
        ContentVersion,
        id=id,
        item_id=item.id,
        partner_id=partner_id,
        number=number,
        status=status,
        body=body,
        checksum=checksum(body),
        notes=notes,
        created_at=at,
        published_at=None if status is VersionStatus.DRAFT else at,
        retired_at=outline.retired_at if status is VersionStatus.RETIRED else None,
    )
    if status is not VersionStatus.DRAFT:
        version = Version(id, number, at, status is VersionStatus.RETIRED)
        item.versions.append(version)
        tell(at, item, version)


def _body(outline: Outline, number: int) -> tuple[str, str]:
    """The Markdown of a version, and its notes: each version has one point more than the last."""
    kind: dict[str, Any] = words.data("library")["kinds"][outline.kind]
    points = outline.points[: max(1, len(outline.points) - len(outline.moments) + number)]
    listed = "\n".join(f"{place}. {point}" for place, point in enumerate(points, start=1))
    notes = "First edition." if number == 1 else f"Adds: {points[-1]}"
    body = (
        f"# {outline.title}\n\n{outline.description}\n\n## How to use it\n\n{kind['use']}\n\n"
        f"## {kind['heading']}\n\n{listed}\n\n## Edition {number}\n\n{notes}\n"
    )
    return body, notes
