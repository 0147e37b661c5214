"""From a use case to a payload: the one way in which every mutation answers."""

from collections.abc import Awaitable, Mapping
from typing import TypeVar
from uuid import UUID

from app.domain.errors import Refused
from app.observability import metrics
from schema.errors import user_errors
from schema.inputs.payload import Payload

P = TypeVar("P", bound=Payload)


async def answer(payload: type[P], work: Awaitable[Mapping[str, UUID]]) -> P:
    """The payload for what a use case did, or for why it refused."""
    try:
        return payload(ids=await work, user_errors=[])
    except Refused as refused:
        for problem in refused.problems:
            metrics.refusals.labels(problem.code).inc()
        return payload(ids={}, user_errors=user_errors(refused.problems))
