"""Which facts a program uses."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.programs.model import ProgramDefinition
from app.domain.programs.vocabulary import ActivityKind, Metric

# Metrics of holdings, and the kinds of facts that they use.
_HELD = {
    Metric.CERTIFIED_PEOPLE: ActivityKind.CERTIFICATION,
    Metric.ORGANISATION_CERTIFICATION: ActivityKind.CERTIFICATION,
    Metric.ATTESTATION: ActivityKind.ATTESTATION,
    Metric.CAPABILITIES: ActivityKind.CAPABILITY,
    Metric.ATTRIBUTE: ActivityKind.ATTRIBUTE,
    Metric.MANUAL: ActivityKind.MANUAL,
}


def held_kinds(program: ProgramDefinition) -> frozenset[ActivityKind]:
    """Return the kinds of facts that count while they hold."""
    return frozenset(_HELD[metric] for metric, _ in _measures(program) if metric in _HELD)


def measured_kinds(program: ProgramDefinition) -> frozenset[ActivityKind]:
    """Return all kinds of facts that can change the result of an evaluation."""
    added = {kind for metric, filters in _measures(program) for kind in _added(metric, filters)}
    return held_kinds(program) | added


def _measures(program: ProgramDefinition) -> Iterator[tuple[Metric, Mapping[str, Any]]]:
    """Yield every metric with its filters, including those inside other metrics."""
    for root in program.requirements():
        for condition in root.conditions():
            yield condition.metric, condition.filters
            for inner in condition.filters.values():
                if isinstance(inner, Mapping) and "metric" in inner:
                    yield Metric(str(inner["metric"])), inner["filters"]  # type: ignore[misc]


def _added(metric: Metric, filters: Mapping[str, Any]) -> set[ActivityKind]:
    if metric is Metric.MONEY_SUM:
        return {ActivityKind.SALE}
    if metric is Metric.EVENT_COUNT:
        return {ActivityKind(filters["activity"])}
    if metric is Metric.POINTS:
        return {ActivityKind(weight["activity"]) for weight in filters["weights"]}
    return set()
