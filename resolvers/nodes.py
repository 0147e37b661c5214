"""`node` and `nodes`: any object by its global id."""

from typing import Annotated

import strawberry
from graphql import GraphQLObjectType

from app.reads.errors import Failed, NotInScope
from app.reads.reader import Planned
from app.reads.selection import Selection, asked
from resolvers.error_mapping import ApiError, Code
from resolvers.permissions import PUBLIC, query
from schema.node import Node, required_id, type_of
from schema.planned import selection_of

MAX_NODES = 100


@strawberry.type
class NodeQueries:
    """Objects by global id. Public: what an actor may not see does not exist for it."""

    @query(PUBLIC, "Any object by its id; null if there is none that you may see.")
    async def node(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],
    ) -> Node | None:
        """One object."""
        return (await _fetch(info, [id]))[0]  # type: ignore[return-value]

    @query(
        PUBLIC,
        f"Objects by their ids, up to {MAX_NODES}, in the order given; null in place of each that "
        "you may not see.",
    )
    async def nodes(
        self,
        info: strawberry.Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global ids.")],
    ) -> list[Node | None]:
        """Several objects."""
        if len(ids) > MAX_NODES:
            raise ApiError(f"Ask for {MAX_NODES} nodes at most.", Code.BAD_USER_INPUT)
        return await _fetch(info, ids)  # type: ignore[return-value]


async def _fetch(
    info: strawberry.Info, ids: list[strawberry.ID]
) -> list[Planned | Exception | None]:
    """The objects in the order of the ids; one plan for each type that occurs.

    What one type cannot give, for scopes or bad arguments below it, is an error in place of each
    of its objects, and leaves the others alone.
    """
    possible = [t.name for t in _object_types(info)]
    by_type: dict[str, list[str]] = {}
    for id in ids:
        if name := type_of(id, possible):
            by_type.setdefault(name, []).append(id)
    found: dict[str, Planned | Exception] = {}
    for name, wanted in by_type.items():
        rows = {str(required_id(id, name)): id for id in wanted}
        keys = [required_id(id, name) for id in wanted]
        try:
            objects = await info.context.reads.by_keys(selection_of(info, name), keys)
            found |= {rows[key]: value for key, value in objects.items()}
        except NotInScope as error:
            found |= dict.fromkeys(wanted, error)
        except Failed as error:
            there = await info.context.reads.by_keys(asked(Selection(name, ())), keys)
            found |= {rows[key]: error for key in there}
    return [found.get(id) for id in ids]


def _object_types(info: strawberry.Info) -> list[GraphQLObjectType]:
    schema = info._raw_info.schema
    interface = schema.type_map["Node"]
    return list(schema.get_implementations(interface).objects)  # type: ignore[arg-type]
