"""The catalogue: a file into rows, once."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.errors import ErrorCode
from app.persistence.database import Database
from app.persistence.models import EmployeeBracket, Plan, Price, PriceBook, TrialTerm
from app.services.billing.import_catalogue import import_catalogue, shipped_catalogue
from tests.refusals import everything, refused

AT = datetime(2026, 3, 2, tzinfo=UTC)


async def load(database: Database, data: Any) -> None:
    await database.transaction(lambda: import_catalogue(data, at=AT))


async def test_the_shipped_catalogue(database: Database) -> None:
    await load(database, shipped_catalogue())

    assert await Plan.all().order_by("rank").values_list(
        "code", "takes_slot", "starts_subscription"
    ) == [
        ("FREE", False, False),
        ("ASSESSMENT_ONLY", True, False),
        ("FULL_FEATURE", False, True),
    ]
    with_trial = await TrialTerm.filter(trial_days__gt=0)
    assert [(t.plan_id, t.way_in, t.trial_days) for t in with_trial] == [
        ("FULL_FEATURE", "UPGRADE", 14)
    ]
    sizes = await EmployeeBracket.all().order_by("min_employees")
    assert [size.code for size in sizes] == [
        *("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10000", "10001+")
    ]
    # Half-open ranges without gaps.
    assert sizes[0].min_employees == 1
    assert [size.max_employees for size in sizes] == [
        *(size.min_employees for size in sizes[1:]),
        None,
    ]


async def test_prices_rise_with_the_size_in_every_book(database: Database) -> None:
    await load(database, shipped_catalogue())

    sizes = await EmployeeBracket.all().order_by("min_employees").values_list("code", flat=True)
    books = await PriceBook.all().order_by("currency_code")
    assert [book.currency_code for book in books] == ["AUD", "EUR", "GBP", "JPY", "USD"]
    for book in books:
        for interval in ("MONTH", "YEAR"):
            prices = await Price.filter(price_book=book, interval=interval)
            amount_of = {price.bracket_id: price.amount_minor for price in prices}
            amounts = [amount_of[size] for size in sizes]
            assert amounts == sorted(set(amounts))


async def test_amounts_are_minor_units_of_the_currency(database: Database) -> None:
    await load(database, shipped_catalogue())

    async def smallest(currency: str) -> int:
        book = await PriceBook.get(currency_code=currency)
        return (await Price.get(price_book=book, bracket_id="1-10", interval="MONTH")).amount_minor

    assert await smallest("USD") == 99_00
    assert await smallest("JPY") == 14_800


async def test_an_import_done_again_changes_nothing(database: Database) -> None:
    await load(database, shipped_catalogue())
    before = await everything()

    await load(database, shipped_catalogue())

    assert await everything() == before


async def test_a_new_price_book_is_added_beside_the_old(database: Database) -> None:
    await load(database, shipped_catalogue())
    data = deepcopy(shipped_catalogue())
    book = deepcopy(data["priceBooks"][0])
    book["effectiveFrom"] = datetime(2027, 1, 1, tzinfo=UTC)
    book["prices"]["FULL_FEATURE"]["MONTH"]["1-10"] = "109.50"
    data["priceBooks"].append(book)

    await load(database, data)

    amounts = await Price.filter(
        price_book__currency_code="USD", bracket_id="1-10", interval="MONTH"
    ).values_list("amount_minor", flat=True)
    assert sorted(amounts) == [99_00, 109_50]


@pytest.mark.parametrize("what", ["price", "days", "range"])
async def test_history_is_not_rewritten(database: Database, what: str) -> None:
    await load(database, shipped_catalogue())
    data = deepcopy(shipped_catalogue())
    if what == "price":
        data["priceBooks"][1]["prices"]["FULL_FEATURE"]["YEAR"]["11-50"] = 1
        path = ("priceBooks", "1", "prices", "FULL_FEATURE", "YEAR", "11-50")
    elif what == "days":
        data["plans"][2]["trialTerms"][1]["days"] = 30
        path = ("plans", "FULL_FEATURE", "trialTerms")
    else:
        data["brackets"][0]["below"] = 10
        path = ("brackets", "1-10")

    async with refused(ErrorCode.CONFLICT, *path):
        await load(database, data)


@pytest.mark.parametrize("amount", ["9.999", 9.99, "many", "NaN"])
async def test_an_amount_is_whole_minor_units(database: Database, amount: object) -> None:
    data = deepcopy(shipped_catalogue())
    data["priceBooks"][0]["prices"]["FULL_FEATURE"]["MONTH"]["1-10"] = amount

    path = ("priceBooks", "0", "prices", "FULL_FEATURE", "MONTH", "1-10")
    async with refused(ErrorCode.INVALID, *path):
        await load(database, data)
