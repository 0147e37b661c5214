"""Conditions as limits on their quantities, which can be intersected with other limits.

This is conservative: a limit that is not understood (`None`) is assumed to be possible.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from app.domain.partners import PartnerType
from app.domain.programs.metrics import METRICS
from app.domain.programs.model import Between, ByCurrency, Condition, Json
from app.domain.programs.vocabulary import Metric, Operator, PartnerAttribute, WindowKind

# Quantities that are never below zero; a sum or a count may be, once a sale is reversed.
_NEVER_NEGATIVE = (Metric.CERTIFIED_PEOPLE, Metric.TENURE)
PARTNER_TYPE = PartnerAttribute.PARTNER_TYPE.value


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between two ends (None: no end), each inclusive or exclusive."""

    low: Decimal | None = None
    high: Decimal | None = None
    with_low: bool = True
    with_high: bool = True
    whole: bool = False

    def meet(self, other: "Range") -> "Range":
        """Return the numbers in both."""
        low, with_low = self.low, self.with_low
        if other.low is not None and (
            low is None or (other.low, not other.with_low) > (low, not with_low)
        ):
            low, with_low = other.low, other.with_low
        high, with_high = self.high, self.with_high
        if other.high is not None and (
            high is None or (other.high, other.with_high) < (high, with_high)
        ):
            high, with_high = other.high, other.with_high
        return Range(low, high, with_low, with_high, self.whole or other.whole)

    @property
    def empty(self) -> bool:
        """Whether it contains no number."""
        if self.low is None or self.high is None:
            return False
        if self.whole:
            low = self.low // 1 + (1 if self.low % 1 or not self.with_low else 0)
            high = self.high // 1 - (0 if self.high % 1 or self.with_high else 1)
            return low > high
        return self.low > self.high or (
            self.low == self.high and not (self.with_low and self.with_high)
        )


@dataclass(frozen=True, slots=True)
class Ranges:
    """A range for each currency: the partner's own is one of these."""

    of: Mapping[str, Range]

    def meet(self, other: "Ranges") -> "Ranges":
        """Return the intersection for the currencies in both."""
        return Ranges(
            {name: self.of[name].meet(other.of[name]) for name in self.of if name in other.of}
        )

    @property
    def empty(self) -> bool:
        """Whether the range of every currency is empty."""
        return all(each.empty for each in self.of.values())


@dataclass(frozen=True, slots=True)
class Words:
    """One of `allowed` (None: any) and none of `refused`."""

    allowed: frozenset[str] | None = None
    refused: frozenset[str] = frozenset()

    def meet(self, other: "Words") -> "Words":
        """Return the words in both."""
        if self.allowed is None or other.allowed is None:
            allowed = self.allowed if other.allowed is None else other.allowed
        else:
            allowed = self.allowed & other.allowed
        return Words(allowed, self.refused | other.refused)

    @property
    def empty(self) -> bool:
        """Whether it contains no word."""
        return self.allowed is not None and not self.allowed - self.refused


@dataclass(frozen=True, slots=True)
class Sets:
    """Sets that contain all of `needed`, and none of the sets in `refused`."""

    needed: frozenset[str] = frozenset()
    refused: frozenset[frozenset[str]] = frozenset()

    def meet(self, other: "Sets") -> "Sets":
        """Return the sets in both."""
        return Sets(self.needed | other.needed, self.refused | other.refused)

    @property
    def empty(self) -> bool:
        """Whether it contains no set."""
        return any(each <= self.needed for each in self.refused)


Limit: TypeAlias = Range | Ranges | Words | Sets


def quantity(condition: Condition) -> str:
    """Return the quantity that a condition measures, as text. Equal texts mean the same
    quantity.
    """
    if condition.metric is Metric.ATTRIBUTE:
        return str(condition.filters["attribute"])
    window = condition.window
    return json.dumps(
        [
            condition.metric,
            condition.operator is Operator.IS_TRUE,
            in_one_order(condition.filters),
            [window.kind, window.count, window.unit],
        ],
        sort_keys=True,
    )


def in_one_order(value: Json) -> Json:
    """Return filters with their lists sorted, since the order has no meaning."""
    if isinstance(value, Mapping):
        return {key: in_one_order(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return sorted((in_one_order(item) for item in value), key=json.dumps)
    return value


def limit_of(condition: Condition, negated: bool = False) -> Limit | None:
    """Return the limit under which the condition holds (or does not hold); None if it is
    unknown.
    """
    threshold, operator = condition.threshold, condition.operator
    if threshold is None:
        # Unpublished: the vendor decides.
        return None
    if operator is Operator.IS_TRUE:
        return Words(frozenset({"false" if negated else "true"}))
    if condition.metric is Metric.ATTRIBUTE:
        words = frozenset([threshold] if isinstance(threshold, str) else _words(threshold))
        return Words(refused=words) if negated else Words(allowed=words)
    if condition.metric is Metric.CAPABILITIES:
        codes = frozenset(_words(threshold))
        return Sets(refused=frozenset({codes})) if negated else Sets(needed=codes)
    if negated and condition.window.kind is WindowKind.EACH_BUCKET:
        # Negated, it fails in at least one period, not in each.
        return None
    if isinstance(threshold, ByCurrency):
        return None if negated else _by_currency(condition, threshold)
    return _range(condition, threshold, negated)


def types_limit(types: tuple[PartnerType, ...]) -> Words:
    """Return the limit that a program's partner types set on the attribute PARTNER_TYPE."""
    return Words(frozenset(each.value for each in types or PartnerType))


def _words(threshold: object) -> tuple[str, ...]:
    return threshold if isinstance(threshold, tuple) else ()


def _by_currency(condition: Condition, threshold: ByCurrency) -> Limit | None:
    ranges = {
        name: _range(replace(condition, threshold=amount), amount, False)
        for name, amount in threshold.amounts.items()
    }
    return Ranges({name: each for name, each in ranges.items() if each})


def _range(condition: Condition, threshold: object, negated: bool) -> Range | None:
    found = (
        _negative(condition.operator, threshold)
        if negated
        else _positive(condition.operator, threshold)
    )
    if found is None:
        return None
    floor = Range(Decimal(0)) if condition.metric in _NEVER_NEGATIVE else Range()
    return replace(found, whole=METRICS[condition.metric].whole).meet(floor)


def _positive(operator: Operator, threshold: object) -> Range | None:
    if isinstance(threshold, Between):
        return Range(threshold.low, threshold.high)
    if not isinstance(threshold, Decimal):
        return None
    match operator:
        case Operator.GTE:
            return Range(low=threshold)
        case Operator.GT:
            return Range(low=threshold, with_low=False)
        case Operator.LTE:
            return Range(high=threshold)
        case Operator.LT:
            return Range(high=threshold, with_high=False)
        case Operator.EQ:
            return Range(threshold, threshold)
    return None


_OPPOSITE = {
    Operator.GTE: Operator.LT,
    Operator.GT: Operator.LTE,
    Operator.LTE: Operator.GT,
    Operator.LT: Operator.GTE,
}


def _negative(operator: Operator, threshold: object) -> Range | None:
    # The complement of BETWEEN or EQ is not a single range.
    return _positive(_OPPOSITE[operator], threshold) if operator in _OPPOSITE else None
