"""Helpers for tests of refusals: what was refused, where, and that nothing was written."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from tortoise import Tortoise

from app.domain.errors import ErrorCode, Refused
from app.persistence.models import AuditEntry, Event

Outcome = Mapping[str, UUID] | Refused


async def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but the record of migrations."""
    models = Tortoise.apps["models"].values()
    return {model.__name__: await model.all().order_by("id").values() for model in models}


@asynccontextmanager
async def refused(code: ErrorCode, *field: str) -> AsyncIterator[None]:
    """The block is refused with this code at this field, and leaves every row as it was."""
    before = await everything()
    with pytest.raises(Refused) as caught:
        yield
    found = [(problem.code, problem.field) for problem in caught.value.problems]
    assert (code, field) in found
    assert all(problem.message.endswith(".") for problem in caught.value.problems)
    assert await everything() == before


async def outcome(call: Awaitable[Mapping[str, UUID]]) -> Outcome:
    """What a call comes to, as a value: for calls that run at once."""
    try:
        return await call
    except Refused as refusal:
        return refusal


async def told(type: str) -> list[Event]:
    """The events of a type, in the order in which they were written."""
    return await Event.filter(type=type).order_by("id")


async def audited(action: str) -> list[AuditEntry]:
    return await AuditEntry.filter(action=action).order_by("id")
