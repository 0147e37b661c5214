"""What the vendor and the partner get of a price: always the whole of it, to the minor unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.content import MAX_PRICE_MINOR, PushOutcome
from app.domain.content_sales import parts_of, price_to_sell
from app.domain.errors import ErrorCode, Refused
from app.domain.ids import new_id
from app.domain.money import Money
from app.domain.pushes import outcome_of

RATES = st.decimals(0, 1, places=6, allow_nan=False, allow_infinity=False)


@given(
    minor=st.integers(0, MAX_PRICE_MINOR),
    currency=st.sampled_from(["JPY", "EUR", "KWD"]),
    rate=RATES,
)
def test_the_parts_are_the_price(minor: int, currency: str, rate: Decimal) -> None:
    parts = parts_of(Money(minor, currency), rate)
    assert parts.cut_minor + parts.revenue_minor == minor
    assert parts.cut_minor >= 0 and parts.revenue_minor >= 0
    assert abs(parts.cut_minor - minor * rate) <= Decimal("0.5")


@pytest.mark.parametrize(
    ("minor", "rate", "cut"), [(50, "0.15", 8), (30, "0.15", 4), (10, "0.15", 2), (100, "0", 0)]
)
def test_half_a_cent_goes_to_even(minor: int, rate: str, cut: int) -> None:
    assert parts_of(Money(minor, "USD"), Decimal(rate)).cut_minor == cut


@pytest.mark.parametrize("price", [None, Money(100, "EUR")])
def test_a_price_in_the_partners_currency_is_needed(price: Money | None) -> None:
    with pytest.raises(Refused) as caught:
        price_to_sell(price, "USD", "contentItemId")
    [problem] = caught.value.problems
    assert (problem.code, problem.field) == (ErrorCode.NOT_FOR_SALE, ("contentItemId",))
    assert price_to_sell(Money(0, "USD"), "USD") == Money(0, "USD")


def test_a_lock_holds_only_what_would_change() -> None:
    one, other = new_id(), new_id()
    assert outcome_of(one, other) is PushOutcome.UPDATED
    assert outcome_of(one, other, locked=True) is PushOutcome.LOCKED
    assert outcome_of(one, one, locked=True) is PushOutcome.UP_TO_DATE
    assert outcome_of(one, None) is PushOutcome.UP_TO_DATE
