"""The time of the service, and a demo's sandbox clock."""

import strawberry

from app.domain.clock import SandboxClock
from app.services.programs.due import earliest_due
from schema.inputs.payload import Payload, idempotency_key
from schema.scalars import DateTime


@strawberry.type(description="The current time of the service.")
class ServiceClock:
    """The clock."""

    now: DateTime = strawberry.field(
        description="The moment that trials, deadlines and evaluations use, and the date of "
        "everything done now."
    )
    sandbox: bool = strawberry.field(
        description="Whether this is a demo server, whose clock `advanceClock` moves."
    )
    offset_seconds: int = strawberry.field(
        description="How far `now` is ahead of real time, in seconds; 0 on any but a demo server."
    )

    @strawberry.field(
        description="The moment up to which all standings are evaluated: `now`, unless due "
        "evaluations are pending, as may be the case for seconds after a demo's "
        "clock was moved. Read it until it reaches the `now` that `advanceClock` "
        "gave: then all tiers are those of that moment."
    )
    async def evaluated_up_to(self, info: strawberry.Info) -> DateTime:
        """`now`, or the earliest moment that evaluation has not seen to."""
        due = await earliest_due(info.context.runtime.database)
        return DateTime(min(due, self.now) if due else self.now)


@strawberry.input(description="A span of time; its parts are added up.")
class SpanInput:
    """A span."""

    days: int = strawberry.field(default=0, description="Days of 24 hours, 0–3,660.")
    hours: int = strawberry.field(default=0, description="Hours, 0–100,000.")
    minutes: int = strawberry.field(default=0, description="Minutes, 0–6,000,000.")


@strawberry.input(one_of=True, description="How time is to move: exactly one of these.")
class ClockMoveInput:
    """A span or a moment."""

    by: SpanInput | None = strawberry.field(
        default=strawberry.UNSET, description="By this much, from now on; ten years at most."
    )
    to: DateTime | None = strawberry.field(
        default=strawberry.UNSET,
        description="To this moment, or less than a second past it; it must be later than now, by "
        "ten years at most.",
    )


@strawberry.input(description="A move of a demo's time.")
class AdvanceClockInput:
    """A move."""

    idempotency_key: str = idempotency_key()
    move: ClockMoveInput = strawberry.field(description="How far, or to when.")


@strawberry.type(description="The answer of `advanceClock`.")
class AdvanceClockPayload(Payload):
    """The time."""

    @strawberry.field(description="The current time of the service; null if it was refused.")
    async def now(self, info: strawberry.Info) -> DateTime | None:
        """The time, unless the move was refused."""
        return service_clock(info).now if self.ids else None

    @strawberry.field(
        description="How far that is ahead of real time, in seconds; null if it was refused."
    )
    async def offset_seconds(self, info: strawberry.Info) -> int | None:
        """The offset, unless the move was refused."""
        return service_clock(info).offset_seconds if self.ids else None


def service_clock(info: strawberry.Info) -> ServiceClock:
    """The clock of the server that answers."""
    clock = info.context.runtime.clock
    sandbox = isinstance(clock, SandboxClock)
    return ServiceClock(
        now=DateTime(clock.now()),
        sandbox=sandbox,
        offset_seconds=clock.offset_seconds if sandbox else 0,
    )
