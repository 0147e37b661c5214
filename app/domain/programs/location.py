"""Locations in a program file, and reading of their parts.

Nothing here raises: a reader that finds a problem notes it and returns None, so that one pass finds
all problems.
"""

import difflib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from app.domain.programs.problems import Problem, ProblemKind

T = TypeVar("T")

_QUOTED_LENGTH = 60
_LONG_NUMBER = 10**30


@dataclass(frozen=True, slots=True)
class Place:
    """A value in the file, its path, and the list that collects the problems."""

    value: object
    path: str
    problems: list[Problem]

    def wrong(self, kind: ProblemKind, message: str, remedy: str) -> None:
        """Note a problem here."""
        self.problems.append(Problem(self.path, kind, self.value, message, remedy))

    def wrong_type(self, wanted: str) -> None:
        """Note that this is not `wanted`, such as "a whole number"."""
        self.wrong(
            ProblemKind.WRONG_TYPE, f"{quoted(self.value)} is not {wanted}.", f"Give {wanted}."
        )

    def at(self, key: str, value: object) -> "Place":
        """Return the location of a key of this object."""
        return replace(self, path=f"{self.path}.{key}" if self.path else key, value=value)

    def missing(self, key: str, remedy: str) -> None:
        """Note that a key is missing from this object."""
        self.at(key, None).wrong(ProblemKind.MISSING, "This is missing.", remedy)


# Reads a location: returns the value, or None after noting a problem.
Reader: TypeAlias = Callable[[Place], T | None]


def read(place: Place | None, reader: Reader[T]) -> T | None:
    """Read the location with `reader`; None if there is no location."""
    return None if place is None else reader(place)


def members(
    place: Place, required: Collection[str], optional: Collection[str] = ()
) -> dict[str, Place]:
    """Return the locations of an object's keys. Missing and unknown keys, and values that are not
    objects, are noted.

    A key whose value is null counts as absent.
    """
    if not isinstance(place.value, Mapping):
        place.wrong_type("an object (key: value)")
        return {}
    known = [*required, *optional]
    found = {}
    for key, value in place.value.items():
        if key not in known:
            _unknown(place, key, value, known)
        elif value is not None:
            found[key] = place.at(key, value)
    for key in required:
        if key not in found:
            place.missing(key, f"Add the key `{key}`.")
    return found


def entries(place: Place, at_most: int) -> list[Place]:
    """Return the locations of a list's items. If it is not a list, or has more than `at_most`
    items, that is noted and the result is empty.
    """
    if not isinstance(place.value, list | tuple):
        place.wrong_type("a list")
        return []
    if len(place.value) > at_most:
        place.wrong(
            ProblemKind.OUT_OF_RANGE,
            f"The list has {len(place.value)} items.",
            f"Give at most {at_most}.",
        )
        return []
    return [
        replace(place, path=f"{place.path}[{index}]", value=value)
        for index, value in enumerate(place.value)
    ]


def quoted(value: object) -> str:
    """Return a value as messages show it: on one line, shortened if it is long."""
    if isinstance(value, Mapping):
        return "An object"
    if isinstance(value, list | tuple):
        return "A list"
    if isinstance(value, int) and abs(value) >= _LONG_NUMBER:
        # Python refuses to convert numbers of several thousand digits to text.
        return "A number of many digits"
    text = repr(value)
    return text if len(text) <= _QUOTED_LENGTH else f"{text[:_QUOTED_LENGTH]}..."


def nearest(value: object, known: Collection[str], at_most: int = 20) -> str:
    """Return the remedy for a word that is not in a closed list: the most similar word, or all
    words.
    """
    word = value[:_QUOTED_LENGTH] if isinstance(value, str) else ""
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Use one of: {', '.join(list(known)[:at_most])}." if known else "Remove it."


def key_text(key: object) -> str:
    """Return a key as paths show it. YAML keys need not be text."""
    return key[:_QUOTED_LENGTH] if isinstance(key, str) else quoted(key)


def _unknown(place: Place, key: object, value: object, known: Collection[str]) -> None:
    name = key_text(key)
    place.at(name, value).wrong(
        ProblemKind.UNKNOWN_KEY, f"There is no key `{name}` here.", nearest(key, known)
    )
