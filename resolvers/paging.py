"""Root connections: all visible objects of a type, page by page."""

from collections.abc import Callable
from typing import Any

import strawberry

from app.auth.policy import Action
from app.reads.sources import Paging
from resolvers.permissions import query
from schema.fields import page_arguments
from schema.planned import plain_input, selection_of


def root_page(
    permission: Action,
    description: str,
    type_name: str,
    paging: Paging,
    where: type | None = None,
    order_by: type | None = None,
) -> Any:
    """A root field that gives a connection; its type is the annotation of the attribute."""

    async def resolve(root: Any, info: strawberry.Info, **arguments: Any) -> Any:
        return await info.context.reads.page(
            type_name, selection_of(info), paging, plain_input(arguments)
        )

    made: Callable[[Any], Any] = query(permission, description)
    field = made(resolve)
    field.arguments = page_arguments(where, order_by)
    return field
