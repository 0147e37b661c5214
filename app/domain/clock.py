"""Clocks: all times in the service come from an injected clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from app.domain.errors import ErrorCode, Problem

LONGEST_MOVE = timedelta(days=3_660)
# Far enough for every contract, and in seconds still a GraphQL Int.
FARTHEST_AHEAD = timedelta(days=18_300)


class Clock(Protocol):
    """A source of the current time, always in UTC."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


def settle_moment(moment: datetime, now: datetime, tolerance: timedelta) -> datetime:
    """Return the time of something that has happened: `now` if it is ahead by no more than
    `tolerance`. A time further ahead is returned unchanged, for a check to refuse.
    """
    return now if now < moment <= now + tolerance else moment


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class SandboxClock:
    """A demo's clock: ahead of a real one by an offset that only grows.

    It never goes back, whatever the real clock does.
    """

    def __init__(self, real: Clock, offset_seconds: int = 0) -> None:
        self.real = real
        self.offset_seconds = offset_seconds
        self._told = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """Return the demo's current time, aware, in UTC."""
        self._told = max(self._told, self.at_offset(self.offset_seconds))
        return self._told

    def at_offset(self, seconds: int) -> datetime:
        """Return what the time would be with another offset."""
        return self.real.now() + timedelta(seconds=seconds)

    def move_to(self, offset_seconds: int) -> bool:
        """Apply a larger offset. Return whether it was larger."""
        if offset_seconds <= self.offset_seconds:
            return False
        self.offset_seconds = offset_seconds
        return True


def real_clock(clock: Clock) -> Clock:
    """Return the clock under a sandbox clock, or the clock itself.

    Credentials expire by it: a token's times are its issuer's, and moving a demo's time must not
    lock anybody out.
    """
    return clock.real if isinstance(clock, SandboxClock) else clock


@dataclass(frozen=True, slots=True)
class Move:
    """A move of the clock: by a duration or to a time. Exactly one of the two is set."""

    by: timedelta | None = None
    to: datetime | None = None


def moved_offset(clock: SandboxClock, offset_seconds: int, move: Move) -> int | Problem:
    """Return the new offset in seconds after a move from the stored one, or the problem with it.

    A target time is reached, or passed by less than a second.
    """
    now = clock.at_offset(offset_seconds)
    step = move.by if move.by is not None else _until(move, now)
    field = ("move", "by" if move.by is not None else "to")
    if step <= timedelta(0):
        message = f"Time only moves forward, from {now:%Y-%m-%dT%H:%M:%SZ} on."
        return Problem(ErrorCode.INVALID, message, field)
    if step > LONGEST_MOVE:
        message = f"Move by at most {LONGEST_MOVE.days:,} days (ten years)."
        return Problem(ErrorCode.INVALID, message, field)
    # Rounded up, so that a trial that ends at the requested time has ended.
    moved = offset_seconds - (-step // timedelta(seconds=1))
    if moved > FARTHEST_AHEAD // timedelta(seconds=1):
        message = "The clock would be fifty years ahead: start a new demo."
        return Problem(ErrorCode.INVALID, message, field)
    return moved


def _until(move: Move, now: datetime) -> timedelta:
    if move.to is None:
        raise ValueError("A move has either a duration or a time.")
    return move.to - now
