"""A new item in the actor's own library, with its first version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_line, check_text
from app.domain.content import (
    MAX_DESCRIPTION,
    MAX_NOTES,
    ContentKind,
    LibraryKind,
    check_body,
    check_price,
    check_tags,
    checksum,
    clean_tags,
)
from app.domain.errors import Problem, Refused
from app.domain.events import EventType
from app.domain.money import Money
from app.domain.text import sort_key
from app.events.outbox import append
from app.persistence.models import ContentItem, ContentLibrary
from app.services.content.audiences import (
    EVERYBODY,
    Audience,
    audience_problems,
    replace_audience,
)
from app.services.content.ownership import own_library
from app.services.content.versions import add_version, tell_published
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class CreateContentItem:
    """An item to create: for the vendor in the open library, for a partner in its exclusive one.

    `price` is for partners only, `audience` for the vendor only. With `publish` the first version
    is out at once.
    """

    idempotency_key: str
    kind: ContentKind
    title: str
    body: str
    description: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    price: Money | None = None
    audience: Audience = EVERYBODY
    publish: bool = False


async def create_content_item(caller: Caller, input: CreateContentItem) -> Mapping[str, UUID]:
    """Create an item with version 1; gives the ids `content_item` and `content_version`.

    Raises Refused with REQUIRED, TOO_LONG or INVALID for a value, NOT_FOUND for an unknown tier
    or group, PARTNER_NOT_ACTIVE.
    """
    return await perform(
        caller,
        "createContentItem",
        input.idempotency_key,
        arguments(input, body=checksum(input.body), price=price_text(input.price)),
        lambda now: _create(caller, input, now),
    )


def price_text(price: Money | None) -> str | None:
    """A price as text: one that is not checked yet may be a larger number than JSON holds."""
    return f"{price} {price.currency}" if price else None


async def _create(caller: Caller, input: CreateContentItem, now: datetime) -> Done:
    library = await own_library(caller, now)
    kind = LibraryKind(library.kind)
    problems = _problems(input, kind) + await audience_problems(input.audience, kind)
    if problems:
        raise Refused(problems)
    item = await _add_item(library, input, now)
    await replace_audience(item.id, input.audience)
    version = await add_version(item, 1, input.body, input.notes, now, publish=input.publish)
    await append(
        EventType.CONTENT_ITEM_CREATED,
        subject_id=item.id,
        partner_id=item.partner_id,
        actor=caller.actor,
        at=now,
        data={"title": item.title, "kind": item.kind},
    )
    if input.publish:
        await tell_published(caller.actor, item, version, now)
    ids = {"content_item": item.id, "content_version": version.id}
    return Done(item.id, item.partner_id, ids)


def _problems(input: CreateContentItem, library: LibraryKind) -> list[Problem]:
    return [
        *check_line(input.title, "title"),
        *check_text(input.description, "description", longest=MAX_DESCRIPTION),
        *check_text(input.notes, "notes", longest=MAX_NOTES),
        *check_tags(input.tags),
        *check_price(input.price, library),
        *check_body(input.body),
    ]


async def _add_item(
    library: ContentLibrary, input: CreateContentItem, now: datetime
) -> ContentItem:
    title = " ".join(input.title.split())
    return await ContentItem.create(
        library=library,
        partner_id=library.partner_id,
        kind=input.kind,
        title=title,
        title_key=sort_key(title),
        description=input.description.strip(),
        tags=list(clean_tags(input.tags)),
        price_minor=input.price and input.price.amount_minor,
        price_currency=input.price and input.price.currency,
        created_at=now,
    )
