"""Plans, trial terms, company sizes and price books, from a file into rows.

Terms and prices that are in the database are history that subscriptions refer to: an import adds,
and refuses to change them.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import Any
from uuid import UUID

import yaml

from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.money import Money, minor_digits
from app.domain.plans import BillingInterval, PlanCode, WayIn
from app.persistence.models import EmployeeBracket, Plan, Price, PriceBook, TrialTerm

PriceKey = tuple[str, str, str]


def shipped_catalogue() -> dict[str, Any]:
    """The catalogue that comes with the service, to be given to `import_catalogue`."""
    path = files("app.programs").joinpath("billing", "catalogue.yaml")
    loaded: dict[str, Any] = yaml.safe_load(path.read_bytes())
    return loaded


async def import_catalogue(data: Mapping[str, Any], *, at: datetime) -> None:
    """Bring the catalogue's rows into the database, inside the open unit of work.

    Doing it again changes nothing. Texts and flags of plans are updated. Raises Refused with
    CONFLICT, at the path in the data, for a term, size or price that differs from the one in the
    database, and with INVALID for a price that is no whole number of minor units.
    """
    problems: list[Problem] = []
    for plan in data["plans"]:
        await _plan(plan)
        problems += await _trial_terms(PlanCode(plan["code"]), plan["trialTerms"])
    problems += await _brackets(data["brackets"])
    for index, book in enumerate(data["priceBooks"]):
        problems += await _price_book(book, at, ("priceBooks", str(index)))
    if problems:
        raise Refused(problems)


async def _plan(plan: Mapping[str, Any]) -> None:
    code = PlanCode(plan["code"])
    await Plan.update_or_create(
        code=code,
        defaults={
            "rank": code.rank,
            "name": plan["name"],
            "description": plan["description"],
            "takes_slot": plan["takesSlot"],
            "starts_subscription": plan["startsSubscription"],
        },
    )


async def _trial_terms(plan: PlanCode, terms: Iterable[Mapping[str, Any]]) -> list[Problem]:
    problems = []
    for term in terms:
        row, _ = await TrialTerm.get_or_create(
            plan_id=plan,
            way_in=WayIn(term["wayIn"]),
            effective_from=term["effectiveFrom"],
            defaults={"trial_days": term["days"]},
        )
        if row.trial_days != term["days"]:
            problems.append(_differs("trial days", "plans", plan, "trialTerms"))
    return problems


async def _brackets(brackets: Iterable[Mapping[str, Any]]) -> list[Problem]:
    problems = []
    for bracket in brackets:
        row, _ = await EmployeeBracket.get_or_create(
            code=bracket["code"],
            defaults={
                "label": bracket["label"],
                "min_employees": bracket["from"],
                "max_employees": bracket["below"],
            },
        )
        if (row.min_employees, row.max_employees) != (bracket["from"], bracket["below"]):
            problems.append(_differs("range", "brackets", bracket["code"]))
    return problems


async def _price_book(
    data: Mapping[str, Any], at: datetime, path: tuple[str, ...]
) -> list[Problem]:
    currency = data["currency"]
    book, _ = await PriceBook.get_or_create(
        currency_code=currency,
        effective_from=data["effectiveFrom"],
        defaults={"name": data["name"], "created_at": at},
    )
    wanted: dict[PriceKey, int] = {}
    problems: list[Problem] = []
    for key, amount in _prices_in(data["prices"]):
        try:
            wanted[key] = _minor(amount, currency)
        except ValueError as error:
            problems.append(Problem(ErrorCode.INVALID, str(error), (*path, "prices", *key)))
    kept = {
        (price["plan_id"], price["interval"], price["bracket_id"]): price["amount_minor"]
        for price in await Price.filter(price_book_id=book.id).values()
    }
    missing = {key: amount for key, amount in wanted.items() if key not in kept}
    await Price.bulk_create(_rows(book.id, missing))
    return problems + [
        _differs("price", *path, "prices", *key)
        for key, amount in wanted.items()
        if kept.get(key, amount) != amount
    ]


def _rows(book_id: UUID, amounts: Mapping[PriceKey, int]) -> Iterable[Price]:
    for (plan, interval, bracket), amount in amounts.items():
        yield Price(
            price_book_id=book_id,
            plan_id=plan,
            interval=interval,
            bracket_id=bracket,
            amount_minor=amount,
        )


def _prices_in(prices: Mapping[str, Any]) -> Iterable[tuple[PriceKey, Any]]:
    for plan, by_interval in prices.items():
        for interval, by_bracket in by_interval.items():
            for bracket, amount in by_bracket.items():
                yield (PlanCode(plan), BillingInterval(interval), bracket), amount


def _minor(amount: Any, currency: str) -> int:
    """Minor units. Raises ValueError, with a sentence for the author, for what is no amount."""
    if isinstance(amount, float):
        raise ValueError(f"Put {amount} in quotes: a decimal without them is not exact.")
    try:
        return Money.exactly(Decimal(amount), currency).amount_minor
    except (ValueError, InvalidOperation) as error:
        digits = minor_digits(currency)
        message = f"{amount!r} is not an amount of {currency}: a number with {digits} decimals."
        raise ValueError(message) from error


def _differs(what: str, *path: str) -> Problem:
    message = (
        f"The {what} in the database differs. Keep it as it is there, and add what is new with a"
        " later effectiveFrom."
    )
    return Problem(ErrorCode.CONFLICT, message, path)
