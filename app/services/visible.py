"""Rows as an actor sees them: the one way in which use cases look up what they were given."""

from typing import Any, TypeVar
from uuid import UUID

from app.auth.scope import visible_ids
from app.domain.errors import ErrorCode, refuse
from app.persistence.models.base import Record
from app.services.use_case import Caller

R = TypeVar("R", bound=Record)


async def find(caller: Caller, model: type[R], id: UUID | None) -> R | None:
    """The row, or None if it is missing or not the actor's to see: the same answer for both."""
    if id is None or not await visible_ids(caller.database, caller.actor, model, [id]):
        return None
    return await model.get(id=id)


async def require(caller: Caller, model: type[R], id: UUID | None, *field: str) -> R:
    """The row. Raises Refused with NOT_FOUND at `field` if there is none for this actor."""
    row = await find(caller, model, id)
    if row is None:
        raise refuse(
            ErrorCode.NOT_FOUND,
            f"There is no such {_words(model.__name__)}. Check the id.",
            *field,
        )
    return row


async def find_by(model: type[R], **values: Any) -> R | None:
    """The row with these values in its columns, or None.

    Texts that no column can hold are not looked for: the ORM refuses those that are too long, and
    PostgreSQL those with a NUL.
    """
    return await model.get_or_none(**values) if fits(model, **values) else None


def fits(model: type[Record], **values: Any) -> bool:
    """Whether columns of a model can hold these texts: without NUL, and short enough."""
    columns = model._meta.fields_map
    return all(
        "\0" not in value and len(value) <= getattr(columns[name], "max_length", len(value))
        for name, value in values.items()
        if isinstance(value, str)
    )


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
