"""Compliance: whether a partner was entitled to the tier that it held on a date."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.programs.explaining import condition_json
from app.domain.programs.metric_values import gauge_key
from app.domain.programs.model import Condition, ProgramDefinition, TierDefinition
from app.domain.programs.requirement_evaluation import Verdict
from app.domain.programs.vocabulary import DecisionOrigin, Effect

# Decisions by which the vendor vouches for unpublished requirements.
_BY_HAND = (DecisionOrigin.MANUAL, DecisionOrigin.APPROVAL)


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision on a partner's tier; `rank` is of the version that is reported on."""

    rank: int
    origin: DecisionOrigin
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """The rank held on a date, since when, and the rank up to which the vendor had vouched."""

    rank: int = 0
    since: datetime | None = None
    vouched: int = 0


def held(decisions: Iterable[Decided]) -> Held:
    """Return what was held after these decisions, oldest first."""
    found = Held()
    for each in decisions:
        vouched = found.vouched if each.rank >= found.vouched else 0
        if each.origin in _BY_HAND:
            vouched = each.rank
        found = Held(each.rank, each.at, vouched)
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """Until when a tier is retained without its requirements: by a grace period, or by a hold."""

    grace_until: str | None = None
    held_until: str | None = None


_OVER = (Effect.MOVED, Effect.GRACE_ENDED, Effect.HOLD_ENDED)


def kept(effects: Iterable[Mapping[str, Any]]) -> Kept:
    """Return the retention after the effects of evaluations in one tier, oldest first."""
    found = Kept()
    for each in effects:
        if each["effect"] in _OVER:
            found = Kept()
        elif each["effect"] == Effect.GRACE_STARTED:
            found = Kept(grace_until=each["until"])
        elif each["effect"] == Effect.HELD:
            found = Kept(held_until=each["until"])
    return found


@dataclass(frozen=True, slots=True)
class Compliance:
    """A partner's tier on a date, and the tier that the rules give for its facts."""

    verdict: Verdict
    held: Held
    kept: Kept = field(default_factory=Kept)
    pin_reason: str | None = None

    @property
    def program(self) -> ProgramDefinition:
        """The program version in force on that date."""
        return self.verdict.rules.program

    @property
    def tier_held(self) -> TierDefinition | None:
        """The tier that it held; None for none."""
        return _tier(self.program, self.held.rank)

    @property
    def tier_qualified(self) -> TierDefinition | None:
        """The highest tier whose rules it met; None for none."""
        return _tier(self.program, self.verdict.qualified(self.held.vouched))

    @property
    def compliant(self) -> bool:
        """Whether it met the requirements of the tier that it held. No tier has no requirements."""
        return self.verdict.qualified(self.held.vouched) >= self.held.rank

    @property
    def failing(self) -> list[str]:
        """The labels of the unmet requirements of the tier that it held."""
        if self.compliant:
            return []
        return self.verdict.failing(self.held.rank, self.held.vouched)

    def results(self) -> list[dict[str, Any]]:
        """The results of the conditions of the gate and of the tier held, or else the lowest
        tier.
        """
        asked = conditions_of(self.program, self.tier_held or self.program.tiers[0])
        return [condition_json(self.verdict, each) for each in asked]


def conditions_of(program: ProgramDefinition, tier: TierDefinition) -> list[Condition]:
    """Return the conditions of the gate and of a tier, each once, in their order."""
    return _distinct(program, [tier])


def all_conditions(program: ProgramDefinition) -> list[Condition]:
    """Return the conditions of the gate and of all tiers, each once, lowest first."""
    return _distinct(program, program.tiers)


def _distinct(program: ProgramDefinition, tiers: Sequence[TierDefinition]) -> list[Condition]:
    found = {_identity(each): each for each in _conditions(program, tiers)}
    return list(found.values())


def _conditions(program: ProgramDefinition, tiers: Sequence[TierDefinition]) -> Iterator[Condition]:
    for root in (program.gate, *(tier.requirement for tier in tiers)):
        if root:
            yield from root.conditions()


def _identity(condition: Condition) -> tuple[str, ...]:
    asked = condition.operator, condition.threshold, condition.label
    return (gauge_key(condition), *map(str, asked))


def _tier(program: ProgramDefinition, rank: int) -> TierDefinition | None:
    return program.tiers[rank - 1] if rank else None
