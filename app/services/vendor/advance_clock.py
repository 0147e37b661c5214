"""A demo's time moves forward: a trial, a grace period, a certificate is seen to end in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.clock import Move, SandboxClock, moved_offset
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import Vendor
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.vendor.sandbox import catch_up


@dataclass(frozen=True, slots=True)
class AdvanceClock:
    """How the demo's time is to move."""

    idempotency_key: str
    move: Move


async def advance_clock(caller: Caller, input: AdvanceClock) -> Mapping[str, UUID]:
    """Move the time of the whole service forward; gives the id `vendor`.

    Raises Refused with NOT_A_SANDBOX unless this is a demo server, with INVALID for a move that
    goes back, or too far, and CONFLICT if someone else moved it at the same moment.
    """
    clock = caller.clock
    if not isinstance(clock, SandboxClock):
        raise refuse(
            ErrorCode.NOT_A_SANDBOX,
            "Time cannot be moved here: only a server started as a demo has a sandbox clock.",
        )
    done = await perform(
        caller,
        "advanceClock",
        input.idempotency_key,
        arguments(input),
        lambda now: _advance(caller, clock, input.move, now),
    )
    await catch_up(caller.database, clock)
    return done


async def _advance(caller: Caller, clock: SandboxClock, move: Move, now: datetime) -> Done:
    vendor = await Vendor.first()
    if vendor is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no vendor yet: load the demo first.")
    stored = vendor.clock_offset_seconds
    offset = moved_offset(clock, stored, move)
    if isinstance(offset, Problem):
        raise Refused([offset])
    same = Vendor.filter(id=vendor.id, clock_offset_seconds=stored)
    if not await same.update(clock_offset_seconds=offset):
        raise refuse(ErrorCode.CONFLICT, "Someone else moved the clock at the same moment. Retry.")
    before, after = clock.at_offset(stored), clock.at_offset(offset)
    await append(
        EventType.CLOCK_ADVANCED,
        subject_id=vendor.id,
        actor=caller.actor,
        at=after,
        partner_id=None,
        data={"before": before.isoformat(), "after": after.isoformat()},
    )
    return Done(vendor.id, None, {"vendor": vendor.id})
