"""Readers of values that only catalogues have: codes, rates, lists of entries."""

from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from typing import TypeVar

from app.domain.addresses import COUNTRIES
from app.domain.money import CURRENCIES
from app.domain.programs.location import Place, Reader, entries, quoted
from app.domain.programs.problems import ProblemKind
from app.domain.programs.readers import decimal, pattern

T = TypeVar("T")

MAX_DAYS = 3650
# More employees or slots than anybody has.
SIZES = 100_000_000
_MAX_ENTRIES = 1_000

bracket_code = pattern(r"[0-9A-Za-z][0-9A-Za-z+._-]{0,31}", '"11-50"')
bundle_code = pattern(r"[A-Z0-9][A-Z0-9_-]{0,31}", "SLOTS-10")
share = decimal(Decimal(0), Decimal(1))


def country(place: Place) -> str | None:
    """Read a country code (ISO 3166-1 alpha-2)."""
    return _listed(place, COUNTRIES, "country of ISO 3166, such as DE")


def currency(place: Place) -> str | None:
    """Read a currency code (ISO 4217)."""
    return _listed(place, CURRENCIES, "currency of ISO 4217, such as USD")


def yes_or_no(place: Place) -> bool | None:
    """Read `true` or `false`."""
    if isinstance(place.value, bool):
        return place.value
    place.wrong_type("true or false")
    return None


def rows(place: Place | None, reader: Reader[T]) -> list[tuple[Place, T]]:
    """Return the entries of a list that could be read, each with its place; none without a list."""
    found = [(item, reader(item)) for item in (entries(place, _MAX_ENTRIES) if place else ())]
    return [(item, entry) for item, entry in found if entry is not None]


def distinct(found: Sequence[tuple[Place, T]], key: Callable[[T], Hashable]) -> None:
    """Note every entry that duplicates an earlier one."""
    seen: set[Hashable] = set()
    for place, entry in found:
        if (identity := key(entry)) in seen:
            place.wrong(ProblemKind.DUPLICATE, "This duplicates an earlier entry.", "Remove one.")
        seen.add(identity)


def _listed(place: Place, known: frozenset[str], what: str) -> str | None:
    if isinstance(place.value, str) and place.value in known:
        return place.value
    place.wrong(
        ProblemKind.UNKNOWN_VALUE, f"{quoted(place.value)} is not known.", f"Give a {what}."
    )
    return None
