"""Reading a price book of a catalogue."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from app.domain.catalogue.model import BookEntry, PriceKey
from app.domain.catalogue.readers import bracket_code, bundle_code, currency
from app.domain.money import Money, minor_digits
from app.domain.plans import BillingInterval, PlanCode
from app.domain.programs.location import Place, Reader, key_text, members, quoted, read
from app.domain.programs.problems import ProblemKind
from app.domain.programs.readers import text

# In minor units. A thousandth of what a column holds, so that sums of many prices fit too.
_MOST = 10**15
_LONGEST = 40


def read_book(place: Place, *, moment: Reader[datetime]) -> BookEntry | None:
    """Read a price book; None if it has problems, which are noted. `moment` reads its date."""
    keys = members(
        place, ["currency", "name", "effectiveFrom"], ["advisorFee", "prices", "bundles"]
    )
    money = read(keys.get("currency"), currency)
    name = read(keys.get("name"), text(120))
    since = read(keys.get("effectiveFrom"), moment)
    if money is None or name is None or since is None:
        return None
    amount = _amount(money)
    bundles = {
        code: minor
        for code, at in _keyed(keys.get("bundles"), bundle_code)
        if (minor := amount(at)) is not None
    }
    prices = dict(_prices(keys.get("prices"), amount))
    return BookEntry(money, name, since, read(keys.get("advisorFee"), amount), prices, bundles)


def _prices(place: Place | None, amount: Reader[int]) -> Iterator[tuple[PriceKey, int]]:
    plans = members(place, (), list(PlanCode)) if place else {}
    for plan, by_interval in plans.items():
        for interval, by_size in members(by_interval, (), list(BillingInterval)).items():
            for size, at in _keyed(by_size, bracket_code):
                if (minor := amount(at)) is not None:
                    yield (PlanCode(plan), BillingInterval(interval), size), minor


def _keyed(place: Place | None, code: Reader[str]) -> Iterator[tuple[str, Place]]:
    """Yield the entries of an object whose keys are codes."""
    if place is None:
        return
    if not isinstance(place.value, Mapping):
        place.wrong_type("an object (code: amount)")
        return
    for key, value in place.value.items():
        at = place.at(key_text(key), value)
        if code(Place(key, at.path, place.problems)) is not None:
            yield key, at


def _amount(currency: str) -> Reader[int]:
    """Return a reader of amounts in major units that returns minor units."""

    def reader(place: Place) -> int | None:
        value = place.value
        if isinstance(value, float):
            place.wrong(
                ProblemKind.WRONG_TYPE,
                f"{value} without quotes is not exact.",
                f'Put it in quotes: "{value}".',
            )
            return None
        minor = _minor(value, currency)
        if minor is None:
            digits = minor_digits(currency)
            place.wrong(
                ProblemKind.INVALID,
                f"{quoted(value)} is not an amount of {currency}.",
                f"Give a number from 0 with at most {digits} decimals.",
            )
        return minor

    return reader


def _minor(value: object, currency: str) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    # Python refuses to convert numbers of several thousand digits.
    if abs(value) > _MOST if isinstance(value, int) else len(value) > _LONGEST:
        return None
    try:
        minor = Money.exactly(Decimal(value), currency).amount_minor
    except (ValueError, OverflowError, InvalidOperation):
        return None
    return minor if 0 <= minor <= _MOST else None
