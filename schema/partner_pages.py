"""Pages of what is computed partner by partner: their cursors, and the partners themselves."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import Any
from uuid import UUID

import strawberry

from app.reads.errors import BadArgument
from app.reads.pages import DEFAULT_SIZE, MAX_SIZE
from app.reads.reader import Planned
from schema.connections import PageInfo
from schema.planned import selection_of
from schema.scalars import Cursor


class Together:
    """Objects of the type of a field, read by the same statements as soon as one is asked for."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        self._ids = ids
        self._reads: dict[Hashable, asyncio.Future[Mapping[str, Planned]]] = {}

    async def get(self, info: strawberry.Info, id: UUID) -> Any:
        """One of them, as the field that is being resolved selects it; None if it is not seen."""
        asked = selection_of(info)
        if asked.key not in self._reads:
            reading = info.context.reads.by_keys(asked, self._ids)
            self._reads[asked.key] = asyncio.ensure_future(reading)
        return (await self._reads[asked.key]).get(str(id))


def page_size(first: int | None) -> int:
    """How many are asked for. Raises BadArgument unless it is 1–100."""
    size = DEFAULT_SIZE if first is None else first
    if not 1 <= size <= MAX_SIZE:
        raise BadArgument(f"first must be from 1 to {MAX_SIZE}.")
    return size


def partner_after(cursor: Cursor | None) -> UUID | None:
    """The partner that a page goes on after. Raises BadArgument for a foreign cursor."""
    if cursor is None:
        return None
    try:
        found = UUID(hex=cursor)
    except ValueError as error:
        raise BadArgument("The cursor is not one that this list gave.") from error
    if found.hex != cursor:
        raise BadArgument("The cursor is not one that this list gave.")
    return found


def page_info(ids: Sequence[UUID], last: UUID | None, after: Cursor | None, more: bool) -> PageInfo:
    """The info of a page read forward; `last` is the partner to go on after."""
    return PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=Cursor(ids[0].hex) if ids else None,
        end_cursor=Cursor(last.hex) if last else None,
    )
