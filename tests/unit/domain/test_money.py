"""Money: minor units, the one rounding rule, splits that lose nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import Money, minor_digits, round_half_even, split_largest_remainder

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "CLF", "ISK"])
MINOR = st.integers(-(10**18), 10**18)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)],
)
def test_minor_digits(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "USD", 1234),
        ("0.125", "USD", 12),
        ("0.135", "USD", 14),
        ("-0.125", "USD", -12),
        ("-0.135", "USD", -14),
        ("0.1250000000000000000000000000000000001", "USD", 13),
        ("2.5", "JPY", 2),
        ("3.5", "JPY", 4),
        ("1.0005", "KWD", 1000),
        ("1.0015", "KWD", 1002),
        ("123456789012345678901234567890.005", "USD", 12345678901234567890123456789000),
    ],
)
def test_rounding_half_goes_to_the_even_neighbour(amount: str, currency: str, minor: int) -> None:
    assert round_half_even(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123450, "USD", "1234.50"),
        (0, "USD", "0.00"),
        (-5, "USD", "-0.05"),
        (1500, "JPY", "1500"),
        (-1500, "JPY", "-1500"),
        (1, "KWD", "0.001"),
        (12345, "CLF", "1.2345"),
    ],
)
def test_as_text(minor: int, currency: str, text: str) -> None:
    assert str(Money(minor, currency)) == text


@given(MINOR, CURRENCIES)
def test_text_and_back_is_the_same_money(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.exactly(Decimal(str(money)), currency) == money
    assert money.decimal == Decimal(str(money))


@pytest.mark.parametrize(("amount", "currency"), [("1.005", "USD"), ("0.5", "JPY")])
def test_an_exact_amount_has_no_parts_of_a_minor_unit(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimals"):
        Money.exactly(Decimal(amount), currency)


@pytest.mark.parametrize("currency", ["", "usd", "EURO", "US", "U$D"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)


def test_currencies_do_not_mix() -> None:
    assert Money(1, "USD") + Money(2, "USD") == Money(3, "USD")
    with pytest.raises(ValueError, match="EUR"):
        Money(1, "USD") + Money(1, "EUR")


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [1, 2], [2, 3]),
        (1, [0, 1], [0, 1]),
        (0, [3, 4], [0, 0]),
        (10, [Decimal("0.15"), Decimal("0.85")], [2, 8]),
    ],
)
def test_split(total: int, weights: list[int], parts: list[int]) -> None:
    assert split_largest_remainder(total, weights) == parts
    assert [part.amount_minor for part in Money(total, "USD").split(weights)] == parts


@given(MINOR, WEIGHTS)
def test_parts_add_up_and_each_is_within_one_unit_of_its_share(
    total: int, weights: list[int]
) -> None:
    parts = split_largest_remainder(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_a_split_needs_weights(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="Weights"):
        split_largest_remainder(10, weights)
