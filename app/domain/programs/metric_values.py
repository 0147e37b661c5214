"""Computation of each metric from a partner's facts, as of a time.

A gauge is built once for a condition and a time, and reads any number of partners. It declares the
flows that must be added up for it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, TypeAlias

from app.domain.programs.aggregation import PRECISION, Adding, adding, codes
from app.domain.programs.facts import Facts, Flow, Holding, Rates
from app.domain.programs.holdings import current, newest, people
from app.domain.programs.model import (
    CertificationPolicy,
    Condition,
    JsonObject,
    Span,
)
from app.domain.programs.periods import Calendar, Interval, shift
from app.domain.programs.vocabulary import (
    ActivityKind,
    Metric,
    Operator,
    PartnerAttribute,
    PeriodUnit,
)

# A number, a flag, a code, or codes; None if unknown.
Value: TypeAlias = Decimal | bool | str | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What metrics depend on besides the partner: periods, rates, and the certification policy."""

    calendar: Calendar = field(default_factory=Calendar)
    rates: Rates = field(default_factory=Rates)
    certification: CertificationPolicy | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A metric's value: one, or for EACH_BUCKET one for each period.

    `positions` are the valid records that count; records that add up are found by the gauge's
    flows. `lacks` are currencies without a known rate: they do not count.
    """

    values: tuple[Value, ...]
    positions: tuple[int, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gauge:
    """Reads one metric. `flows` are those that it needs, `intervals` those of its values."""

    read: Callable[[Facts], Reading]
    flows: tuple[Flow, ...] = ()
    intervals: tuple[Interval, ...] = ()


def gauge(condition: Condition, moment: datetime, setting: Setting) -> Gauge:
    """Return the gauge of a condition as of a time."""
    return _GAUGES[condition.metric](_Asked(condition, moment, setting))


def gauge_key(condition: Condition) -> str:
    """Return a key that is equal for conditions that measure the same, whatever their
    thresholds.
    """
    window, flag = condition.window, condition.operator is Operator.IS_TRUE
    filters = json.dumps(condition.filters, sort_keys=True, default=list)
    return f"{condition.metric}|{window.kind}|{window.count}|{window.unit}|{flag}|{filters}"


@dataclass(frozen=True, slots=True)
class _Asked:
    condition: Condition
    moment: datetime
    setting: Setting

    @property
    def filters(self) -> JsonObject:
        return self.condition.filters

    @property
    def intervals(self) -> tuple[Interval, ...]:
        return self.setting.calendar.intervals(self.condition.window, self.moment)


def _adding(metric: Metric, filters: JsonObject, interval: Interval, of: _Asked) -> Adding:
    if metric is Metric.CERTIFIED_PEOPLE:
        # A current value is the same for every period.
        return Adding(lambda facts: (Decimal(len(_people(of, filters, facts)[0])), ()), ())
    return adding(metric, filters, interval, of.setting.rates)


def _sums(of: _Asked) -> Gauge:
    parts = [_adding(of.condition.metric, of.filters, each, of) for each in of.intervals]
    return _gauge_of([part.sum for part in parts], parts, of.intervals)


def _gauge_of(
    sums: Sequence[Callable[[Facts], tuple[Value, tuple[str, ...]]]],
    parts: Sequence[Adding],
    intervals: tuple[Interval, ...],
) -> Gauge:
    def read(facts: Facts) -> Reading:
        found = [each(facts) for each in sums]
        lacks = {currency for _, missing in found for currency in missing}
        return Reading(tuple(value for value, _ in found), (), tuple(sorted(lacks)))

    flows = dict.fromkeys(flow for part in parts for flow in part.flows)
    return Gauge(read, tuple(flows), intervals)


def _quotient(
    above: Adding, below: Adding, less: int
) -> Callable[[Facts], tuple[Value, tuple[str, ...]]]:
    def divide(facts: Facts) -> tuple[Value, tuple[str, ...]]:
        (number, lacks), (base, lacks_too) = above.sum(facts), below.sum(facts)
        with localcontext(prec=PRECISION):
            value = number / base - less if base > 0 else None
        return value, lacks + lacks_too

    return divide


def _measure(measure: Any, interval: Interval, of: _Asked) -> Adding:
    return _adding(Metric(measure["metric"]), measure["filters"], interval, of)


def _ratio(of: _Asked) -> Gauge:
    pairs = [
        tuple(_measure(of.filters[key], each, of) for key in ("numerator", "denominator"))
        for each in of.intervals
    ]
    sums = [_quotient(above, below, 0) for above, below in pairs]
    return _gauge_of(sums, [part for pair in pairs for part in pair], of.intervals)


def _growth(of: _Asked) -> Gauge:
    [interval] = of.intervals
    earlier = of.setting.calendar.interval_before(of.condition.window, of.moment)
    now, before = (_measure(of.filters["of"], each, of) for each in (interval, earlier))
    return _gauge_of([_quotient(now, before, 1)], [now, before], (interval,))


def _people(of: _Asked, filters: JsonObject, facts: Facts) -> tuple[frozenset[str], list[int]]:
    every, any_of = codes(filters.get("holdsAll")), codes(filters.get("holdsAny"))
    return people(_held(of, facts, ActivityKind.CERTIFICATION), every, any_of)


def _held(of: _Asked, facts: Facts, kind: ActivityKind) -> list[Holding]:
    setting = of.setting
    return current(facts.holdings, kind, of.moment, setting.calendar, setting.certification)


def _certified_people(of: _Asked) -> Gauge:
    def read(facts: Facts) -> Reading:
        persons, positions = _people(of, of.filters, facts)
        return Reading((Decimal(len(persons)),), tuple(positions))

    return Gauge(read)


def _flag(kind: ActivityKind, key: str) -> Callable[[_Asked], Gauge]:
    """Return a gauge of whether the organisation itself holds what the filter `key` names."""

    def make(of: _Asked) -> Gauge:
        wanted = of.filters[key]

        def read(facts: Facts) -> Reading:
            held = _held(of, facts, kind)
            found = [h.position for h in held if h.code == wanted and h.person is None]
            return Reading((bool(found),), tuple(found))

        return Gauge(read)

    return make


def _capabilities(of: _Asked) -> Gauge:
    def read(facts: Facts) -> Reading:
        held = _held(of, facts, ActivityKind.CAPABILITY)
        return Reading((frozenset(h.code for h in held),), tuple(h.position for h in held))

    return Gauge(read)


def _attribute(of: _Asked) -> Gauge:
    name = of.filters["attribute"]

    def read(facts: Facts) -> Reading:
        if name == PartnerAttribute.PARTNER_TYPE:
            return Reading((facts.partner.type,))
        found = newest(_held(of, facts, ActivityKind.ATTRIBUTE), str(name))
        return Reading((found.value,), (found.position,)) if found else Reading((None,))

    return Gauge(read)


def _manual(of: _Asked) -> Gauge:
    flag = of.condition.operator is Operator.IS_TRUE

    def read(facts: Facts) -> Reading:
        found = newest(_held(of, facts, ActivityKind.MANUAL), str(of.filters["value"]))
        if found is None:
            return Reading((False if flag else None,))
        number = Decimal(found.value or 0)
        return Reading((number != 0 if flag else number,), (found.position,))

    return Gauge(read)


def _tenure(of: _Asked) -> Gauge:
    unit = PeriodUnit(str(of.filters["unit"]))
    calendar = of.setting.calendar
    today = calendar.day(of.moment)

    def read(facts: Facts) -> Reading:
        return Reading((Decimal(_whole(calendar.day(facts.partner.enrolled_at), today, unit)),))

    return Gauge(read)


def _whole(first: date, last: date, unit: PeriodUnit) -> int:
    """Return how many whole units fit between two days."""
    if unit is PeriodUnit.DAY:
        return max((last - first).days, 0)
    count = 0
    while shift(first, Span(1, unit), count + 1) <= last:
        count += 1
    return count


_GAUGES: Mapping[Metric, Callable[[_Asked], Gauge]] = {
    Metric.MONEY_SUM: _sums,
    Metric.EVENT_COUNT: _sums,
    Metric.POINTS: _sums,
    Metric.RATIO: _ratio,
    Metric.GROWTH: _growth,
    Metric.CERTIFIED_PEOPLE: _certified_people,
    Metric.ORGANISATION_CERTIFICATION: _flag(ActivityKind.CERTIFICATION, "certification"),
    Metric.ATTESTATION: _flag(ActivityKind.ATTESTATION, "attestation"),
    Metric.CAPABILITIES: _capabilities,
    Metric.ATTRIBUTE: _attribute,
    Metric.TENURE: _tenure,
    Metric.MANUAL: _manual,
}
