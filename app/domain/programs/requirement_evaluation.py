"""Evaluation of requirements, with a third result for unpublished thresholds."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any

from app.domain.programs.facts import Facts
from app.domain.programs.metric_values import Reading, Setting, Value, gauge, gauge_key
from app.domain.programs.model import (
    Between,
    ByCurrency,
    Condition,
    ProgramDefinition,
    Requirement,
    Threshold,
)
from app.domain.programs.vocabulary import Operator, RequirementKind


class Answer(StrEnum):
    """Whether something holds. UNPUBLISHED: only the vendor can decide, manually (S0)."""

    MET = "MET"
    NOT_MET = "NOT_MET"
    UNPUBLISHED = "UNPUBLISHED"


def judge(condition: Condition, reading: Reading, currency: str) -> Answer:
    """Compare a reading with the threshold. Every value must hold; an unknown value does not.

    `currency` is the partner's own: a threshold by currency that lacks it is unpublished for it.
    """
    threshold = threshold_for(condition.threshold, currency)
    if threshold is None:
        return Answer.UNPUBLISHED
    compare = _COMPARE[condition.operator]
    for value in reading.values:
        if value is None or not compare(value, threshold):
            return Answer.NOT_MET
    return Answer.MET


def threshold_for(threshold: Threshold | None, currency: str) -> Any:
    """Return the threshold for a partner with this currency; None if it is unpublished."""
    return threshold.amounts.get(currency) if isinstance(threshold, ByCurrency) else threshold


# Operators with an upper bound, and those with bounds on both sides.
_UPPER = (Operator.LTE, Operator.LT)
_EXACT = (Operator.EQ, Operator.BETWEEN)
_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.GTE: lambda value, least: value >= least,
    Operator.GT: lambda value, below: value > below,
    Operator.LTE: lambda value, most: value <= most,
    Operator.LT: lambda value, above: value < above,
    Operator.EQ: lambda value, wanted: value == wanted,
    Operator.BETWEEN: lambda value, ends: ends.low <= value <= ends.high,
    Operator.IN: lambda value, wanted: value in wanted,
    Operator.CONTAINS_ALL: lambda value, wanted: value.issuperset(wanted),
    Operator.IS_TRUE: lambda value, _: value is True,
}


def worst(condition: Condition, reading: Reading, threshold: Any = None) -> Value:
    """Return the deciding value: of several periods, the one furthest from the threshold."""
    if len(reading.values) == 1:
        return reading.values[0]
    numbers = [value for value in reading.values if isinstance(value, Decimal)]
    if len(numbers) < len(reading.values):
        return None
    if condition.operator in _EXACT and threshold is not None:
        return max(numbers, key=lambda each: _missed_by(threshold, each))
    return max(numbers) if condition.operator in _UPPER else min(numbers)


def remaining(condition: Condition, value: Value, threshold: Any) -> Value:
    """Return what is missing: a number (never negative) or codes; None if that is undefined."""
    if threshold is None or value is None:
        return None
    if isinstance(value, frozenset):
        return frozenset(threshold) - value
    if not isinstance(value, Decimal):
        return None
    if condition.operator in _EXACT:
        return _missed_by(threshold, value)
    lacking: Decimal = threshold - value
    return max(-lacking if condition.operator in _UPPER else lacking, Decimal(0))


def _missed_by(threshold: Between | Decimal, value: Decimal) -> Decimal:
    if isinstance(threshold, Between):
        return max(threshold.low - value, value - threshold.high, Decimal(0))
    return abs(threshold - value)


def combine(kind: RequirementKind, answers: Sequence[Answer], at_least: int | None) -> Answer:
    """Return the answer of a group. It is UNPUBLISHED only if unpublished nodes could change it."""
    if kind is RequirementKind.NOT:
        return _NEGATED[answers[0]]
    met, needed = answers.count(Answer.MET), at_least or 0
    if kind is RequirementKind.ALL:
        needed = len(answers)
    elif kind is RequirementKind.ANY:
        needed = 1
    if met >= needed:
        return Answer.MET
    possible = met + answers.count(Answer.UNPUBLISHED)
    return Answer.UNPUBLISHED if possible >= needed else Answer.NOT_MET


_NEGATED = {
    Answer.MET: Answer.NOT_MET,
    Answer.NOT_MET: Answer.MET,
    Answer.UNPUBLISHED: Answer.UNPUBLISHED,
}


class Rules:
    """A program's requirements prepared for one time, to be evaluated for many partners."""

    def __init__(self, program: ProgramDefinition, moment: datetime, setting: Setting) -> None:
        self.program, self.moment, self.setting = program, moment, setting
        conditions = [each for root in program.requirements() for each in root.conditions()]
        # By identity: hashing a condition with its filters costs more than evaluating it.
        self._keys = {id(condition): gauge_key(condition) for condition in conditions}
        self.gauges = {
            self._keys[id(condition)]: gauge(condition, moment, setting) for condition in conditions
        }
        self.flows = tuple(
            dict.fromkeys(flow for gauge in self.gauges.values() for flow in gauge.flows)
        )

    def key(self, condition: Condition) -> str:
        """Return the key of a condition's gauge."""
        return self._keys[id(condition)]

    def verdict(self, facts: Facts) -> "Verdict":
        """Return the verdict for a partner."""
        return Verdict(self, facts)


class Verdict:
    """The results for one partner at one time, computed lazily."""

    def __init__(self, rules: Rules, facts: Facts) -> None:
        self.rules, self.facts = rules, facts
        self._readings: dict[str, Reading] = {}
        self._answers: dict[int, Answer] = {}

    @property
    def tiers(self) -> tuple[Answer, ...]:
        """The answers of the tiers, from rank 1."""
        return tuple(self.answer(tier.rank) for tier in self.rules.program.tiers)

    def answer(self, rank: int) -> Answer:
        """Return whether a tier and the gate hold, regardless of the tiers below."""
        if rank not in self._answers:
            if 0 not in self._answers:
                self._answers[0] = self.holds(self.rules.program.gate)
            tier = self.rules.program.tiers[rank - 1]
            both = self._answers[0], self.holds(tier.requirement)
            self._answers[rank] = combine(RequirementKind.ALL, both, None)
        return self._answers[rank]

    def reading(self, condition: Condition) -> Reading:
        """Return the reading of a condition's metric."""
        key = self.rules.key(condition)
        found = self._readings.get(key)
        if found is None:
            found = self._readings[key] = self.rules.gauges[key].read(self.facts)
        return found

    def holds(self, requirement: Requirement | None) -> Answer:
        """Return whether a requirement holds. None always holds."""
        if requirement is None:
            return Answer.MET
        if requirement.condition:
            condition = requirement.condition
            return judge(condition, self.reading(condition), self.facts.partner.currency)
        kind, answers = requirement.kind, []
        for node in requirement.of:
            answer = self.holds(node)
            # If all must hold, one that does not decides.
            if kind is RequirementKind.ALL and answer is Answer.NOT_MET:
                return answer
            answers.append(answer)
        return combine(kind, answers, requirement.at_least)

    def qualified(self, vouched: int = 0) -> int:
        """Return the highest rank that holds; 0 for none. Up to the rank `vouched`, the vendor has
        vouched for unpublished requirements.
        """
        return next(filter(partial(self._counts, vouched), range(self._top, 0, -1)), 0)

    def keeps(self, rank: int, vouched: int = 0) -> bool:
        """Return whether a tier or one above it holds, as in `qualified`."""
        return any(self._counts(vouched, each) for each in range(rank, self._top + 1))

    @property
    def _top(self) -> int:
        return len(self.rules.program.tiers)

    def _counts(self, vouched: int, rank: int) -> bool:
        answer = self.answer(rank)
        return answer is Answer.MET or (answer is Answer.UNPUBLISHED and rank <= vouched)

    def could_be(self, rank: int) -> bool:
        """Return whether a tier holds, or would with the vendor's approval."""
        return self.answer(rank) is not Answer.NOT_MET

    def failing(self, rank: int, vouched: int = 0) -> list[str]:
        """Return the labels of the conditions that keep a partner out of a tier."""
        tier = self.rules.program.tiers[rank - 1]
        roots = [root for root in (self.rules.program.gate, tier.requirement) if root]
        open_too = rank > vouched
        found = [label for root in roots for label in self._failing(root, open_too)]
        return list(dict.fromkeys(found))

    def _failing(self, node: Requirement, open_too: bool) -> list[str]:
        answer = self.holds(node)
        if answer is Answer.MET or (answer is Answer.UNPUBLISHED and not open_too):
            return []
        if node.condition or node.kind is RequirementKind.NOT:
            return [node.label]
        return [label for inner in node.of for label in self._failing(inner, open_too)]
