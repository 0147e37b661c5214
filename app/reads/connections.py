"""Lays out a page of rows as the connection that was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.reads.pages import PageRequest, encode_cursor
from app.reads.plan import ConnectionShape
from app.reads.selection import TYPENAME, Selection, plain

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class PageRows:
    """One parent's page: its rows in order, and what was made of them for each node selection."""

    request: PageRequest
    rows: Sequence[Row]
    nodes: Mapping[int, Sequence[Any]]
    more: bool
    total: int | None


def cut(rows: Sequence[Row], request: PageRequest) -> Sequence[Row]:
    """The rows of the page itself, in list order: one more was read to see whether more follow."""
    kept = rows[: request.size]
    return kept[::-1] if request.backward else kept


def lay_out(page: PageRows, shape: ConnectionShape) -> dict[str, Any]:
    """The connection object."""
    made: dict[str, Any] = {}
    for part in shape.selection.fields:
        if part.name == TYPENAME:
            made[part.key] = shape.selection.type_name
        elif part.name == "nodes":
            made[part.key] = page.nodes[id(part)]
        elif part.name == "edges":
            made[part.key] = _edges(page, shape, part.selection)
        elif part.name == "totalCount":
            made[part.key] = page.total
        elif part.selection:
            made[part.key] = plain(part.selection, _page_info(page, shape, part.selection))
    return made


def _edges(page: PageRows, shape: ConnectionShape, asked: Selection | None) -> list[dict[str, Any]]:
    if asked is None:
        return []
    edges = []
    for index, row in enumerate(page.rows):
        edge: dict[str, Any] = {}
        for inner in asked.fields:
            if inner.name == "node":
                edge[inner.key] = page.nodes[id(inner)][index]
            elif inner.name == "cursor":
                edge[inner.key] = _cursor(page, shape, row)
            else:
                edge[inner.key] = asked.type_name
        edges.append(edge)
    return edges


def _cursor(page: PageRows, shape: ConnectionShape, row: Row) -> str:
    return encode_cursor(page.request, row[shape.sort_index], row[shape.id_index])


def _page_info(page: PageRows, shape: ConnectionShape, asked: Selection) -> dict[str, Any]:
    resumed = page.request.position is not None
    backward = page.request.backward
    info: dict[str, Any] = {
        "hasNextPage": resumed if backward else page.more,
        "hasPreviousPage": page.more if backward else resumed,
    }
    # What cursors are made of is read only where one is asked for.
    names = {field.name for field in asked.fields}
    if "startCursor" in names:
        info["startCursor"] = _cursor(page, shape, page.rows[0]) if page.rows else None
    if "endCursor" in names:
        info["endCursor"] = _cursor(page, shape, page.rows[-1]) if page.rows else None
    return info
