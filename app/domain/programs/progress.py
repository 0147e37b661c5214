"""A partner's progress to its next tier, and what expires if no fact is added."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from app.domain.programs.evaluation import Evaluator
from app.domain.programs.explaining import (
    Contributors,
    condition_json,
    no_contributors,
    value_json,
)
from app.domain.programs.facts import Facts, Flow, Rates
from app.domain.programs.metric_values import Value
from app.domain.programs.model import (
    Condition,
    ProgramDefinition,
    Requirement,
    TierDefinition,
)
from app.domain.programs.requirement_evaluation import Answer, Rules, Verdict, judge, worst
from app.domain.programs.vocabulary import Operator, RequirementKind

# The days ahead at which expiry is checked, and the limits of the horizon.
STEPS = (30, 60, 90)
MAX_HORIZON = 365
# Operators for which a lower value is not a loss.
_LESS_IS_FINE = (Operator.LTE, Operator.LT)


def steps_to(horizon: int) -> tuple[int, ...]:
    """Return the days ahead to check, up to and including a horizon of 0 to MAX_HORIZON days."""
    return tuple(sorted({*(days for days in STEPS if days < horizon), horizon} - {0}))


class Outlook(Evaluator):
    """A program prepared to evaluate partners now and on days ahead, with the facts known now."""

    def __init__(
        self,
        program: ProgramDefinition,
        moment: datetime,
        zone: str,
        rates: Rates,
        days: Sequence[int] = (),
    ) -> None:
        super().__init__(program, moment, zone, rates)
        self.later = [
            (each, Rules(program, moment + timedelta(days=each), self.setting)) for each in days
        ]

    @property
    def flows(self) -> Sequence[Flow]:
        """The flows to add up for each partner."""
        rules = [self.now, *(rules for _, rules in self.later)]
        return tuple(dict.fromkeys(flow for each in rules for flow in each.flows))


@dataclass(frozen=True, slots=True)
class Expiry:
    """What a condition loses within some days: its values now and then.

    `missed`: it holds now and no longer will. `tiers` are the keys of the tiers that require it.
    """

    within_days: int
    on: datetime
    condition: Condition
    tiers: tuple[str, ...]
    now: Value
    then: Value
    missed: bool


@dataclass(frozen=True)
class Progress:
    """One partner's progress from the tier of a rank (0 for none) to the next."""

    outlook: Outlook
    facts: Facts
    rank: int

    @cached_property
    def verdict(self) -> Verdict:
        """The current verdict."""
        return self.outlook.now.verdict(self.facts)

    @property
    def tier(self) -> TierDefinition | None:
        """The partner's current tier; None for none."""
        return self.outlook.program.tiers[self.rank - 1] if self.rank else None

    @property
    def next_tier(self) -> TierDefinition | None:
        """The next higher tier; None if it is in the highest."""
        tiers = self.outlook.program.tiers
        return tiers[self.rank] if self.rank < len(tiers) else None

    def asked(self) -> list[Condition]:
        """The conditions of the gate and the next tier, each once."""
        return _once(self.outlook.program.gate, _requirement(self.next_tier))

    def gap(self, contributors: Contributors = no_contributors) -> list[dict[str, Any]]:
        """Return the results of the conditions that keep the partner out of the next tier."""
        if self.next_tier is None:
            return []
        roots = (self.outlook.program.gate, self.next_tier.requirement)
        found = dict.fromkeys(condition for root in roots for condition in self._not_met(root))
        return [condition_json(self.verdict, each, contributors) for each in found]

    def _not_met(self, node: Requirement | None) -> Iterator[Condition]:
        if node is None or self.verdict.holds(node) is Answer.MET:
            return
        if node.condition:
            yield node.condition
        # A condition that must not hold is not a gap that more of it could close.
        elif node.kind is not RequirementKind.NOT:
            for inner in node.of:
                yield from self._not_met(inner)

    def expiring(self) -> list[Expiry]:
        """Return what the conditions of its tier and of the next lose, by the days ahead."""
        asking: dict[Condition, list[str]] = {}
        for tier in filter(None, (self.tier, self.next_tier)):
            for condition in _once(self.outlook.program.gate, tier.requirement):
                asking.setdefault(condition, []).append(tier.key)
        found = []
        for days, rules in self.outlook.later:
            then = rules.verdict(self.facts)
            for condition, keys in asking.items():
                if expiry := self._expiry(condition, tuple(keys), days, then):
                    found.append(expiry)
        return found

    def _expiry(
        self, condition: Condition, tiers: tuple[str, ...], days: int, then: Verdict
    ) -> Expiry | None:
        reading, later = self.verdict.reading(condition), then.reading(condition)
        now, after = worst(condition, reading), worst(condition, later)
        currency = self.facts.partner.currency
        answers = [judge(condition, each, currency) for each in (reading, later)]
        missed = answers == [Answer.MET, Answer.NOT_MET]
        if not missed and (condition.operator in _LESS_IS_FINE or not _is_less(after, now)):
            return None
        return Expiry(days, then.rules.moment, condition, tiers, now, after, missed)


def _is_less(after: Value, now: Value) -> bool:
    if now is None or after is None:
        return now is not None
    if isinstance(now, frozenset) and isinstance(after, frozenset):
        return bool(now - after)
    if isinstance(now, str) or isinstance(after, str):
        return now != after
    return after < now  # type: ignore[operator]


def _requirement(tier: TierDefinition | None) -> Requirement | None:
    return tier.requirement if tier else None


def _once(*roots: Requirement | None) -> list[Condition]:
    return list(dict.fromkeys(c for root in roots if root for c in root.conditions()))


def expiry_json(expiry: Expiry, currency: str) -> dict[str, Any]:
    """Return an expiry as plain data. `currency` is the partner's."""
    condition = expiry.condition
    return {
        "withinDays": expiry.within_days,
        "on": expiry.on,
        "label": condition.label,
        "unit": currency if condition.unit == "LOCAL" else condition.unit,
        "tiers": list(expiry.tiers),
        "valueNow": value_json(expiry.now),
        "valueThen": value_json(expiry.then),
        "thresholdMissed": expiry.missed,
    }


def why_not(verdict: Verdict, requirement: Requirement) -> str | None:
    """Return what is missing for a requirement, as text; None if it holds."""
    answer = verdict.holds(requirement)
    if answer is Answer.MET:
        return None
    missing = list(dict.fromkeys(_missing(verdict, requirement)))
    lead = "Missing" if answer is Answer.NOT_MET else "For the vendor to decide"
    return f"{lead}: {'; '.join(missing)}."


def _missing(verdict: Verdict, node: Requirement) -> Iterator[str]:
    if verdict.holds(node) is Answer.MET:
        return
    if node.condition or node.kind is not RequirementKind.ALL:
        yield node.label
        return
    for inner in node.of:
        yield from _missing(verdict, inner)


def with_benefits_alone(program: ProgramDefinition) -> ProgramDefinition:
    """Return the program with only the conditions of its benefits, to read only the facts that they
    need.
    """
    tiers = tuple(replace(tier, requirement=None) for tier in program.tiers)
    return replace(program, gate=None, tiers=tiers)


def benefit_conditions(program: ProgramDefinition) -> Mapping[tuple[str, str], Requirement]:
    """Return the conditions of benefits by the keys of tier and benefit. Benefits without one are
    left out.
    """
    return {
        (grant.tier, benefit.key): condition
        for benefit in program.benefits
        for grant in benefit.grants
        if (condition := benefit.condition_in(grant))
    }
