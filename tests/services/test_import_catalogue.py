"""The catalogue: a file into rows, once, and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from app.domain.catalogue.reading import read_catalogue
from app.domain.catalogue.writing import catalogue_yaml
from app.domain.errors import ErrorCode, Refused
from app.persistence.database import Database
from app.persistence.models import (
    BillingPolicy,
    BundlePrice,
    EmployeeBracket,
    Plan,
    Price,
    PriceBook,
    TaxRule,
    TrialTerm,
)
from app.services.billing.export_catalogue import export_catalogue
from app.services.billing.import_catalogue import (
    catalogue_changes,
    import_catalogue,
    shipped_catalogue,
)
from tests.refusals import everything

AT = datetime(2026, 3, 2, tzinfo=UTC)


async def load(database: Database, data: Any = None) -> list[str]:
    catalogue = (
        shipped_catalogue(UTC) if data is None else read_catalogue(yaml.safe_dump(data), UTC)
    )
    return await database.transaction(lambda: import_catalogue(catalogue, at=AT))


def shipped() -> dict[str, Any]:
    """The shipped file as plain data, to be changed."""
    data: dict[str, Any] = yaml.safe_load(catalogue_yaml(shipped_catalogue(UTC)))
    return data


@asynccontextmanager
async def told_at(code: ErrorCode, path: str) -> AsyncIterator[None]:
    """The block is refused, for one place in the file, and leaves every row as it was."""
    before = await everything()
    with pytest.raises(Refused) as caught:
        yield
    problems = [each for each in caught.value.problems if each.message.startswith(f"{path}: ")]
    assert [(each.code, each.field) for each in problems] == [(code, ("text",))]
    assert await everything() == before


async def test_the_shipped_catalogue(database: Database) -> None:
    changes = await load(database)

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
    [policy] = await BillingPolicy.all()
    assert (policy.payment_days, policy.rate_lock) == (30, "AT_CONTRACT_START")
    assert (await TaxRule.get(country="DE")).label == "MwSt"
    assert "Price book USD from 2024-01-01: 19 prices." in changes


async def test_prices_rise_with_the_size_in_every_book(database: Database) -> None:
    await load(database)

    sizes = await EmployeeBracket.all().order_by("min_employees").values_list("code", flat=True)
    books = await PriceBook.all().order_by("currency_code")
    assert " ".join(book.currency_code for book in books) == "AUD CAD EUR GBP JPY NZD SGD USD"
    for book in books:
        for interval in ("MONTH", "YEAR"):
            prices = await Price.filter(price_book=book, interval=interval)
            amount_of = {price.bracket_id: price.amount_minor for price in prices}
            amounts = [amount_of[size] for size in sizes]
            assert amounts == sorted(set(amounts))
        bundles = BundlePrice.filter(price_book=book).order_by("amount_minor")
        per_slot = [b.amount_minor / b.bundle.slots for b in await bundles.select_related("bundle")]
        # More of them are cheaper, each.
        assert len(per_slot) == 3 and per_slot == sorted(per_slot, reverse=True)
        assert book.advisor_fee_minor


async def test_amounts_are_minor_units_of_the_currency(database: Database) -> None:
    await load(database)

    async def smallest(currency: str) -> int:
        book = await PriceBook.get(currency_code=currency)
        return (await Price.get(price_book=book, bracket_id="1-10", interval="MONTH")).amount_minor

    assert await smallest("USD") == 99_00
    assert await smallest("JPY") == 14_800


async def test_an_import_done_again_changes_nothing(database: Database) -> None:
    await load(database)
    before = await everything()

    assert await load(database) == []

    assert await everything() == before


async def test_what_was_imported_is_exported_without_loss(database: Database) -> None:
    await load(database)

    exported = await export_catalogue()

    def by_currency(book: Any) -> Any:
        return book.currency

    imported = shipped_catalogue(UTC)
    assert sorted(exported.books, key=by_currency) == sorted(imported.books, key=by_currency)
    assert set(exported.taxes) == set(imported.taxes)
    for section in ("plans", "brackets", "bundles", "policies"):
        assert getattr(exported, section) == getattr(imported, section)
    # The file that is written imports to the same.
    assert await load(database, yaml.safe_load(catalogue_yaml(exported))) == []


async def test_a_new_price_book_is_added_beside_the_old(database: Database) -> None:
    await load(database)
    # A file of what is new alone.
    book = next(book for book in shipped()["priceBooks"] if book["currency"] == "USD")
    book["effectiveFrom"] = "2027-01-01"
    book["prices"]["FULL_FEATURE"]["MONTH"]["1-10"] = "109.50"
    file = {"priceBooks": [book]}

    said = ["Price book USD from 2027-01-01: 19 prices."]
    catalogue = read_catalogue(yaml.safe_dump(file), UTC)
    before = await everything()
    assert await catalogue_changes(catalogue, at=AT) == said
    assert await everything() == before

    assert await load(database, file) == said
    amounts = await Price.filter(
        price_book__currency_code="USD", bracket_id="1-10", interval="MONTH"
    ).values_list("amount_minor", flat=True)
    assert sorted(amounts) == [99_00, 109_50]


async def test_texts_are_updated(database: Database) -> None:
    await load(database)
    data = shipped()
    data["plans"][0]["name"] = "Starter"

    assert await load(database, data) == ["plans[0]: name updated."]
    assert (await Plan.get(code="FREE")).name == "Starter"


def rewrite(data: Any, *path: Any, to: object) -> str:
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = to
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("priceBooks", 1, "prices", "FULL_FEATURE", "YEAR", "11-50"), 1),
        (("priceBooks", 0, "bundles", "SLOTS-10"), 1),
        (("priceBooks", 0, "advisorFee"), 1),
        (("plans", 2, "trialTerms", 1, "days"), 30),
        (("brackets", 0, "below"), 10),
        (("bundles", 0, "slots"), 6),
        (("billingPolicies", 0, "paymentDays"), 14),
        (("taxRules", 0, "rate"), "0.21"),
    ],
)
async def test_history_is_not_rewritten(
    database: Database, path: tuple[Any, ...], to: object
) -> None:
    await load(database)
    data = shipped()
    told = rewrite(data, *path, to=to)

    async with told_at(ErrorCode.CONFLICT, told):
        await load(database, data)


async def test_sizes_do_not_overlap(database: Database) -> None:
    await load(database)
    file = {"brackets": [{"code": "5-10", "label": "5–10", "from": 5, "below": 11}]}
    async with told_at(ErrorCode.CONFLICT, "brackets[0]"):
        await load(database, file)


async def test_a_price_of_what_is_not_there(database: Database) -> None:
    book = {"currency": "USD", "name": "New", "effectiveFrom": "2027-01-01"}
    prices = {"prices": {"FULL_FEATURE": {"MONTH": {"1-9": 5}}}, "bundles": {"SLOTS-7": 5}}
    path = "priceBooks[0].prices.FULL_FEATURE.MONTH.1-9"
    async with told_at(ErrorCode.NOT_FOUND, path):
        await load(database, {"priceBooks": [book | prices]})
