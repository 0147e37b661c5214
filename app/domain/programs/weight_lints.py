"""Lints for weights of points: those of one activity must not overlap, and each must count at some
time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain.programs.model import Json, Requirement
from app.domain.programs.problems import Problem, ProblemKind


def weight_problems(path: str, node: Requirement) -> Iterator[Problem]:
    """Yield the weights in a requirement tree at a path that count twice or never."""
    if node.condition:
        yield from _weights_in(f"{path}.filters", node.condition.filters)
    for index, each in enumerate(node.of):
        yield from weight_problems(f"{path}.of[{index}]", each)


def _weights_in(path: str, value: Json) -> Iterator[Problem]:
    """Yield the faults of all lists of weights in some filters. A ratio has nested filters."""
    if not isinstance(value, Mapping):
        return
    for key, inner in value.items():
        if key == "weights" and isinstance(inner, list | tuple):
            yield from _periods(f"{path}.weights", inner)
        else:
            yield from _weights_in(f"{path}.{key}", inner)


def _periods(path: str, weights: Sequence[Any]) -> Iterator[Problem]:
    """Yield where weights of one activity (and currency) overlap or never count."""
    for index, weight in enumerate(weights):
        period = _period(weight)
        if _is_empty(period):
            yield Problem(
                f"{path}[{index}].effectiveTo",
                ProblemKind.EMPTY_PERIOD,
                weight["effectiveTo"],
                "The period ends before it begins: the weight never counts.",
                "Give an effectiveTo after effectiveFrom; that day itself is out.",
            )
            continue
        for before, other in enumerate(weights[:index]):
            if _kind(other) == _kind(weight) and _overlap(period, _period(other)):
                yield Problem(
                    f"{path}[{index}].effectiveFrom",
                    ProblemKind.OVERLAPPING_PERIODS,
                    weight["effectiveFrom"],
                    f"The {weight['activity']} would count twice: the period of [{before}] "
                    "runs on into this one.",
                    "End the one where the other begins, with effectiveTo.",
                )


def _kind(weight: Mapping[str, Any]) -> tuple[str, str | None]:
    return weight["activity"], weight.get("currency")


def _period(weight: Mapping[str, Any]) -> tuple[datetime, datetime | None]:
    end = weight.get("effectiveTo")
    start = datetime.fromisoformat(weight["effectiveFrom"])
    return start, None if end is None else datetime.fromisoformat(end)


def _is_empty(period: tuple[datetime, datetime | None]) -> bool:
    return period[1] is not None and period[1] <= period[0]


def _overlap(
    one: tuple[datetime, datetime | None], other: tuple[datetime, datetime | None]
) -> bool:
    if _is_empty(one) or _is_empty(other):
        return False
    # Half-open: one may begin exactly when the other ends.
    return (other[1] is None or one[0] < other[1]) and (one[1] is None or other[0] < one[1])
