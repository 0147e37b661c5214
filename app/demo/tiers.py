"""How a demo partner came to its tier: planned before its year is made up, walked after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.demo import fake_names
from app.demo.activity_records import Ledger
from app.demo.partner import Team
from app.demo.tier_history import SYSTEM, Path
from app.domain.partners import PartnerStatus
from app.domain.programs.periods import Calendar
from app.domain.programs.vocabulary import ActivityKind

# Whoever had sold enough for Platinum a year ago is asked about again then.
_A_YEAR = timedelta(days=365)
_PIN_AGE, _PIN_LASTS = timedelta(days=40), timedelta(days=150)


@dataclass(frozen=True, slots=True)
class Turn:
    """A tier by rank, from a moment on; rank 0 is none."""

    rank: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of a partner; its facts are made up so that the rules agree.

    `asked_at` is when it has all that Gold asks for and publishes, `lapses_at` when a part of that
    runs out. `twist` is what is special about it now, see `partners.yaml`.
    """

    turns: Sequence[Turn]
    twist: str | None
    asked_at: datetime | None
    lapses_at: datetime | None

    @property
    def placed_at(self) -> datetime | None:
        """When it came into the program's first tier."""
        return self.turns[0].at if self.turns else None

    @property
    def fell_at(self) -> datetime | None:
        """When it went back to the first tier."""
        later = (turn.at for turn in self.turns[1:] if turn.rank == 1)
        return next(later, None)


def plan_tiers(team: Team, ranks: Sequence[int], twist: str | None) -> Plan:
    """When the partner is to come to the tiers of these ranks, one after the other."""
    moments = _moments(team, len(ranks))
    turns: list[Turn] = []
    for rank, at in zip(ranks, moments, strict=True):
        if turns and rank == 1:
            # What it lacks runs out at midnight.
            at = _calendar(team).midnight(_calendar(team).day(at))
        turns.append(Turn(rank, at))
    plan = Plan(turns, twist, _asked_at(team, turns, twist), _lapses_at(team, turns, twist))
    ladder = team.scene.program.ladder
    team.tiers = [(turn.at, ladder[turn.rank].key if turn.rank else None) for turn in turns]
    if twist == "PINNED":
        team.tiers.append((team.until - _PIN_AGE, ladder[2].key))
    return plan


def _calendar(team: Team) -> Calendar:
    return team.scene.program.engine.calendar


def _moments(team: Team, count: int) -> list[datetime]:
    """The first some weeks after joining, the others spread over the time since."""
    if not count:
        return []
    first = team.moment(team.joined + timedelta(days=10), team.joined + timedelta(days=40))
    # Apart by more than a day, so that no two decisions are one moment.
    room = (team.until - timedelta(days=2) - first) / count
    return [first] + [
        first + room * number + team.random.random() * room * 0.8 for number in range(1, count)
    ]


def _asked_at(team: Team, turns: Sequence[Turn], twist: str | None) -> datetime | None:
    if twist == "ASKED" and len(turns) == 1:
        return team.until - timedelta(days=6)
    risen = next((turn for turn in turns if turn.rank > 1), None)
    if risen is None:
        return None
    return risen.at - timedelta(days=team.facts_random.uniform(5, 12))


def _lapses_at(team: Team, turns: Sequence[Turn], twist: str | None) -> datetime | None:
    fallen = next((turn.at for turn in turns[1:] if turn.rank == 1), None)
    if fallen or twist not in ("PERSON_LAPSES", "PROGRAM_LAPSES"):
        return fallen
    engine = team.scene.program.engine
    soon = engine.calendar.days_after(team.scene.now, 12)
    return min(soon, engine.month_end(team.scene.now))


def walk_tiers(team: Team, plan: Plan, ledger: Ledger) -> None:
    """Take the partner along its plan, up to now, as the rules and the vendor decide."""
    path = Path(team, team.scene.program, ledger)
    for number, turn in enumerate(plan.turns):
        _take(path, plan, number, turn)
    if plan.twist == "ASKED" and plan.asked_at and len(plan.turns) == 1:
        path.evaluate(plan.asked_at, team.vendor)
    if plan.twist == "PINNED":
        at = team.until - _PIN_AGE
        path.pin(at, 2, fake_names.data("word_lists")["pin_reason"], at + _PIN_LASTS)
    if team.status == PartnerStatus.ACTIVE:
        _catch_up(path)
    path.write(active=team.status == PartnerStatus.ACTIVE)


def _take(path: Path, plan: Plan, number: int, turn: Turn) -> None:
    team, before = path.team, path.state.rank
    later = [after.rank for after in plan.turns[number + 1 :]]
    if not before:
        path.evaluate(turn.at, team.vendor)
    elif turn.rank > before:
        _end_risk(path, turn.at)
        if before == 1 and plan.asked_at:
            path.evaluate(plan.asked_at, team.vendor)
        if turn.rank == 2 and 3 not in later:
            _refuse_more(path, plan, turn.at - timedelta(days=2))
        path.approve(turn.at, turn.rank, _reason(team, "PROMOTION"))
    elif turn.rank == 1:
        # The review before it says what is to come.
        review = team.scene.program.engine.month_start(turn.at - timedelta(days=1))
        if path.evaluated_at and path.evaluated_at < review:
            _end_risk(path, review)
            path.evaluate(review)
        path.evaluate(turn.at)
    else:
        _end_risk(path, turn.at)
        path.set_tier(turn.at, turn.rank, _reason(team, "DEMOTION" if turn.rank else "REMOVED"))
        if turn.rank:
            _asked_again(path, plan, turn.at)


def _refuse_more(path: Path, plan: Plan, at: datetime) -> None:
    """The vendor says no to the highest tier: its amount is not reached."""
    now = path.team.scene.now
    until = path.program.engine.month_start(now) if plan.twist == "ASKED" else at + _A_YEAR
    path.reject(at, until, path.team.random.choice(fake_names.data("word_lists")["refusals"]))


def _asked_again(path: Path, plan: Plan, at: datetime) -> None:
    review = path.program.engine.month_end(at)
    answered = review + timedelta(days=2, hours=10)
    if answered < path.team.until:
        path.evaluate(review)
        _refuse_more(path, plan, answered)


def _catch_up(path: Path) -> None:
    """What the last review said, what came in since, and how it stands now."""
    now = path.team.scene.now
    month = path.program.engine.month_start(now)
    _end_risk(path, month)
    deals = path.ledger.recorded(ActivityKind.DEAL_REGISTRATION, month)[:1]
    for at in (month, *deals, now):
        if path.team.joined < at and (path.evaluated_at is None or path.evaluated_at < at):
            path.evaluate(at, path.team.vendor if at in deals else SYSTEM)


def _end_risk(path: Path, before: datetime) -> None:
    """A partner that had no deal in a month so far is safe with the next one."""
    if path.state.at_risk_on and path.evaluated_at:
        deals = path.ledger.recorded(ActivityKind.DEAL_REGISTRATION, path.evaluated_at)[:1]
        if deals and deals[0] < before:
            path.evaluate(deals[0], path.team.vendor)


def _reason(team: Team, way: str) -> str:
    reasons: list[str] = fake_names.data("word_lists")["reasons"][way]
    return team.random.choice(reasons)
