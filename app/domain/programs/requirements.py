"""Reading of requirement trees and their conditions."""

from collections.abc import Mapping

from app.domain.programs.location import Place, entries, members, read
from app.domain.programs.metrics import METRICS, read_filters, unit_of
from app.domain.programs.model import Condition, JsonObject, Requirement, Threshold, Window
from app.domain.programs.problems import ProblemKind
from app.domain.programs.readers import choice, text, whole
from app.domain.programs.thresholds import read_threshold
from app.domain.programs.vocabulary import (
    Metric,
    Operator,
    PeriodUnit,
    RequirementKind,
    WindowKind,
)

_MAX_DEPTH = 5
MAX_NODES = 20
label_text = text(200)
window_count = whole(1, 1000)

WINDOW_KEYS = {
    WindowKind.ROLLING: ["kind", "count", "unit"],
    WindowKind.EACH_BUCKET: ["kind", "count", "unit"],
    WindowKind.CALENDAR: ["kind", "unit"],
}


def read_requirement(place: Place) -> Requirement | None:
    """Read a requirement tree; None after noting problems."""
    return _node(place, 1)


def _node(place: Place, depth: int) -> Requirement | None:
    if depth > _MAX_DEPTH:
        place.wrong(
            ProblemKind.OUT_OF_RANGE,
            "The tree is too deep.",
            f"Use at most {_MAX_DEPTH} levels.",
        )
        return None
    # `of` alone is a group whose kind is missing.
    if isinstance(place.value, Mapping) and not place.value.keys().isdisjoint({"kind", "of"}):
        return _group(place, depth)
    condition = _condition(place)
    if condition is None:
        return None
    return Requirement(RequirementKind.CONDITION, condition=condition)


def _group(place: Place, depth: int) -> Requirement | None:
    keys = members(place, ["kind", "of"], ["atLeast"])
    kind = read(keys.get("kind"), choice(RequirementKind))
    if kind is RequirementKind.CONDITION:
        keys["kind"].wrong(
            ProblemKind.NOT_APPLICABLE,
            "A condition has no kind in the file.",
            "Remove the key `kind`, or use ALL, ANY, AT_LEAST or NOT.",
        )
        return None
    places = entries(keys["of"], MAX_NODES) if "of" in keys else []
    nodes = tuple(node for node in (_node(each, depth + 1) for each in places) if node)
    if kind is None or "of" not in keys:
        return None
    _check_size(kind, len(places), keys["of"])
    at_least = _at_least(kind, len(places), place, keys)
    return Requirement(kind, nodes, at_least)


def _check_size(kind: RequirementKind, size: int, of: Place) -> None:
    if size == 0:
        of.wrong(ProblemKind.OUT_OF_RANGE, "There is nothing below.", "Give at least one node.")
    if kind is RequirementKind.NOT and size > 1:
        of.wrong(
            ProblemKind.OUT_OF_RANGE, f"NOT has {size} nodes.", "Give one; use ANY inside the NOT."
        )


def _at_least(kind: RequirementKind, size: int, place: Place, keys: dict[str, Place]) -> int | None:
    if kind is RequirementKind.AT_LEAST:
        if "atLeast" not in keys:
            place.missing("atLeast", "Say how many of the nodes must hold.")
        return read(keys.get("atLeast"), whole(1, max(size, 1)))
    if "atLeast" in keys:
        keys["atLeast"].wrong(
            ProblemKind.NOT_APPLICABLE, f"{kind} counts nothing.", "Remove it, or use AT_LEAST."
        )
    return None


def _condition(place: Place) -> Condition | None:
    keys = members(place, ["metric", "operator", "label"], ["threshold", "window", "filters"])
    label = read(keys.get("label"), label_text)
    metric = read(keys.get("metric"), choice(Metric))
    operator = read(keys.get("operator"), choice(Operator))
    if metric is None:
        # Everything else depends on it: further problems would be misleading.
        return None
    filters = read_filters(metric, keys.get("filters", place.at("filters", {})))
    window = _window(metric, place, keys)
    if operator is None or not _operator_fits(metric, operator, keys["operator"]):
        return None
    threshold = _threshold(metric, operator, filters, place, keys)
    if label is None or window is None:
        return None
    unit = unit_of(metric, operator, filters)
    return Condition(metric, operator, threshold, window, label, unit, filters)


def _operator_fits(metric: Metric, operator: Operator, place: Place) -> bool:
    fitting = METRICS[metric].operators
    if operator not in fitting:
        place.wrong(
            ProblemKind.NOT_APPLICABLE,
            f"{operator} does not go with {metric}.",
            f"Use one of: {', '.join(fitting)}.",
        )
    return operator in fitting


def _threshold(
    metric: Metric,
    operator: Operator,
    filters: JsonObject,
    place: Place,
    keys: dict[str, Place],
) -> Threshold | None:
    if "threshold" in keys:
        return read_threshold(metric, operator, filters, keys["threshold"])
    if operator is Operator.IS_TRUE:
        return True
    if isinstance(place.value, Mapping) and "threshold" not in place.value:
        place.missing("threshold", "Give it, or `threshold: null` if it is not published.")
    return None


def _window(metric: Metric, place: Place, keys: dict[str, Place]) -> Window | None:
    fitting = METRICS[metric].windows
    if "window" not in keys:
        if WindowKind.NOW in fitting:
            return Window(WindowKind.NOW)
        place.missing("window", f"Give a window of the kind {', '.join(fitting)}.")
        return None
    found = _read_window(keys["window"])
    if found and found.kind not in fitting:
        keys["window"].wrong(
            ProblemKind.NOT_APPLICABLE,
            f"{found.kind} does not go with {metric}.",
            f"Use one of: {', '.join(fitting)}.",
        )
    return found


def _read_window(place: Place) -> Window | None:
    # Accept every key first: which ones are allowed depends on the kind.
    kinds = members(place, ["kind"], ["count", "unit"])
    kind = read(kinds.get("kind"), choice(WindowKind))
    if kind is None:
        return None
    wanted = WINDOW_KEYS.get(kind, ["kind"])
    for key in wanted:
        if key not in kinds:
            place.missing(key, f"{kind} needs the key `{key}`.")
    for key in kinds.keys() - wanted:
        kinds[key].wrong(ProblemKind.NOT_APPLICABLE, f"{kind} has no {key}.", "Remove it.")
    count = read(kinds.get("count"), window_count)
    unit = read(kinds.get("unit"), choice(PeriodUnit))
    return Window(kind, count, unit)
