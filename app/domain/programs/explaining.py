"""An evaluation as JSON: the value, threshold and remaining amount of each condition of each tier.

Texts of numbers are exact up to twelve decimals; a flag is "true" or "false".
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Any

from app.domain.programs.facts import NOTHING, Facts
from app.domain.programs.metric_values import Gauge, Reading
from app.domain.programs.model import Between, Condition, Requirement, decimal_text
from app.domain.programs.requirement_evaluation import (
    Answer,
    Verdict,
    remaining,
    threshold_for,
    worst,
)
from app.domain.programs.vocabulary import RequirementKind

_PLACES = 12
# Digits of the largest sum with its decimals.
_PRECISION = 60
# Finds the records that a condition is based on, from the gauge and its reading.
Contributors = Callable[[Gauge, Reading], list[Any]]


def no_contributors(gauge: Gauge, reading: Reading) -> list[Any]:
    """Return no records, for an explanation with numbers only."""
    return []


def value_json(value: Any) -> dict[str, Any] | None:
    """Return a value or a threshold: `text` for people, and the number, flag or codes."""
    if value is None:
        return None
    found: dict[str, Any] = {"text": _text(value), "number": None, "flag": None, "codes": None}
    if isinstance(value, bool):
        found["flag"] = value
    elif isinstance(value, Decimal):
        found["number"] = found["text"]
    elif isinstance(value, str):
        found["codes"] = [value]
    elif not isinstance(value, Between):
        found["codes"] = sorted(value)
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        with localcontext(prec=_PRECISION):
            short = value if value == value.to_integral_value() else round(value, _PLACES)
        return decimal_text(short)
    if isinstance(value, Between):
        return f"{decimal_text(value.low)}..{decimal_text(value.high)}"
    return value if isinstance(value, str) else ", ".join(sorted(value)) or "none"


def verdict_json(verdict: Verdict, contributors: Contributors = no_contributors) -> dict[str, Any]:
    """Return the gate and every tier, lowest first, with the results of all their nodes."""
    program = verdict.rules.program
    return {
        "gate": requirement_json(verdict, program.gate, contributors),
        "tiers": [
            {
                "key": tier.key,
                "name": tier.name,
                "rank": tier.rank,
                "met": verdict.tiers[tier.rank - 1].value,
                "requirement": requirement_json(verdict, tier.requirement, contributors),
            }
            for tier in program.tiers
        ],
    }


def requirement_json(
    verdict: Verdict, node: Requirement | None, contributors: Contributors
) -> dict[str, Any] | None:
    """Return the result of a node of a requirement tree and of those below it."""
    if node is None:
        return None
    condition = node.condition
    return {
        "kind": node.kind.value,
        "label": node.label,
        "atLeast": node.at_least,
        "met": verdict.holds(node).value,
        "of": [requirement_json(verdict, inner, contributors) for inner in node.of],
        "result": condition and condition_json(verdict, condition, contributors),
    }


def condition_json(
    verdict: Verdict, condition: Condition, contributors: Contributors = no_contributors
) -> dict[str, Any]:
    """Return the result of one condition."""
    currency = verdict.facts.partner.currency
    reading = verdict.reading(condition)
    gauge = verdict.rules.gauges[verdict.rules.key(condition)]
    threshold = threshold_for(condition.threshold, currency)
    value = worst(condition, reading, threshold)
    return {
        "label": condition.label,
        "metric": condition.metric.value,
        "operator": condition.operator.value,
        "unit": currency if condition.unit == "LOCAL" else condition.unit,
        "value": value_json(value),
        "threshold": value_json(threshold),
        "remaining": value_json(remaining(condition, value, threshold)),
        "met": verdict.holds(Requirement(RequirementKind.CONDITION, condition=condition)).value,
        "buckets": _buckets(gauge, reading),
        "unconverted": list(reading.lacks),
        "records": _count(gauge, reading, verdict.facts),
        "contributors": contributors(gauge, reading),
    }


def _buckets(gauge: Gauge, reading: Reading) -> list[dict[str, Any]]:
    if len(reading.values) == 1:
        return []
    return [
        {"from": interval.start, "to": interval.end, "value": value_json(value)}
        for interval, value in zip(gauge.intervals, reading.values, strict=True)
    ]


def _count(gauge: Gauge, reading: Reading, facts: Facts) -> int:
    added = sum(facts.totals.get(flow, NOTHING).records for flow in gauge.flows)
    return added + len(reading.positions)


def share(result: Mapping[str, Any]) -> float:
    """Return how much of a condition is reached, from 0 to 1, for charts."""
    if result["met"] == Answer.MET:
        return 1.0
    value, threshold = result["value"], result["threshold"]
    if not value or not threshold or not (value["number"] and threshold["number"]):
        return 0.0
    wanted = Decimal(threshold["number"])
    reached = Decimal(value["number"]) / wanted if wanted > 0 else Decimal(0)
    # An unmet condition is never shown as full.
    return float(min(max(reached, Decimal(0)), Decimal("0.99")))


def leaves(node: Mapping[str, Any] | None) -> Iterable[dict[str, Any]]:
    """Yield the results of all conditions below a node of an explanation."""
    if node is None:
        return
    if node["result"]:
        yield node["result"]
    for inner in node["of"]:
        yield from leaves(inner)
