"""Readers of single values. Each reads a location and returns the value, or None after noting a
problem.

Those that return JSON (`word`, `rate`, `amount`) return the canonical spelling, and read their own
output back to the same value.
"""

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from app.domain.characters import is_blank, unreadable_character
from app.domain.programs.location import Place, Reader, entries, nearest, quoted
from app.domain.programs.model import Json, decimal_text
from app.domain.programs.problems import ProblemKind
from app.domain.programs.reader_schemas import accepts, schema_of

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_AMOUNT_LIMIT = Decimal(10) ** 15
_MAX_PLACES = 6
_LIST_LIMIT = 100
# Longer texts may have several lines.
_LINE = 200


def text(limit: int) -> Reader[str]:
    """Return a reader of readable text of 1 to `limit` characters, trimmed."""

    @accepts({"type": "string", "minLength": 1, "maxLength": limit})
    def reader(place: Place) -> str | None:
        if not isinstance(place.value, str):
            place.wrong_type("text")
            return None
        value = place.value.strip()
        if found := unreadable_character(value, lines=limit > _LINE):
            place.wrong(
                ProblemKind.INVALID, f"The text contains the character {found}.", "Remove it."
            )
            return None
        if is_blank(value) or len(value) > limit:
            place.wrong(
                ProblemKind.OUT_OF_RANGE,
                f"The text has {len(value)} characters.",
                f"Give 1 to {limit}.",
            )
            return None
        return value

    return reader


def pattern(regex: str, example: str) -> Reader[str]:
    """Return a reader of text that `regex` matches as a whole."""

    @accepts({"type": "string", "pattern": f"^({regex})$", "description": f"Such as {example}."})
    def reader(place: Place) -> str | None:
        if not isinstance(place.value, str):
            place.wrong_type("text")
            return None
        if not re.fullmatch(regex, place.value):
            place.wrong(
                ProblemKind.INVALID,
                f"{quoted(place.value)} is not spelled right.",
                f"Write it like {example}.",
            )
            return None
        return place.value

    return reader


key_name = pattern(r"[a-z][a-z0-9-]{0,59}", "gold or margin-share")
code = pattern(r"[A-Z][A-Z0-9_]{0,59}", "LANDING_PAGE")
currency = pattern(r"[A-Z]{3}", "USD (ISO 4217)")
currency_or_local = pattern(r"LOCAL|[A-Z]{3}", "USD (ISO 4217), or LOCAL for the partner's own")
color = pattern(r"#[0-9A-F]{6}", '"#D4A017" (six upper-case hex digits)')


def choice(vocabulary: type[E]) -> Reader[E]:
    """Return a reader of a member of a closed vocabulary."""

    @accepts({"enum": [member.value for member in vocabulary]})
    def reader(place: Place) -> E | None:
        names = [member.value for member in vocabulary]
        if place.value not in names:
            place.wrong(
                ProblemKind.UNKNOWN_VALUE,
                f"{quoted(place.value)} is not known here.",
                nearest(place.value, names),
            )
            return None
        return vocabulary(str(place.value))

    return reader


def word(vocabulary: type[E]) -> Reader[Json]:
    """Return a reader of a member of a closed vocabulary that returns it as plain text, for JSON
    and YAML.
    """
    member = choice(vocabulary)

    @accepts(schema_of(member))
    def reader(place: Place) -> Json:
        found = member(place)
        return None if found is None else found.value

    return reader


def whole(low: int, high: int) -> Reader[int]:
    """Return a reader of a whole number from `low` to `high`."""

    @accepts({"type": "integer", "minimum": low, "maximum": high})
    def reader(place: Place) -> int | None:
        # In Python, `true` is an integer too.
        if not isinstance(place.value, int) or isinstance(place.value, bool):
            place.wrong_type("a whole number")
            return None
        if not low <= place.value <= high:
            place.wrong(
                ProblemKind.OUT_OF_RANGE,
                f"{quoted(place.value)} is out of range.",
                f"Give {low} to {high}.",
            )
            return None
        return place.value

    return reader


def decimal(
    low: Decimal, high: Decimal = _AMOUNT_LIMIT, places: int = _MAX_PLACES
) -> Reader[Decimal]:
    """Return a reader of a number from `low` to `high` with at most `places` decimals, as a number
    or as text.
    """
    decimals = rf"(\.[0-9]{{0,{places}}}0*)?" if places else r"(\.0*)?"

    @accepts(
        {
            "type": ["number", "string"],
            "minimum": int(low),
            "maximum": int(high),
            "pattern": rf"^-?[0-9]+{decimals}$",
        }
    )
    def reader(place: Place) -> Decimal | None:
        value = _decimal(place.value)
        if value is None:
            place.wrong_type("a number")
            return None
        if not low <= value <= high:
            place.wrong(
                ProblemKind.OUT_OF_RANGE,
                f"{quoted(place.value)} is out of range.",
                f"Give {low:f} to {high:f}.",
            )
            return None
        if value != round(value, places):
            place.wrong(
                ProblemKind.INVALID,
                f"{quoted(place.value)} has too many decimals.",
                f"Give at most {places}.",
            )
            return None
        return value

    return reader


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) > _AMOUNT_LIMIT * 10:
        # Far out of any range, and maybe with more digits than Python converts to text.
        return _AMOUNT_LIMIT * 10 * (1 if value > 0 else -1)
    try:
        # Converted by way of text, so that 0.3 stays exact.
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    # Normalise negative zero.
    return number or Decimal(0)


_from_zero = decimal(Decimal(0))
_to_one = decimal(Decimal(0), Decimal(1))


@accepts(schema_of(_from_zero))
def amount(place: Place) -> Json:
    """Read a number of 0 or more as decimal text: "500000"."""
    number = _from_zero(place)
    return None if number is None else decimal_text(number)


@accepts(schema_of(_to_one))
def rate(place: Place) -> Json:
    """Read a rate from 0 to 1 as decimal text with at least two decimals: "0.30"."""
    number = _to_one(place)
    return None if number is None else decimal_text(number, at_least=2)


def listed(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """Return a reader of a list of 1 to 100 different values."""

    @accepts(
        {
            "type": "array",
            "items": schema_of(reader),
            "minItems": 1,
            "maxItems": _LIST_LIMIT,
            "uniqueItems": True,
        }
    )
    def read_list(place: Place) -> tuple[T, ...] | None:
        places = entries(place, _LIST_LIMIT)
        if isinstance(place.value, list | tuple) and not place.value:
            place.wrong(ProblemKind.OUT_OF_RANGE, "The list is empty.", "Give at least one.")
            return None
        values = [reader(item) for item in places]
        for item, value, before in zip(places, values, _before(values), strict=True):
            if value is not None and value in before:
                item.wrong(
                    ProblemKind.DUPLICATE, f"{quoted(item.value)} appears twice.", "Remove one."
                )
        whole_list = tuple(value for value in values if value is not None)
        return whole_list or None

    return read_list


def many(reader: Reader[Json]) -> Reader[Json]:
    """Return a reader of a list of 1 to 100 different values, as JSON."""
    read_tuple: Reader[tuple[Json, ...]] = listed(reader)

    @accepts(schema_of(read_tuple))
    def read_list(place: Place) -> Json:
        found = read_tuple(place)
        return None if found is None else list(found)

    return read_list


def _before(values: list[T]) -> Iterable[list[T]]:
    return (values[:index] for index in range(len(values)))


def unique(places: Iterable[Place], key: str) -> None:
    """Note every object of a list whose `key` has the same value as an earlier one."""
    seen: list[object] = []
    for place in places:
        value = place.value.get(key) if isinstance(place.value, Mapping) else None
        if value is not None and value in seen:
            place.at(key, value).wrong(
                ProblemKind.DUPLICATE, f"{quoted(value)} is taken.", "Give each its own."
            )
        seen.append(value)
