"""The actor's own item changes in what is given; its versions stay as they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.checks import check_line, check_text
from app.domain.content import (
    MAX_DESCRIPTION,
    LibraryKind,
    check_price,
    check_tags,
    clean_tags,
)
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.money import Money
from app.domain.text import sort_key
from app.persistence.models import ContentItem
from app.services.content.audiences import (
    EVERYBODY,
    Audience,
    audience_problems,
    replace_audience,
)
from app.services.content.create_content_item import price_text
from app.services.content.ownership import require_own_item
from app.services.content.versions import tell_item_updated
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class UpdateContentItem:
    """What to change; None leaves a value as it is. `free` takes the price away.

    `tags` and `audience` replace what there is. `price` is for partners only, `audience` for the
    vendor only. Partners that have adopted the item keep it, whoever it is for.
    """

    idempotency_key: str
    item_id: UUID
    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    price: Money | None = None
    free: bool = False
    audience: Audience | None = None


async def update_content_item(caller: Caller, input: UpdateContentItem) -> Mapping[str, UUID]:
    """Change an item; gives the id `content_item`.

    Raises Refused with NOT_FOUND, REQUIRED (nothing to change, a blank title), TOO_LONG, INVALID,
    PARTNER_NOT_ACTIVE.
    """
    given = arguments(input, price=price_text(input.price))
    return await perform(
        caller,
        "updateContentItem",
        input.idempotency_key,
        given,
        lambda now: _update(caller, input, now),
    )


async def _update(caller: Caller, input: UpdateContentItem, now: datetime) -> Done:
    item = await require_own_item(caller, input.item_id, "contentItemId")
    changed = _given(input)
    if not changed:
        raise refuse(ErrorCode.REQUIRED, "Give at least one value to change.")
    library = LibraryKind.OPEN if item.partner_id is None else LibraryKind.EXCLUSIVE
    problems = _problems(input, library)
    problems += await audience_problems(input.audience or EVERYBODY, library)
    if problems:
        raise Refused(problems)
    # The row first: of two updates at once the second waits here, then replaces the audience.
    await ContentItem.select_for_update(no_key=True).get(id=item.id)
    if columns := _columns(input):
        await ContentItem.filter(id=item.id).update(**columns)
    if input.audience is not None:
        await replace_audience(item.id, input.audience)
    await tell_item_updated(caller.actor, item, changed, now)
    return Done(item.id, item.partner_id, {"content_item": item.id})


def _given(input: UpdateContentItem) -> list[str]:
    """The names of the given values, as the API calls them."""
    values = {
        "title": input.title,
        "description": input.description,
        "tags": input.tags,
        "price": input.price or input.free or None,
        "audience": input.audience,
    }
    return [name for name, value in values.items() if value is not None]


def _problems(input: UpdateContentItem, library: LibraryKind) -> list[Problem]:
    problems: list[Problem] = []
    if input.title is not None:
        problems += check_line(input.title, "title")
    if input.description is not None:
        problems += check_text(input.description, "description", longest=MAX_DESCRIPTION)
    if input.tags is not None:
        problems += check_tags(input.tags)
    return problems + check_price(input.price, library)


def _columns(input: UpdateContentItem) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if input.title is not None:
        title = " ".join(input.title.split())
        columns |= {"title": title, "title_key": sort_key(title)}
    if input.description is not None:
        columns["description"] = input.description.strip()
    if input.tags is not None:
        columns["tags"] = list(clean_tags(input.tags))
    if input.price is not None or input.free:
        columns["price_minor"] = input.price and input.price.amount_minor
        columns["price_currency"] = input.price and input.price.currency
    return columns
