"""A page of a list that is there as a whole: sorted, cut and laid out in plain Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.reads.pages import PageRequest, encode_cursor
from app.reads.sources import Order, TypeSource


@dataclass(frozen=True, slots=True)
class Object:
    """A row that the actor sees, of which nothing has been read but its id.

    `given` are the arguments of the field it came by: its columns may name them.
    """

    type: TypeSource
    id: Any
    given: Mapping[str, Any] = field(default_factory=dict)


def cut(rows: Sequence[tuple[Any, Object]], request: PageRequest) -> Mapping[str, Any]:
    """The page that is asked for of all rows of a list, each with its sort key's value."""
    ordered = sorted(rows, key=lambda row: _place(request.order, *row), reverse=request.descending)
    rest = [row for row in ordered if _is_beyond(row, request)]
    page = rest[-request.size :] if request.backward else rest[: request.size]
    more, resumed = len(rest) > len(page), request.position is not None
    cursors = [encode_cursor(request, value, object.id) for value, object in page]
    return {
        "nodes": [object for _, object in page],
        "edges": [
            {"node": object, "cursor": cursor}
            for (_, object), cursor in zip(page, cursors, strict=True)
        ],
        "pageInfo": {
            "hasNextPage": resumed if request.backward else more,
            "hasPreviousPage": more if request.backward else resumed,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
        "totalCount": len(rows),
    }


def _place(order: Order, value: Any, object: Object) -> tuple[Any, str]:
    """Where a row stands in the order, as values that Python compares as the API promises."""
    return _comparable(order, value), str(object.id)


def _is_beyond(row: tuple[Any, Object], request: PageRequest) -> bool:
    """Whether a row lies behind the cursor, in the direction of the page."""
    if request.position is None:
        return True
    value, id = request.position
    mine, mark = _place(request.order, *row), (_comparable(request.order, value), str(id))
    return mine < mark if request.descending != request.backward else mine > mark


def _comparable(order: Order, value: Any) -> Any:
    if order.kind == "time":
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    return str(value) if order.kind == "uuid" else value
