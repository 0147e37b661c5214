"""Global ids and the Node interface."""

import re
from collections.abc import Callable
from uuid import UUID

import strawberry

from app.auth.scope import visible_ids
from app.domain.ids import global_id, id_prefix, parse_global_id
from schema.fields import id_column

_ID = re.compile(r"([a-z_]+_)([0-9a-f]{32})")


@strawberry.interface(description="An object with an id that is unique in the whole API.")
class Node:
    """Anything that `node` and `nodes` can fetch."""

    id: strawberry.ID = id_column()


def encode(type_name: str, id: UUID) -> strawberry.ID:
    """The global id of a row."""
    return strawberry.ID(global_id(type_name, id))


def decode(id: str, type_name: str) -> UUID | None:
    """The row id in a global id of this type; None for any other text."""
    return parse_global_id(type_name, id)


def type_of(id: str, type_names: list[str]) -> str | None:
    """Which of the types a global id is of; None if it is of none."""
    match = _ID.fullmatch(id)
    by_prefix = {id_prefix(name): name for name in type_names}
    return by_prefix.get(match.group(1)) if match else None


def id_filter(type_name: str) -> Callable[[str], UUID]:
    """A converter for filters that take a global id: a foreign one matches nothing."""
    return lambda text: required_id(text, type_name)


async def exists(info: strawberry.Info, id: str) -> bool:
    """Whether a global id is of an object that the actor sees."""
    context = info.context
    catalogue = context.runtime.catalogue
    name = type_of(id, list(catalogue))
    if name is None:
        return False
    model, row = catalogue[name].model, required_id(id, name)
    database = context.runtime.database
    return bool(await database.read(lambda: visible_ids(database, context.actor, model, [row])))


_NOBODY = UUID(int=0)


def required_id(id: str, type_name: str) -> UUID:
    """The row id in a global id that an input names.

    A text that is no id of this type gives one that no row has: the use case then answers as it
    does for any object that does not exist, at the right field.
    """
    return decode(id, type_name) or _NOBODY


def row_id(id: str | None, type_name: str) -> UUID | None:
    """The same for an input that may be left out."""
    return None if id is None else required_id(id, type_name)


def row_ids(ids: list[strawberry.ID] | None, type_name: str) -> tuple[UUID, ...] | None:
    """The same for a list that may be left out."""
    return None if ids is None else tuple(required_id(id, type_name) for id in ids)
