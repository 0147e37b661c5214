"""A demo partner's tiers: planned before its facts are generated, evaluated afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.demo import fake_names
from app.demo.activity_records import Ledger
from app.demo.partner import Team
from app.demo.tier_history import SYSTEM, TierHistory
from app.domain.partners import PartnerStatus
from app.domain.programs.periods import Calendar
from app.domain.programs.vocabulary import ActivityKind

# When to ask again about a partner that had sold enough for Platinum a year ago.
_A_YEAR = timedelta(days=365)
_PIN_AGE, _PIN_LASTS = timedelta(days=40), timedelta(days=150)


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """A tier by rank, from a time on; rank 0 is no tier."""

    rank: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """The planned history of a partner. Its facts are generated to fit.

    `asked_at` is when it meets all published requirements of Gold, `lapses_at` when one of them
    expires. `variation` is its special case now, see `partners.yaml`.
    """

    moves: Sequence[PlannedMove]
    variation: str | None
    asked_at: datetime | None
    lapses_at: datetime | None

    @property
    def placed_at(self) -> datetime | None:
        """When it reached the program's first tier."""
        return self.moves[0].at if self.moves else None

    @property
    def fell_at(self) -> datetime | None:
        """When it went back to the first tier."""
        later = (move.at for move in self.moves[1:] if move.rank == 1)
        return next(later, None)


def plan_tiers(team: Team, ranks: Sequence[int], variation: str | None) -> Plan:
    """Return when the partner reaches the tiers of these ranks, one after the other."""
    moments = _moments(team, len(ranks))
    moves: list[PlannedMove] = []
    for rank, at in zip(ranks, moments, strict=True):
        if moves and rank == 1:
            # The expiry is at midnight.
            at = _calendar(team).midnight(_calendar(team).day(at))
        moves.append(PlannedMove(rank, at))
    plan = Plan(
        moves, variation, _asked_at(team, moves, variation), _lapses_at(team, moves, variation)
    )
    ladder = team.shared.program.ladder
    team.tiers = [(move.at, ladder[move.rank].key if move.rank else None) for move in moves]
    if variation == "PINNED":
        team.tiers.append((team.until - _PIN_AGE, ladder[2].key))
    return plan


def _calendar(team: Team) -> Calendar:
    return team.shared.program.engine.calendar


def _moments(team: Team, count: int) -> list[datetime]:
    """Return the first some weeks after joining, the others spread over the time since."""
    if not count:
        return []
    first = team.moment(team.joined + timedelta(days=10), team.joined + timedelta(days=40))
    # More than a day apart, so that no two decisions are at the same time.
    room = (team.until - timedelta(days=2) - first) / count
    return [first] + [
        first + room * number + team.random.random() * room * 0.8 for number in range(1, count)
    ]


def _asked_at(team: Team, moves: Sequence[PlannedMove], variation: str | None) -> datetime | None:
    if variation == "ASKED" and len(moves) == 1:
        return team.until - timedelta(days=6)
    risen = next((move for move in moves if move.rank > 1), None)
    if risen is None:
        return None
    return risen.at - timedelta(days=team.facts_random.uniform(5, 12))


def _lapses_at(team: Team, moves: Sequence[PlannedMove], variation: str | None) -> datetime | None:
    fallen = next((move.at for move in moves[1:] if move.rank == 1), None)
    if fallen or variation not in ("PERSON_LAPSES", "PROGRAM_LAPSES"):
        return fallen
    engine = team.shared.program.engine
    soon = engine.calendar.days_after(team.shared.now, 12)
    return min(soon, engine.month_end(team.shared.now))


def write_tier_history(team: Team, plan: Plan, ledger: Ledger) -> None:
    """Apply the plan to the partner up to now, by the rules and the vendor's decisions."""
    tier_history = TierHistory(team, team.shared.program, ledger)
    for number, move in enumerate(plan.moves):
        _apply(tier_history, plan, number, move)
    if plan.variation == "ASKED" and plan.asked_at and len(plan.moves) == 1:
        tier_history.evaluate(plan.asked_at, team.vendor)
    if plan.variation == "PINNED":
        at = team.until - _PIN_AGE
        tier_history.pin(at, 2, fake_names.data("word_lists")["pin_reason"], at + _PIN_LASTS)
    if team.status == PartnerStatus.ACTIVE:
        _catch_up(tier_history)
    tier_history.write(active=team.status == PartnerStatus.ACTIVE)


def _apply(tier_history: TierHistory, plan: Plan, number: int, move: PlannedMove) -> None:
    team, before = tier_history.team, tier_history.state.rank
    later = [after.rank for after in plan.moves[number + 1 :]]
    if not before:
        tier_history.evaluate(move.at, team.vendor)
    elif move.rank > before:
        _end_risk(tier_history, move.at)
        if before == 1 and plan.asked_at:
            tier_history.evaluate(plan.asked_at, team.vendor)
        if move.rank == 2 and 3 not in later:
            _reject_higher_tier(tier_history, plan, move.at - timedelta(days=2))
        tier_history.approve(move.at, move.rank, _reason(team, "PROMOTION"))
    elif move.rank == 1:
        # The review before announces it.
        review = team.shared.program.engine.month_start(move.at - timedelta(days=1))
        if tier_history.evaluated_at and tier_history.evaluated_at < review:
            _end_risk(tier_history, review)
            tier_history.evaluate(review)
        tier_history.evaluate(move.at)
    else:
        _end_risk(tier_history, move.at)
        tier_history.set_tier(
            move.at, move.rank, _reason(team, "DEMOTION" if move.rank else "REMOVED")
        )
        if move.rank:
            _request_approval_again(tier_history, plan, move.at)


def _reject_higher_tier(tier_history: TierHistory, plan: Plan, at: datetime) -> None:
    """Reject the highest tier: its amount is not reached."""
    now = tier_history.team.shared.now
    until = (
        tier_history.program.engine.month_start(now) if plan.variation == "ASKED" else at + _A_YEAR
    )
    tier_history.reject(
        at, until, tier_history.team.random.choice(fake_names.data("word_lists")["refusals"])
    )


def _request_approval_again(tier_history: TierHistory, plan: Plan, at: datetime) -> None:
    review = tier_history.program.engine.month_end(at)
    answered = review + timedelta(days=2, hours=10)
    if answered < tier_history.team.until:
        tier_history.evaluate(review)
        _reject_higher_tier(tier_history, plan, answered)


def _catch_up(tier_history: TierHistory) -> None:
    """Evaluate at the last review, for facts since, and now."""
    now = tier_history.team.shared.now
    month = tier_history.program.engine.month_start(now)
    _end_risk(tier_history, month)
    deals = tier_history.ledger.recorded(ActivityKind.DEAL_REGISTRATION, month)[:1]
    for at in (month, *deals, now):
        if tier_history.team.joined < at and (
            tier_history.evaluated_at is None or tier_history.evaluated_at < at
        ):
            tier_history.evaluate(at, tier_history.team.vendor if at in deals else SYSTEM)


def _end_risk(tier_history: TierHistory, before: datetime) -> None:
    """Evaluate again at the next deal of a partner without one in this month."""
    if tier_history.state.at_risk_on and tier_history.evaluated_at:
        deals = tier_history.ledger.recorded(
            ActivityKind.DEAL_REGISTRATION, tier_history.evaluated_at
        )[:1]
        if deals and deals[0] < before:
            tier_history.evaluate(deals[0], tier_history.team.vendor)


def _reason(team: Team, way: str) -> str:
    reasons: list[str] = fake_names.data("word_lists")["reasons"][way]
    return team.random.choice(reasons)
