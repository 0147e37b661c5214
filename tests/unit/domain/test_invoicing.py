"""Invoices as arithmetic: whatever is charged, in any currency, the parts are the whole."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import ErrorCode
from app.domain.invoices import InvoiceKind, LineKind, number_text
from app.domain.invoicing.charges import (
    BoughtBundle,
    Charge,
    ChargedTerm,
    FeeForAdvisor,
    PriceSource,
    SoldContent,
    advisor_charge,
    bundle_charge,
    sale_charge,
    term_charge,
)
from app.domain.invoicing.credits import (
    Creditable,
    CreditableTax,
    amounts_to_credit,
    taxes_to_credit,
)
from app.domain.invoicing.layout import sheets_of
from app.domain.invoicing.taxes import Tax, TaxTerms, tax_on
from app.domain.plans import BillingInterval, Payer
from app.domain.terms import period_bounds

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = datetime(2026, 2, 28, 23, tzinfo=UTC)
ID = UUID(int=1)
BOOK = PriceSource("List 2026", datetime(2025, 12, 31, 23, tzinfo=UTC))
CLIENTS = {UUID(int=n): name for n, name in enumerate(["Zebra", "älpha", "Beta"], start=1)}
CURRENCIES = st.sampled_from(["JPY", "USD", "KWD"])
AMOUNTS = st.integers(0, 10**9)


def charge(number: int, currency: str, amount: int, payer: int, about: int) -> Charge:
    """`about` 0 is the partner itself; a client pays for nobody but itself."""
    client = UUID(int=about) if about else None
    return Charge(
        key=f"term:{number}",
        kind=LineKind.SUBSCRIPTION if about else LineKind.BUNDLE,
        source_id=UUID(int=number),
        payer_id=client if payer else None,
        client_id=client,
        currency=currency,
        quantity=1,
        unit_minor=amount,
        amount_minor=amount,
        at=MARCH + timedelta(days=number % 7),
        description="A charge",
        explanation={},
    )


@st.composite
def charges(draw: st.DrawFn) -> list[Charge]:
    rows = st.tuples(CURRENCIES, AMOUNTS, st.integers(0, 1), st.integers(0, 3))
    return [charge(i, *row) for i, row in enumerate(draw(st.lists(rows, max_size=30)))]


@given(charges())
def test_every_charge_is_on_one_sheet_and_sections_add_up(given_charges: list[Charge]) -> None:
    sheets = sheets_of(given_charges, "Partner", CLIENTS)
    laid_out = [each for sheet in sheets for each in sheet.charges]
    assert sorted(each.key for each in laid_out) == sorted(each.key for each in given_charges)
    assert len({(sheet.payer_id, sheet.currency) for sheet in sheets}) == len(sheets)
    for sheet in sheets:
        own = [
            c for c in given_charges if (c.payer_id, c.currency) == (sheet.payer_id, sheet.currency)
        ]
        assert sheet.subtotal_minor == sum(each.amount_minor for each in own)
        assert sheet.subtotal_minor == sum(part.subtotal_minor for part in sheet.sections)
        positions = [part.position for part in sheet.sections]
        assert positions == sorted(set(positions))
        assert all((part.client_id is None) == (part.position == 0) for part in sheet.sections)
        if sheet.payer_id:
            assert [part.client_id for part in sheet.sections] == [sheet.payer_id]


@given(charges(), st.randoms())
def test_the_order_in_which_charges_are_found_does_not_matter(found: list[Charge], random) -> None:
    shuffled = random.sample(found, len(found))
    assert sheets_of(shuffled, "Partner", CLIENTS) == sheets_of(found, "Partner", CLIENTS)


def test_the_partners_section_is_first_then_clients_by_name() -> None:
    found = [charge(n, "USD", 100, 0, about) for n, about in enumerate([1, 2, 0, 3])]
    [sheet] = sheets_of(found, "Partner", CLIENTS)
    assert [(part.position, part.title) for part in sheet.sections] == [
        (0, "Partner"),
        (1, "älpha"),
        (2, "Beta"),
        (3, "Zebra"),
    ]
    [without] = sheets_of(found[:2], "Partner", CLIENTS)
    assert [part.position for part in without.sections] == [1, 2]


GERMANY = TaxTerms("DE", "VAT 19 %", Decimal("0.19"), "Reverse charge.")
NO_NOTE = TaxTerms("DE", "VAT 19 %", Decimal("0.19"), None)


@pytest.mark.parametrize(
    ("terms", "tax_id", "seller", "expected"),
    [
        (None, "DE1", "DE", []),
        (GERMANY, None, "FR", [("0.19", 19, None)]),
        (GERMANY, "DE1", "DE", [("0.19", 19, None)]),
        (GERMANY, "DE1", "FR", [("0", 0, "Reverse charge.")]),
        (GERMANY, "DE1", None, [("0.19", 19, None)]),
        (NO_NOTE, "DE1", "FR", [("0.19", 19, None)]),
    ],
)
def test_who_is_taxed(
    terms: TaxTerms | None, tax_id: str | None, seller: str | None, expected: list[object]
) -> None:
    found = tax_on(100, terms, tax_id=tax_id, seller_country=seller)
    assert [(str(tax.rate), tax.amount_minor, tax.note) for tax in found] == expected


@pytest.mark.parametrize(
    ("base", "rate", "amount"), [(50, "0.19", 10), (150, "0.19", 28), (50, "0.05", 2)]
)
def test_half_a_minor_unit_of_tax_goes_to_the_even_neighbour(
    base: int, rate: str, amount: int
) -> None:
    terms = TaxTerms("DE", "VAT", Decimal(rate), None)
    tax = Tax("DE", "VAT", Decimal(rate), base, amount)
    assert tax_on(base, terms, tax_id=None, seller_country="DE") == [tax]


@st.composite
def credited_invoices(draw: st.DrawFn) -> tuple[list[int], list[int], list[list[int]]]:
    """Lines, taxes, and how much of each line credit notes ask for, one note after the other."""
    lines = draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
    taxes = draw(st.lists(st.integers(0, 10**6), max_size=2))
    asked = draw(
        st.lists(
            st.lists(st.integers(-5, 10**6), min_size=len(lines), max_size=len(lines)), max_size=5
        )
    )
    return lines, taxes, asked


@given(credited_invoices())
def test_credit_notes_never_take_back_more_than_there_is_and_the_last_one_takes_all(
    story: tuple[list[int], list[int], list[list[int]]],
) -> None:
    amounts, taxes, notes = story
    back, tax_back, total = [0] * len(amounts), [0] * len(taxes), sum(amounts)

    def credit(asked: dict[UUID, int] | None) -> None:
        lines = [
            Creditable(UUID(int=i), a, b)
            for i, (a, b) in enumerate(zip(amounts, back, strict=True))
        ]
        found = amounts_to_credit(lines, asked, "USD")
        if isinstance(found, list):
            assert found and {p.code for p in found} <= {
                ErrorCode.INVALID,
                ErrorCode.AMOUNT_TOO_HIGH,
            }
            return
        owed = [
            CreditableTax(str(i), a, b)
            for i, (a, b) in enumerate(zip(taxes, tax_back, strict=True))
        ]
        net = sum(found.values())
        for i, part in enumerate(taxes_to_credit(net, sum(back), total, owed)):
            assert part.amount_minor >= 0
            tax_back[i] += part.amount_minor
        for id, amount in found.items():
            back[id.int] += amount
        assert all(0 <= b <= a for a, b in zip(amounts, back, strict=True))
        assert all(0 <= b <= a for a, b in zip(taxes, tax_back, strict=True))

    for note in notes:
        credit({UUID(int=i): amount for i, amount in enumerate(note)})
    credit(None)
    assert back == amounts
    if total:
        assert tax_back == taxes


def test_what_cannot_be_credited() -> None:
    lines = [Creditable(ID, 100, 30)]
    asked = {UUID(int=9): 1, ID: 71}
    problems = amounts_to_credit(lines, asked, "USD")
    assert isinstance(problems, list)
    assert [(p.code, p.field) for p in problems] == [
        (ErrorCode.NOT_FOUND, ("lines", "0", "lineId")),
        (ErrorCode.AMOUNT_TOO_HIGH, ("lines", "1", "amount", "amount")),
    ]
    assert "0.70 USD is left" in problems[1].message


def term(**changes: object) -> ChargedTerm:
    values: dict[str, object] = {
        "id": ID,
        "client_id": ID,
        "payer": Payer.PARTNER,
        "plan": "Full feature",
        "bracket": "11-50",
        "bracket_label": "11–50 employees",
        "interval": BillingInterval.MONTH,
        "starts_at": datetime(2026, 3, 16, 9, tzinfo=UTC),
        "ends_at": datetime(2026, 3, 31, 22, tzinfo=UTC),
        "currency": "USD",
        "full_minor": 24_900,
        "days": 16,
        "full_days": 31,
        "amount_minor": 12_852,
        "price": BOOK,
    }
    return ChargedTerm(**{**values, **changes})  # type: ignore[arg-type]


def test_charges_explain_themselves() -> None:
    """In the vendor's days, in every currency."""
    month = period_bounds("2026-03", BERLIN)
    fee = FeeForAdvisor(ID, "Adam", MARCH, "KWD", 7_500, BOOK)
    bundle = BoughtBundle(ID, "Ten slots", 2, 20, MARCH, "JPY", 15_000, 30_000, BOOK)
    sale = SoldContent(
        ID, ID, "Handbook", Payer.PARTNER, MARCH, "USD", 9_900, Decimal("0.125"), 1_238
    )
    by_book = "by List 2026, in force from 2026-01-01"
    told = [
        (
            term_charge(term(), BERLIN),
            "Full feature for 11–50 employees costs 249.00 USD a month,"
            f" {by_book}. Charged from 2026-03-16 to 2026-03-31: 16 of 31 days, 128.52 USD.",
        ),
        (
            term_charge(term(days=31), BERLIN),
            "Full feature for 11–50 employees costs 249.00 USD a"
            f" month, {by_book}. Charged from 2026-03-16 to 2026-03-31.",
        ),
        (
            advisor_charge(fee, "2026-03", month, BERLIN),
            "The fee for each active advisor is 7.500"
            f" KWD a month, whole months only, {by_book}. Adam was active in 2026-03.",
        ),
        (
            bundle_charge(bundle, BERLIN),
            f"2 × Ten slots at 15000 JPY, {by_book}. Bought on 2026-03-01.",
        ),
        (
            sale_charge(sale, BERLIN),
            "Handbook was sold for 99.00 USD on 2026-03-01. Charged is the vendor's share, 12.5 %.",
        ),
    ]
    for found, sentence in told:
        assert found.explanation["sentence"] == sentence


@pytest.mark.parametrize(("payer", "amount"), [(Payer.CLIENT, 9_900), (Payer.PARTNER, 1_238)])
def test_a_sale_is_charged_in_full_to_the_client_and_by_its_cut_to_the_partner(
    payer: Payer, amount: int
) -> None:
    sale = SoldContent(ID, ID, "Handbook", payer, MARCH, "USD", 9_900, Decimal("0.125"), 1_238)
    found = sale_charge(sale, BERLIN)
    assert (found.amount_minor, found.payer_id) == (amount, ID if payer is Payer.CLIENT else None)
    assert found.client_id == ID


def test_numbers_are_written_alike() -> None:
    assert number_text(InvoiceKind.INVOICE, 123) == "INV-000123"
    assert number_text(InvoiceKind.CREDIT_NOTE, 1_234_567) == "CN-1234567"
