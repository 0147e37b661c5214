"""A partner's share: which rate counts, what it makes of charges, and what credits leave of it."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.income import (
    RateSource,
    Share,
    accrued,
    amount_to_reverse,
    earns,
    share_for,
    statement_text,
)
from app.domain.money import Money, minor_digits
from app.domain.programs.vocabulary import ShareTerm

BERLIN = ZoneInfo("Europe/Berlin")
RATES = st.decimals("0", "1", places=6)
AMOUNTS = st.integers(1, 10**12)


@pytest.mark.parametrize(
    ("currency", "charge", "rate", "share"),
    [
        # Half a minor unit goes to the even neighbour, whatever the decimals of the currency.
        ("USD", "129.00", "0.20", "25.80"),
        ("USD", "0.50", "0.25", "0.12"),
        ("USD", "1.50", "0.25", "0.38"),
        ("JPY", "15000", "0.20", "3000"),
        ("JPY", "50", "0.25", "12"),
        ("KWD", "12.345", "0.30", "3.704"),
    ],
)
def test_share_of_a_charge(currency: str, charge: str, rate: str, share: str) -> None:
    base = Money.exactly(Decimal(charge), currency)
    made = Money(accrued(base.amount_minor, Decimal(rate)), currency)
    assert str(made) == share
    assert minor_digits(currency) == len(share.partition(".")[2])


@given(st.lists(AMOUNTS, max_size=20), RATES)
def test_accruals_are_the_rate_line_by_line(charges: list[int], rate: Decimal) -> None:
    parts = [accrued(charge, rate) for charge in charges]
    assert all(0 <= part <= charge for part, charge in zip(parts, charges, strict=True))
    exact = sum(Fraction(charge) * Fraction(rate) for charge in charges)
    assert abs(sum(parts) - exact) <= Fraction(len(charges), 2)


@given(AMOUNTS, RATES, st.lists(st.integers(0, 10**12), max_size=6))
def test_credits_leave_the_rate_of_what_stays(base: int, rate: Decimal, cuts: list[int]) -> None:
    left, credited = accrued(base, rate), 0
    for upto in sorted({*(min(cut, base) for cut in cuts), base} - {0}):
        credited = upto
        part = amount_to_reverse(base, rate, credited, left)
        assert part >= 0
        left -= part
        assert left == accrued(base - credited, rate)
    assert left == 0


@given(AMOUNTS, RATES, st.integers(1, 10**12))
def test_credits_of_a_content_sale(price: int, cut_rate: Decimal, credit: int) -> None:
    # What the partner got is the price less the vendor's cut, which is what was rounded.
    revenue = price - accrued(price, cut_rate)
    part = amount_to_reverse(price, 1 - cut_rate, min(credit, price), revenue)
    assert 0 <= part <= revenue
    assert part == revenue or credit < price


def tiers_share(rate: str, program: str = "ladder") -> Share:
    return Share(Decimal(rate), RateSource.TIER, program_key=program, tier_key="gold")


def test_the_agreed_rate_comes_first_then_the_best_of_the_tiers() -> None:
    shares = [tiers_share("0.2", "a"), tiers_share("0.3", "c"), tiers_share("0.3", "b")]
    assert share_for(Decimal("0.1"), shares) == Share(Decimal("0.1"), RateSource.OVERRIDE)
    assert share_for(None, shares) == shares[2]
    assert share_for(None, []) is None


@pytest.mark.parametrize(
    ("term", "starts", "shared"),
    [
        (ShareTerm.ONCE, "2026-01-15T10:00+00:00", True),
        (ShareTerm.ONCE, "2026-01-31T23:00+00:00", False),
        (ShareTerm.FIRST_YEAR, "2026-12-31T23:00+00:00", True),
        (ShareTerm.FIRST_YEAR, "2027-01-15T10:00+00:00", False),
        (ShareTerm.CONTRACT_LIFETIME, "2040-01-15T10:00+00:00", True),
    ],
)
def test_how_long_a_share_is_paid(term: ShareTerm, starts: str, shared: bool) -> None:
    billing_starts_at = datetime(2026, 1, 15, 10, tzinfo=UTC)
    assert earns(term, billing_starts_at, datetime.fromisoformat(starts), BERLIN) is shared


def test_statements_are_numbered_for_people() -> None:
    assert statement_text(1) == "ST-000001"
    assert statement_text(1_234_567) == "ST-1234567"
