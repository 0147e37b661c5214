"""Relay connections: generic page types and the direction of an ordering."""

from enum import StrEnum
from typing import Generic, TypeVar

import strawberry

from schema.enums import described
from schema.scalars import Cursor

T = TypeVar("T")


class OrderDirection(StrEnum):
    """Up or down."""

    ASC = "ASC"
    DESC = "DESC"


described(
    OrderDirection,
    "The direction of an ordering.",
    ASC="Smallest, earliest or first in the alphabet first.",
    DESC="Largest, latest or last in the alphabet first.",
)


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    """Where a page lies."""

    has_next_page: bool = strawberry.field(
        description="Whether more follow. When paging forward: whether a cursor was given."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether more precede. Paging forward: whether a cursor was given."
    )
    start_cursor: Cursor | None = strawberry.field(
        description="The cursor of the page's first item; null for an empty page."
    )
    end_cursor: Cursor | None = strawberry.field(
        description="The cursor of the page's last item; null for an empty page."
    )


@strawberry.type(description="An item of a page, with its cursor.")
class Edge(Generic[T]):
    """An item and its cursor."""

    node: T = strawberry.field(description="The item.")
    cursor: Cursor = strawberry.field(
        description="Pass it as `after` or `before` to continue here."
    )


@strawberry.type(description="A page of a list, by cursor.")
class Connection(Generic[T]):
    """A page."""

    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors.")
    nodes: list[T] = strawberry.field(description="The items without their cursors.")
    page_info: PageInfo = strawberry.field(description="The position of this page in the list.")
    total_count: int = strawberry.field(
        description="The number of items in the whole list. Computed only if selected, by an "
        "additional statement."
    )
