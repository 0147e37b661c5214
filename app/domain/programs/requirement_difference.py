"""The differences between two requirement trees, as sentences."""

from collections.abc import Callable, Iterator, Sequence

from app.domain.programs.limits import quantity
from app.domain.programs.model import (
    ByCurrency,
    Condition,
    Requirement,
    Threshold,
    Window,
    decimal_text,
)
from app.domain.programs.thresholds import threshold_text
from app.domain.programs.vocabulary import RequirementKind
from app.domain.programs.wording import change, spelled, words

_MUST = {
    RequirementKind.ALL: "all of it",
    RequirementKind.ANY: "any of it",
    RequirementKind.NOT: "none of it",
}


def requirement_differences(
    where: str, before: Requirement | None, after: Requirement | None
) -> Iterator[str]:
    """Yield the changes; none if and only if the trees are equal. `where` begins each sentence."""
    if before == after:
        return
    if before is None or after is None:
        if after:
            yield f"{where}: “{after.label}” is now required."
        if before:
            yield f"{where}: “{before.label}” is no longer required."
    elif before.condition and after.condition:
        yield from _conditions(where, before.condition, after.condition)
    elif before.condition or after.condition:
        yield f"{where}: “{after.label}” replaces “{before.label}”."
    else:
        yield from _groups(where, before, after)


def _groups(where: str, before: Requirement, after: Requirement) -> Iterator[str]:
    yield from change(where, "what must hold", _must(before), _must(after))
    pairs, removed, added = _paired(before.of, after.of)
    for old, new in pairs:
        yield from requirement_differences(where, old, new)
    yield from (f"{where}: “{each.label}” is no longer required." for each in removed)
    yield from (f"{where}: “{each.label}” is also required." for each in added)
    # If nothing else is reported, the same nodes are in another order.
    if not (removed or added) and [old for old, _ in pairs] != list(before.of):
        labels = words([node.label for node in after.of])
        yield f"{where}: the conditions are in another order: {labels}."


def _must(group: Requirement) -> str:
    return _MUST.get(group.kind) or f"at least {group.at_least} of it"


Pairs = list[tuple[Requirement, Requirement]]


def _paired(
    before: Sequence[Requirement], after: Sequence[Requirement]
) -> tuple[Pairs, list[Requirement], list[Requirement]]:
    """Return which node became which, in the order of `after`. The rest is removed or added."""
    old, new = dict(enumerate(before)), dict(enumerate(after))
    pairs: dict[int, tuple[Requirement, Requirement]] = {}
    for alike in _ALIKE:
        for at, node in list(new.items()):
            found = next((key for key, each in old.items() if alike(each, node)), None)
            if found is not None:
                pairs[at] = (old.pop(found), new.pop(at))
    return [pairs[at] for at in sorted(pairs)], list(old.values()), list(new.values())


def _same_quantity(one: Requirement, other: Requirement) -> bool:
    if not one.condition or not other.condition:
        return False
    return quantity(one.condition) == quantity(other.condition)


def _same_metric(one: Requirement, other: Requirement) -> bool:
    if not one.condition or not other.condition:
        return False
    return one.condition.metric == other.condition.metric


def _same_kind(one: Requirement, other: Requirement) -> bool:
    return one.kind == other.kind and not one.condition


# From certainly the same node to possibly the same.
_ALIKE: Sequence[Callable[[Requirement, Requirement], bool]] = (
    lambda one, other: one == other,
    lambda one, other: _same_quantity(one, other) and one.label == other.label,
    _same_quantity,
    lambda one, other: _same_metric(one, other) and one.label == other.label,
    _same_metric,
    _same_kind,
)


def _conditions(where: str, before: Condition, after: Condition) -> Iterator[str]:
    if before.metric is not after.metric:
        yield f"{where}: “{after.label}” replaces “{before.label}”."
        return
    name = f"“{before.label}”"
    for key in dict.fromkeys([*before.filters, *after.filters]):
        old, new = before.filters.get(key), after.filters.get(key)
        yield from change(where, f"{spelled(key)} of {name}", old, new)
    operators = before.operator.value, after.operator.value
    yield from change(where, f"the operator of {name}", *operators)
    yield from _thresholds(where, name, before.threshold, after.threshold)
    windows = _window(before.window), _window(after.window)
    yield from change(where, f"the window of {name}", *windows)
    yield from change(where, f"the label of {name}", before.label, after.label)


def _thresholds(
    where: str, name: str, before: Threshold | None, after: Threshold | None
) -> Iterator[str]:
    if before == after:
        return
    what = f"the threshold of {name}"
    if before is None:
        yield f"{where}: {what} is published: {threshold_text(after)}."
    elif after is None:
        yield f"{where}: {what} is no longer published (before: {threshold_text(before)})."
    elif isinstance(before, ByCurrency) and isinstance(after, ByCurrency):
        old, new = _amounts(before), _amounts(after)
        for currency in sorted(old.keys() | new.keys()):
            yield from change(where, f"{what} in {currency}", old.get(currency), new.get(currency))
    else:
        yield from change(where, what, threshold_text(before), threshold_text(after))


def _amounts(threshold: ByCurrency) -> dict[str, str]:
    return {name: decimal_text(amount) for name, amount in threshold.amounts.items()}


def _window(window: Window) -> str:
    parts = (window.kind, window.count, window.unit)
    return " ".join(str(part) for part in parts if part is not None)
