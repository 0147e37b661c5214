"""Metrics that add up over an interval: money, events, points.

Each declares the flows that it needs, and computes a number from a partner's totals of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Any, TypeAlias

from app.domain.programs.facts import NOTHING, Facts, Flow, Rates, Stream
from app.domain.programs.model import JsonObject
from app.domain.programs.periods import Interval
from app.domain.programs.vocabulary import ActivityKind, Metric

# Precision of calculations: far more digits than any amount has.
PRECISION = 50

# A sum for one partner: its value, and the currencies that could not be converted.
Sum: TypeAlias = Callable[[Facts], tuple[Decimal, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Adding:
    """A metric that adds up over an interval, prepared for that interval."""

    sum: Sum
    flows: tuple[Flow, ...]


def adding(metric: Metric, filters: JsonObject, interval: Interval, rates: Rates) -> Adding:
    """Return MONEY_SUM, EVENT_COUNT or POINTS over an interval."""
    if metric is Metric.MONEY_SUM:
        return _money(_stream(ActivityKind.SALE, filters), filters["currency"], interval, rates)
    if metric is Metric.EVENT_COUNT:
        return _events(_stream(ActivityKind(str(filters["activity"])), filters), interval)
    return _points(filters, interval, rates)


def _stream(kind: ActivityKind, filters: JsonObject) -> Stream:
    revenue = filters.get("revenue")
    return Stream(
        kind,
        revenue if isinstance(revenue, str) else None,
        *(codes(filters.get(key)) for key in ("motions", "priceBasis", "sources", "products")),
    )


def codes(value: Any) -> tuple[str, ...]:
    """Return a list of codes from a filter, sorted; empty if it is left out."""
    return tuple(sorted(value or ()))


def _money(stream: Stream, currency: Any, interval: Interval, rates: Rates) -> Adding:
    flows = tuple(Flow(stream, piece) for piece in rates.pieces(interval))

    def add(facts: Facts) -> tuple[Decimal, tuple[str, ...]]:
        target = facts.partner.currency if currency == "LOCAL" else currency
        parts, lacks = [], set()
        for flow in flows:
            # In a fixed order: the last digit of a sum may depend on it.
            for base, minor in sorted(facts.totals.get(flow, NOTHING).amounts.items()):
                # A piece has the rates of its start throughout; none is known before the first
                # rate.
                major = rates.convert(minor, base, target, flow.interval.start)
                if major is None:
                    lacks.add(base)
                else:
                    parts.append(major)
        with localcontext(prec=PRECISION):
            return sum(parts, Decimal(0)), tuple(sorted(lacks))

    return Adding(add, flows)


def _events(stream: Stream, interval: Interval) -> Adding:
    flow = Flow(stream, interval)
    return Adding(lambda facts: (Decimal(facts.totals.get(flow, NOTHING).quantity), ()), (flow,))


def _points(filters: JsonObject, interval: Interval, rates: Rates) -> Adding:
    weights: Sequence[Any] = filters["weights"]  # type: ignore[assignment]
    parts = [part for weight in weights if (part := _weighed(weight, interval, rates))]

    def add(facts: Facts) -> tuple[Decimal, tuple[str, ...]]:
        sums = [part.sum(facts) for part in parts]
        lacks = {currency for _, missing in sums for currency in missing}
        with localcontext(prec=PRECISION):
            return sum((points for points, _ in sums), Decimal(0)), tuple(sorted(lacks))

    return Adding(add, tuple(flow for part in parts for flow in part.flows))


def _weighed(weight: Mapping[str, Any], interval: Interval, rates: Rates) -> Adding | None:
    """Return one weight over the part of the interval in which it is in force; None if it never
    is.
    """
    start = datetime.fromisoformat(weight["effectiveFrom"])
    end = datetime.fromisoformat(weight["effectiveTo"]) if weight.get("effectiveTo") else None
    start = start if interval.start is None else max(start, interval.start)
    within = Interval(start, interval.end if end is None else min(end, interval.end))
    if within.end <= start:
        return None
    stream = Stream(ActivityKind(weight["activity"]))
    points, per = Decimal(weight["points"]), Decimal(weight.get("perAmount") or 1)
    paid = "perAmount" in weight
    base = _money(stream, weight["currency"], within, rates) if paid else _events(stream, within)
    cap = Decimal(weight["cap"]) if weight.get("cap") else None

    def add(facts: Facts) -> tuple[Decimal, tuple[str, ...]]:
        amount, lacks = base.sum(facts)
        with localcontext(prec=PRECISION):
            found = amount * points / per
        return (found if cap is None else min(found, cap)), lacks

    return Adding(add, base.flows)
