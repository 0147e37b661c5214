"""Policies for standings: promotion, retention, demotion, pins, approvals, deadlines.

`apply_policy` is a pure function of the standing, the current verdict, and the verdict at the next
evaluation if nothing changes. It is idempotent.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from app.domain.programs.model import ProgramDefinition
from app.domain.programs.periods import Calendar
from app.domain.programs.requirement_evaluation import Verdict
from app.domain.programs.vocabulary import (
    Demotion,
    Effect,
    Promotion,
    RetentionKind,
)


@dataclass(frozen=True, slots=True)
class Pin:
    """The vendor holds the partner in a tier until `expires_at`; None: until it is removed."""

    rank: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A standing as the policies use it. Ranks are of the version in force; 0 is no tier."""

    rank: int
    since: datetime
    enrolled_at: datetime
    # Up to this rank the vendor has vouched for unpublished requirements.
    vouched: int = 0
    held_until: datetime | None = None
    hold_since: datetime | None = None
    grace_since: datetime | None = None
    grace_until: datetime | None = None
    grace_noticed_at: datetime | None = None
    stepped_down_at: datetime | None = None
    at_risk_on: datetime | None = None
    at_risk_because: tuple[str, ...] = ()
    pin: Pin | None = None
    # The rank that awaits the vendor's approval.
    asked: int = 0
    rejected: int = 0
    rejected_until: datetime | None = None
    deadline_passed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """One effect of an evaluation, with the data of its event."""

    effect: Effect
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The standing afterwards, the effects, and when time alone may next change the result."""

    state: State
    happenings: tuple[Happening, ...]
    due_at: datetime


# When a partner is evaluated again, and the verdict then if no fact is added.
Ahead: TypeAlias = tuple[datetime, Verdict]


def apply_policy(
    program: ProgramDefinition,
    state: State,
    now: Verdict,
    ahead: Iterable[Ahead],
    next_end: datetime | None,
) -> Outcome:
    """Apply the policies to a standing. `ahead` goes up to the next scheduled evaluation, earliest
    first; `next_end` is when a holding expires that the program reacts to immediately.
    """
    move = _Move(program, state, now, ahead)
    if not move.pinned():
        move.rise()
        move.keep_or_fall()
        move.ask()
        move.check_deadline()
    move.look_ahead()
    return Outcome(move.state, tuple(move.happenings), move.due(next_end))


def next_evaluation(program: ProgramDefinition, moment: datetime, calendar: Calendar) -> datetime:
    """Return when the next scheduled evaluation after a time is."""
    return calendar.next_period(moment, program.policy.evaluate_every)


class _Move:
    def __init__(
        self, program: ProgramDefinition, state: State, now: Verdict, ahead: Iterable[Ahead]
    ) -> None:
        self.program, self.policy = program, program.policy
        self.state, self.now, self.ahead = state, now, ahead
        self.moment = now.rules.moment
        self.calendar = now.rules.setting.calendar
        self.happenings: list[Happening] = []

    @property
    def qualified(self) -> int:
        return self.now.qualified(self.state.vouched)

    def tell(self, effect: Effect, **data: Any) -> None:
        self.happenings.append(Happening(effect, data))

    def change(self, **fields: Any) -> None:
        # Skip the copy: most evaluations change nothing.
        if any(getattr(self.state, name) != value for name, value in fields.items()):
            self.state = replace(self.state, **fields)

    def go(self, rank: int, because: list[str], **data: Any) -> None:
        """Move to another tier. Grace, hold and notice of the previous one end."""
        self.tell(Effect.MOVED, fromRank=self.state.rank, toRank=rank, because=because, **data)
        self.change(
            rank=rank,
            since=self.moment,
            held_until=None,
            hold_since=None,
            grace_since=None,
            grace_until=None,
            grace_noticed_at=None,
            # Higher tiers need a new approval.
            vouched=min(self.state.vouched, rank),
        )

    # -- pins --

    def pinned(self) -> bool:
        pin = self.state.pin
        if pin is None:
            return False
        if pin.expires_at is not None and pin.expires_at <= self.moment:
            self.tell(Effect.PIN_ENDED, rank=pin.rank)
            self.change(pin=None)
            return False
        # When the pin is removed, a grace or a hold starts again, with its notice.
        self._recover()
        if self.state.rank != pin.rank:
            self.go(pin.rank, [], pinned=True)
        return True

    # -- up --

    def rise(self) -> None:
        reached = self.qualified
        if self.policy.promotion is Promotion.APPROVAL:
            # A tier without requirements needs no approval.
            tiers = self.program.tiers[:reached]
            reached = max((t.rank for t in tiers if t.requirement is None), default=0)
        if reached > self.state.rank:
            self._recover()
            self.go(reached, [])

    def ask(self) -> None:
        """Request approval for the highest tier that needs it, and withdraw other requests."""
        state = self.state
        # Tiers that need no approval have been reached already.
        open_to = [
            rank
            for rank in range(state.rank + 1, len(self.program.tiers) + 1)
            if self.now.could_be(rank) and not self._rejected(rank)
        ]
        if state.asked and (state.asked <= state.rank or not self.now.could_be(state.asked)):
            self.tell(Effect.APPROVAL_WITHDRAWN, rank=state.asked)
            self.change(asked=0)
        if open_to and max(open_to) > self.state.asked:
            if self.state.asked:
                self.tell(Effect.APPROVAL_WITHDRAWN, rank=self.state.asked)
            self.tell(Effect.APPROVAL_REQUESTED, rank=max(open_to))
            self.change(asked=max(open_to))

    def _rejected(self, rank: int) -> bool:
        """Return whether the vendor has refused this tier or one below it. It may still approve a
        lower one.
        """
        refused, until = self.state.rejected, self.state.rejected_until
        return 0 < refused <= rank and (until is None or self.moment < until)

    # -- staying and falling --

    def keep_or_fall(self) -> None:
        if self.qualified >= self.state.rank or self.policy.demotion is Demotion.NONE:
            self._keep()
        elif self._may_fall():
            self._fall()

    def _keep(self) -> None:
        self._recover()
        if self.policy.retention.kind is RetentionKind.PERIOD_HOLD:
            self.change(held_until=self._period_end(self.moment) if self.state.rank else None)

    def _recover(self) -> None:
        state = self.state
        if state.grace_since:
            self.tell(Effect.GRACE_ENDED, rank=state.rank, recovered=True)
        if state.hold_since:
            self.tell(Effect.HOLD_ENDED, rank=state.rank, recovered=True)
        self.change(grace_since=None, grace_until=None, grace_noticed_at=None, hold_since=None)

    def _may_fall(self) -> bool:
        kind = self.policy.retention.kind
        self._leave_other_kinds(kind)
        if kind is RetentionKind.PERIOD_HOLD:
            return self._hold_is_over()
        if kind is RetentionKind.GRACE:
            return self._grace_is_over()
        return True

    def _leave_other_kinds(self, kind: RetentionKind) -> None:
        """End a grace or hold that was started under another retention policy."""
        if self.state.grace_since and kind is not RetentionKind.GRACE:
            self.tell(Effect.GRACE_ENDED, rank=self.state.rank, recovered=False)
            self.change(grace_since=None, grace_until=None, grace_noticed_at=None)
        if self.state.hold_since and kind is not RetentionKind.PERIOD_HOLD:
            self.tell(Effect.HOLD_ENDED, rank=self.state.rank, recovered=False)
            self.change(hold_since=None, held_until=None)

    def _hold_is_over(self) -> bool:
        state = self.state
        until = state.held_until or self._period_end(state.since)
        if self.moment >= until:
            if state.hold_since:
                self.tell(Effect.HOLD_ENDED, rank=state.rank, recovered=False)
            return True
        self.change(held_until=until)
        if not state.hold_since:
            self.change(hold_since=self.moment)
            self.tell(Effect.HELD, rank=state.rank, until=until, because=self._failing())
        return False

    def _grace_is_over(self) -> bool:
        state = self.state
        if state.grace_until is None:
            until = self._grace_end(self.moment)
            self.change(grace_since=self.moment, grace_until=until)
            self.tell(Effect.GRACE_STARTED, rank=state.rank, until=until, because=self._failing())
        elif self.moment >= state.grace_until:
            self.tell(Effect.GRACE_ENDED, rank=state.rank, recovered=False)
            return True
        self._give_notice()
        return False

    def _give_notice(self) -> None:
        notice = self._notice_at()
        if notice and self.moment >= notice and not self.state.grace_noticed_at:
            self.change(grace_noticed_at=self.moment)
            self.tell(
                Effect.GRACE_NOTICE,
                rank=self.state.rank,
                until=self.state.grace_until,
                because=self._failing(),
            )

    def _fall(self) -> None:
        target, because = self.qualified, self._failing()
        if self.policy.demotion is Demotion.ONE_STEP:
            if self._stepped_already():
                return
            target = self.state.rank - 1
            self.change(stepped_down_at=self.moment)
        self.go(target, because)
        # One step may not be enough. A grace in the tier below starts immediately.
        self.keep_or_fall()

    def _stepped_already(self) -> bool:
        """Return whether it was demoted since the last scheduled evaluation, which allows only one
        step.

        A hold or a grace starts again in the tier below, and then limits the pace.
        """
        at = self.state.stepped_down_at
        if at is None or self.policy.retention.kind is not RetentionKind.LIVE:
            return False
        return self.calendar.next_period(at, self.policy.evaluate_every) > self.moment

    def _failing(self) -> list[str]:
        return self.now.failing(self.state.rank, self.state.vouched)

    def _period_end(self, moment: datetime) -> datetime:
        period = self.policy.retention.period
        assert period is not None
        return self.calendar.next_period(moment, period)

    def _grace_end(self, moment: datetime) -> datetime:
        return self.calendar.days_after(moment, self.policy.retention.days or 0)

    def _notice_at(self) -> datetime | None:
        until, days = self.state.grace_until, self.policy.retention.notice_days
        if until is None or days is None:
            return None
        return self.calendar.midnight(self.calendar.day(until) - timedelta(days=days))

    # -- time --

    def check_deadline(self) -> None:
        at = self._deadline()
        if at and self.moment >= at:
            assert self.policy.entry_deadline is not None
            self.change(deadline_passed_at=self.moment)
            self.tell(Effect.DEADLINE_PASSED, action=self.policy.entry_deadline.action)

    def _deadline(self) -> datetime | None:
        """Return when a partner that has never been in a tier must be in one; None without such a
        deadline.
        """
        deadline, state = self.policy.entry_deadline, self.state
        entered = state.rank or state.since > state.enrolled_at
        if deadline is None or entered or state.deadline_passed_at:
            return None
        return self.calendar.days_after(state.enrolled_at, deadline.days)

    def look_ahead(self) -> None:
        """Note whether the partner will be demoted if nothing changes: when, and why (S3)."""
        risk = self._risk()
        before = self.state.at_risk_on
        self.change(at_risk_on=risk[0] if risk else None)
        self.change(at_risk_because=tuple(risk[1]) if risk else ())
        if risk and before is None:
            self.tell(Effect.AT_RISK, rank=self.state.rank, on=risk[0], because=risk[1])
        if before is not None and not risk:
            self.tell(Effect.RISK_ENDED, rank=self.state.rank)

    def _risk(self) -> tuple[datetime, list[str]] | None:
        state = self.state
        if not state.rank or state.pin or self.policy.demotion is Demotion.NONE:
            return None
        if state.grace_until:
            return state.grace_until, self._failing()
        if self.qualified < state.rank:
            following = next_evaluation(self.program, self.moment, self.calendar)
            return self._falls_from(following), self._failing()
        for at, verdict in self.ahead:
            if not verdict.keeps(state.rank, state.vouched):
                return self._falls_from(at), verdict.failing(state.rank, state.vouched)
        return None

    def _falls_from(self, looked_at: datetime) -> datetime:
        """Return when it is demoted if it no longer qualifies at that evaluation."""
        kind, every = self.policy.retention.kind, self.policy.evaluate_every
        if kind is RetentionKind.GRACE:
            return self._grace_end(looked_at)
        while kind is RetentionKind.PERIOD_HOLD and looked_at < (
            self.state.held_until or looked_at
        ):
            looked_at = self.calendar.next_period(looked_at, every)
        return looked_at

    def due(self, next_end: datetime | None) -> datetime:
        state = self.state
        notice = None if state.grace_noticed_at else self._notice_at()
        deadline = self._deadline()
        moments = [
            next_evaluation(self.program, self.moment, self.calendar),
            state.grace_until,
            notice,
            deadline,
            state.pin.expires_at if state.pin else None,
            next_end,
        ]
        return min(at for at in moments if at is not None and at > self.moment)
