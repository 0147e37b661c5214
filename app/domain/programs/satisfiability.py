"""Satisfiability: whether a requirement can hold for any partner at any time.

Only certain conflicts are reported: a requirement without one may still be impossible.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

from app.domain.programs.limits import Limit, limit_of, quantity
from app.domain.programs.model import Condition, Requirement
from app.domain.programs.vocabulary import RequirementKind


@dataclass(frozen=True, slots=True)
class Leaf:
    """A condition at its path, maybe negated."""

    condition: Condition
    path: str
    negated: bool = False

    @property
    def words(self) -> str:
        """The condition as messages quote it."""
        return f"not “{self.condition.label}”" if self.negated else f"“{self.condition.label}”"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `count` of the parts hold: the normal form of ALL, ANY, AT_LEAST and NOT."""

    count: int
    parts: tuple["Formula", ...]

    @property
    def is_all(self) -> bool:
        """Whether all parts must hold."""
        return self.count == len(self.parts)


Formula: TypeAlias = Leaf | AtLeast
# The known limits by quantity, each with its name.
Known: TypeAlias = Mapping[str, tuple[tuple[Limit, str], ...]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A condition that cannot hold together with another one (None: that can never hold)."""

    leaf: Leaf
    other: str | None

    def __str__(self) -> str:
        if self.other is None:
            return f"{self.leaf.words} can never hold."
        return f"{self.other} and {self.leaf.words} can never hold together."


def formula(requirement: Requirement, path: str, negated: bool = False) -> Formula:
    """Return a requirement at its path, or its negation, in normal form."""
    if requirement.condition:
        return Leaf(requirement.condition, path, negated)
    if requirement.kind is RequirementKind.NOT:
        return formula(requirement.of[0], f"{path}.of[0]", not negated)
    size = len(requirement.of)
    count = {RequirementKind.ALL: size, RequirementKind.ANY: 1}.get(
        requirement.kind, requirement.at_least or 1
    )
    # Fewer than `count` hold if and only if at least this many do not.
    return AtLeast(
        size - count + 1 if negated else count,
        tuple(
            formula(each, f"{path}.of[{index}]", negated)
            for index, each in enumerate(requirement.of)
        ),
    )


def certain(of: Formula) -> Iterator[Leaf]:
    """Yield the conditions that hold whenever the formula does."""
    if isinstance(of, Leaf):
        yield of
    elif of.is_all:
        for part in of.parts:
            yield from certain(part)


def conflict(of: Formula, known: Known) -> Conflict | None:
    """Return why the formula can never hold together with the known limits; None if it may."""
    learnt = dict(known)
    for leaf in certain(of):
        limit = limit_of(leaf.condition, leaf.negated)
        if limit is None:
            continue
        about = quantity(leaf.condition)
        before = learnt.get(about, ())
        if _empty(limit, *(each for each, _ in before)):
            return Conflict(leaf, _opponent(limit, before))
        learnt[about] = (*before, (limit, leaf.words))
    return next((found for each in _choices(of) if (found := _choice_conflict(each, learnt))), None)


def _choices(of: Formula) -> Iterator[AtLeast]:
    if isinstance(of, AtLeast):
        if not of.is_all:
            yield of
            return
        for part in of.parts:
            yield from _choices(part)


def _choice_conflict(of: AtLeast, known: Known) -> Conflict | None:
    found = [each for part in of.parts if (each := conflict(part, known))]
    return found[0] if len(of.parts) - len(found) < of.count else None


def _opponent(limit: Limit, before: tuple[tuple[Limit, str], ...]) -> str | None:
    if not before:
        return None
    alone = (words for each, words in before if _empty(limit, each))
    return next(alone, " with ".join(words for _, words in before))


def _empty(first: Limit, *others: Limit) -> bool:
    def meet(one: Any, other: Any) -> Any:
        return one.meet(other)

    met: Limit = reduce(meet, others, first)
    return met.empty
