"""Metrics that add up over a window: money and events."""

from decimal import Decimal

import pytest

from app.domain.programs.facts import PartnerFacts, Rate, Rates
from tests.unit.domain.programs.ladders import (
    LIFETIME,
    PAST_YEAR,
    deals,
    money,
    reading_of,
    result_of,
)
from tests.unit.domain.programs.ledger import JOINED, at, event, reversed_, sale

NOW = "2026-03-15T12:00"
MET, NOT_MET, UNPUBLISHED = "MET", "NOT_MET", "UNPUBLISHED"
MONTHS = {"kind": "EACH_BUCKET", "count": 3, "unit": "MONTH"}
THIS_MONTH = {"kind": "CALENDAR", "unit": "MONTH"}
PROGRAM_YEAR = {"kind": "PROGRAM_YEAR"}


@pytest.mark.parametrize(
    ("operator", "threshold", "met"),
    [
        ("GTE", "99.99", MET),
        ("GTE", 100, MET),
        ("GTE", "100.01", NOT_MET),
        ("GT", "99.99", MET),
        ("GT", 100, NOT_MET),
        ("LTE", 100, MET),
        ("LTE", "99.99", NOT_MET),
        ("LT", 100, NOT_MET),
        ("LT", "100.01", MET),
        ("EQ", 100, MET),
        ("EQ", "100.01", NOT_MET),
        ("BETWEEN", {"low": 100, "high": 200}, MET),
        ("BETWEEN", {"low": 50, "high": 100}, MET),
        ("BETWEEN", {"low": 50, "high": "99.99"}, NOT_MET),
        ("BETWEEN", {"low": "100.01", "high": 200}, NOT_MET),
        ("GTE", None, UNPUBLISHED),
        ("LTE", None, UNPUBLISHED),
    ],
)
def test_operators_on_one_hundred_dollars(operator, threshold, met):
    wanted = money(threshold, operator=operator)
    assert reading_of(wanted, NOW, [sale("2026-01-10", 100_00)]) == ("100", met)


@pytest.mark.parametrize(
    ("operator", "threshold", "remaining"),
    [
        ("GTE", 250, "150"),
        ("GTE", 40, "0"),
        ("LTE", 40, "60"),
        ("LTE", 250, "0"),
        ("EQ", 40, "60"),
        ("EQ", 250, "150"),
        ("BETWEEN", {"low": 110, "high": 120}, "10"),
        ("BETWEEN", {"low": 10, "high": 20}, "80"),
        ("BETWEEN", {"low": 10, "high": 200}, "0"),
    ],
)
def test_what_remains_is_never_negative(operator, threshold, remaining):
    found = result_of(money(threshold, operator=operator), NOW, [sale("2026-01-10", 100_00)])
    assert found["remaining"]["text"] == remaining


SALES = [
    sale("2026-01-10", 1_00, motion="REFERRAL", price_basis="LIST_PRICE"),
    sale("2026-01-11", 10_00, motion="RESALE", price_basis="APPROVED_QUOTE", source="PORTAL"),
    sale("2026-01-12", 100_00, motion="RESALE", product="SUITE"),
    sale("2026-01-13", 1000_00, revenue="MANAGED_ARR", motion="RESALE"),
    sale("2026-01-14", 10000_00),
]


@pytest.mark.parametrize(
    ("filters", "value"),
    [
        ({}, "10111"),
        ({"revenue": "MANAGED_ARR"}, "1000"),
        ({"revenue": "SOLD_MRR"}, "0"),
        ({"motions": ["REFERRAL"]}, "1"),
        ({"motions": ["REFERRAL", "RESALE"]}, "111"),
        ({"priceBasis": ["LIST_PRICE", "APPROVED_QUOTE"]}, "11"),
        ({"motions": ["RESALE"], "priceBasis": ["LIST_PRICE"]}, "0"),
        ({"sources": ["PORTAL", "OTHER"]}, "10"),
        ({"products": ["SUITE"]}, "100"),
    ],
)
def test_only_sales_that_have_what_a_filter_names_count(filters, value):
    assert reading_of(money(1, **filters), NOW, SALES)[0] == value


@pytest.mark.parametrize(
    ("window", "value"),
    [
        (LIFETIME, "1111111"),
        (PAST_YEAR, "1111110"),
        (PROGRAM_YEAR, "1111100"),
        (THIS_MONTH, "1100000"),
        ({"kind": "ROLLING", "count": 14, "unit": "DAY"}, "1100000"),
        ({"kind": "EACH_BUCKET", "count": 1, "unit": "MONTH"}, "11000"),
        ({"kind": "EACH_BUCKET", "count": 2, "unit": "MONTH"}, "0"),  # the least: none in January
        ({"kind": "EACH_BUCKET", "count": 1, "unit": "YEAR"}, "111"),
    ],
)
def test_windows(window, value):
    first_of = ["2025-03-14T23:59", "2025-03-15", "2025-07-15"]
    rest = ["2026-02-01", "2026-02-28T23:59", "2026-03-01", "2026-03-15T12:00"]
    records = [sale(when, 100 * 10**i) for i, when in enumerate(first_of + rest)]
    # What took effect after the moment is not known at it.
    records.append(sale("2026-03-15T12:01", 10**12))
    assert reading_of(money(1, window=window), NOW, records)[0] == value


RATES = Rates(
    [
        Rate("EUR", "USD", at("2025-01-01"), Decimal("1.10")),
        Rate("EUR", "USD", at("2026-02-01"), Decimal("1.20")),
        Rate("USD", "JPY", at("2025-01-01"), Decimal(150)),
        # Nothing here has pounds: that this one changes changes nothing.
        Rate("GBP", "USD", at("2026-01-20"), Decimal("1.30")),
    ]
)


@pytest.mark.parametrize(
    ("records", "value", "lacks"),
    [
        ([sale("2026-01-31T23:59", 100_00, "EUR")], "110", []),
        ([sale("2026-02-01", 100_00, "EUR")], "120", []),
        ([sale("2026-01-31", 100_00, "EUR"), sale("2026-02-01", 100_00, "EUR")], "230", []),
        ([sale("2026-01-31", 100_00, "EUR"), sale("2026-01-31", 5_00)], "115", []),
        # A pair known the other way round is turned; yen have no minor unit.
        ([sale("2026-01-31", 15_000, "JPY")], "100", []),
        ([sale("2026-01-31", 100, "JPY")], "0.666666666667", []),
        ([sale("2026-01-31", 100_00, "AUD"), sale("2026-01-31", 5_00)], "5", ["AUD"]),
        # A reversal counts at the rate of what it reverses.
        (
            [sale("2026-01-31", 100_00, "EUR"), reversed_(sale("2026-01-31", 100_00, "EUR"))],
            "0",
            [],
        ),
    ],
)
def test_money_is_converted_at_the_rate_of_its_day(records, value, lacks):
    found = result_of(money(1), NOW, records, rates=RATES)
    assert (found["value"]["text"], found["unconverted"]) == (value, lacks)


def test_before_the_first_rate_there_is_none():
    wanted = money(1, window=LIFETIME)
    found = result_of(wanted, NOW, [sale("2024-12-31T23:59", 100_00, "EUR")], rates=RATES)
    assert (found["value"]["text"], found["met"]) == ("0", NOT_MET)
    assert found["unconverted"] == ["EUR"]


@pytest.mark.parametrize(
    ("currency", "value", "threshold", "met"),
    [
        ("EUR", "100", "100", MET),
        ("USD", "110", "120", NOT_MET),
        ("JPY", "16500", None, UNPUBLISHED),
    ],
)
def test_local_is_the_currency_of_the_partner(currency, value, threshold, met):
    wanted = money({"EUR": 100, "USD": 120}, "LOCAL")
    partner = PartnerFacts("VAR", currency, JOINED)
    rates = Rates([*RATES.all, Rate("EUR", "JPY", at("2025-01-01"), Decimal(165))])
    records = [sale("2026-01-31", 100_00, "EUR")]
    found = result_of(wanted, NOW, records, partner=partner, rates=rates)
    assert (found["unit"], found["value"]["text"], found["met"]) == (currency, value, met)
    assert (found["threshold"] and found["threshold"]["text"]) == threshold


@pytest.mark.parametrize(
    ("records", "value"),
    [
        ([], "0"),
        ([event("2026-03-01"), event("2026-03-01")], "2"),
        ([event("2026-03-01"), event("2026-03-01", "LEAD_ACCEPTED")], "1"),
        ([event("2026-03-01"), reversed_(event("2026-03-01"))], "0"),
        # A reversal that arrives late takes effect where the fact did.
        ([event("2026-02-01"), event("2026-03-01"), reversed_(event("2026-02-01"))], "1"),
        ([event("2026-03-01", source="PORTAL")], "1"),
    ],
)
def test_events_less_reversed_ones(records, value):
    assert reading_of(deals(1), NOW, records)[0] == value


def test_a_sale_of_which_a_part_is_taken_back_is_still_a_sale():
    whole = sale("2026-03-01", 100_00)
    records = [whole, reversed_(whole, part=30_00)]
    assert reading_of(deals(1, activity="SALE"), NOW, records) == ("1", MET)
    assert reading_of(money(70), NOW, records) == ("70", MET)


@pytest.mark.parametrize(
    ("operator", "threshold", "value", "met"),
    [
        ("GTE", 1, "1", MET),
        ("GTE", 2, "1", NOT_MET),
        ("LTE", 3, "3", MET),
        ("LTE", 2, "3", NOT_MET),
        ("EQ", 1, "3", NOT_MET),
        ("BETWEEN", {"low": 1, "high": 2}, "3", NOT_MET),
        ("BETWEEN", {"low": 2, "high": 3}, "1", NOT_MET),
        ("BETWEEN", {"low": 1, "high": 3}, "1", MET),
    ],
)
def test_each_of_the_periods_must_hold_and_the_worst_is_told(operator, threshold, value, met):
    months = ["2025-12-01", "2026-01-31", "2026-02-01", "2026-02-02", "2026-02-28T23:59"]
    # The month that has only begun does not count, nor does the one before the last three.
    records = [event(when) for when in ["2025-11-30", *months, "2026-03-01", "2026-03-02"]]
    found = result_of(deals(threshold, MONTHS, operator), NOW, records)
    assert (found["value"]["text"], found["met"]) == (value, met)
    assert [each["value"]["text"] for each in found["buckets"]] == ["1", "1", "3"]
    assert found["buckets"][0]["from"] == at("2025-12-01")
