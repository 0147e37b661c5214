"""Rows as an actor sees them: the one way in which use cases look up what they were given."""

from typing import TypeVar
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


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
