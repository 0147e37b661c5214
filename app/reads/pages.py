"""Keyset pages: arguments, cursors and the slices of a connection."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.reads.convert import from_cursor_value, to_cursor_value
from app.reads.errors import BadArgument
from app.reads.sources import Order, Paging

DEFAULT_SIZE = 20
MAX_SIZE = 100


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page that is asked for. `position` is (sort key, id) of the row to go on from."""

    size: int
    backward: bool
    position: tuple[Any, UUID] | None
    order_name: str
    order: Order
    descending: bool

    @property
    def reversed_scan(self) -> bool:
        """Whether the database walks the index downwards."""
        return self.descending != self.backward

    @property
    def direction(self) -> str:
        """How the database sorts the rows it reads."""
        return "DESC" if self.reversed_scan else "ASC"

    @property
    def variant(self) -> tuple[str, bool, bool]:
        """All of it that the text of a statement depends on."""
        return self.order_name, self.reversed_scan, self.position is not None

    @property
    def values(self) -> dict[str, Any]:
        """What its statement is given: one row more is read to see whether more follow."""
        if self.position is None:
            return {"limit": self.size + 1}
        key, id = self.position
        return {"limit": self.size + 1, "after_key": key, "after_id": id}


def page_request(arguments: Mapping[str, Any], paging: Paging) -> PageRequest:
    """Read `first`, `after`, `last`, `before` and `order_by`.

    Raises BadArgument for sizes out of 1–100, both directions at once, or a foreign cursor.
    """
    first, last = arguments.get("first"), arguments.get("last")
    after, before = arguments.get("after"), arguments.get("before")
    if (first is not None or after is not None) and (last is not None or before is not None):
        raise BadArgument("Page forward with first and after, or backward with last and before.")
    backward = last is not None or before is not None
    size = first if first is not None else last
    if size is None:
        size = DEFAULT_SIZE
    if not 1 <= size <= MAX_SIZE:
        raise BadArgument(f"{'last' if backward else 'first'} must be from 1 to {MAX_SIZE}.")
    order_by = arguments.get("order_by")
    name = str(order_by["field"]) if order_by else paging.default
    descending = str(order_by["direction"]) == "DESC" if order_by else paging.descending
    order = paging.orders[name]
    cursor = before if backward else after
    position = _decode(cursor, name, order) if cursor is not None else None
    return PageRequest(size, backward, position, name, order, descending)


def encode_cursor(request: PageRequest, sort_value: Any, row_id: Any) -> str:
    """The opaque cursor of a row; it says which ordering it belongs to."""
    parts = [request.order_name, to_cursor_value(request.order.kind, sort_value), str(row_id)]
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def _decode(cursor: str, name: str, order: Order) -> tuple[Any, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        cursor_order, value, row_id = orjson.loads(base64.urlsafe_b64decode(padded))
        if cursor_order != name:
            raise BadArgument(
                f"The cursor belongs to the ordering {cursor_order}, not {name}. Start again"
                " without a cursor when you change the ordering."
            )
        return from_cursor_value(order.kind, value), UUID(row_id)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise BadArgument("The cursor is not one that this connection gave.") from error
