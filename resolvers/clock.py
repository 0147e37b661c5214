"""The time of the service: asked by anybody, moved by the vendor of a demo."""

from datetime import timedelta
from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.clock import Move
from app.domain.errors import ErrorCode, Problem, Refused
from app.services.vendor.advance_clock import AdvanceClock, advance_clock
from resolvers.payloads import answer
from resolvers.permissions import PUBLIC, mutation, query
from schema.clock import (
    AdvanceClockInput,
    AdvanceClockPayload,
    ClockMoveInput,
    ServiceClock,
    SpanInput,
    service_clock,
)
from schema.errors import user_errors

# The largest number of each part of a span: none of them is more than the longest move.
_LARGEST = {"days": 3_660, "hours": 100_000, "minutes": 6_000_000}


@strawberry.type
class ClockQueries:
    """What time it is."""

    @query(PUBLIC, "The current time of the service; a demo's may be ahead of yours.")
    async def clock(self, info: strawberry.Info) -> ServiceClock:
        """The clock."""
        return service_clock(info)


@strawberry.type
class ClockMutations:
    """Moving a demo's time."""

    @mutation(
        Action.ADVANCE_CLOCK,
        "Move the time of a demo server forward, for everybody, so that a trial, a grace period or "
        "an expiring certification is seen to act. Refused with NOT_A_SANDBOX anywhere else. There "
        "is no way back.",
    )
    async def advance_clock(
        self,
        info: strawberry.Info,
        input: Annotated[AdvanceClockInput, strawberry.argument(description="How far.")],
    ) -> AdvanceClockPayload:
        """Move the clock."""
        try:
            move = _move(input.move)
        except Refused as refused:
            return AdvanceClockPayload(ids={}, user_errors=user_errors(refused.problems))
        use_case = AdvanceClock(input.idempotency_key, move)
        return await answer(AdvanceClockPayload, advance_clock(info.context.caller, use_case))


def _move(input: ClockMoveInput) -> Move:
    """The move that an input means. Raises Refused for a part of a span that is out of range."""
    return Move(by=_span(input.by)) if input.by else Move(to=input.to or None)


def _span(span: SpanInput) -> timedelta:
    parts = {name: getattr(span, name) for name in _LARGEST}
    problems = [
        Problem(ErrorCode.INVALID, f"Give 0 to {_LARGEST[name]:,} {name}.", ("move", "by", name))
        for name, value in parts.items()
        if not 0 <= value <= _LARGEST[name]
    ]
    if problems:
        raise Refused(problems)
    return timedelta(**parts)
