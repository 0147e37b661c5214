"""Metrics made of sums: weighted points, ratios, growth."""

from decimal import Decimal

import pytest

from app.domain.programs.facts import Rate, Rates
from tests.unit.domain.programs.ladders import LIFETIME, PAST_YEAR, condition, reading_of, result_of
from tests.unit.domain.programs.ledger import at, event, reversed_, sale

NOW = "2026-03-15T12:00"
MET, NOT_MET = "MET", "NOT_MET"
THIS_MONTH = {"kind": "CALENDAR", "unit": "MONTH"}
PROGRAM_YEAR = {"kind": "PROGRAM_YEAR"}
RATES = Rates(
    [
        Rate("EUR", "USD", at("2025-01-01"), Decimal("1.10")),
        Rate("EUR", "USD", at("2026-02-01"), Decimal("1.20")),
    ]
)


def weight(points, activity="DEAL_REGISTRATION", since="2025-01-01", **more):
    return {"activity": activity, "points": points, "effectiveFrom": since, **more}


DOUBLED = [weight(10, effectiveTo="2026-02-01"), weight(20, since="2026-02-01")]


@pytest.mark.parametrize(
    ("weights", "records", "value"),
    [
        ([weight("2.5")], [event("2026-01-31"), event("2026-01-31")], "5"),
        (DOUBLED, [event("2026-01-31T23:59"), event("2026-02-01")], "30"),
        ([weight(10)], [event("2024-12-31T23:59")], "0"),
        ([weight(10)], [event("2025-01-01")], "10"),
        ([weight(10, effectiveTo="2025-06-01")], [event("2025-06-01")], "0"),
        ([weight(10, cap=15)], [event("2026-01-31")] * 2, "15"),
        ([weight(10, cap=0)], [event("2026-01-31")] * 2, "0"),
        (
            [weight(10, cap=15), weight(1, "LEAD_ACCEPTED")],
            [*[event("2026-01-31")] * 3, event("2026-01-31", "LEAD_ACCEPTED")],
            "16",
        ),
        ([weight(1, "SALE")], [sale("2026-01-31", 950_00)], "1"),
        ([weight(1, "SALE", perAmount=100, currency="USD")], [sale("2026-01-31", 950_00)], "9.5"),
        (
            [weight(3, "SALE", perAmount=100, currency="USD", cap=4)],
            [sale("2026-01-31", 100_00, "EUR"), sale("2026-02-01", 100_00, "EUR")],
            "4",
        ),
        (
            [weight(1, "SALE", perAmount=1, currency="USD")],
            [sale("2026-01-31", 100_00, "EUR"), sale("2026-02-01", 100_00, "EUR")],
            "230",
        ),
        ([weight(10)], [event("2026-01-31"), reversed_(event("2026-01-31"))], "0"),
    ],
)
def test_points(weights, records, value):
    wanted = condition("POINTS", 1, window=LIFETIME, weights=weights)
    assert reading_of(wanted, NOW, records, rates=RATES)[0] == value


def test_a_cap_is_for_each_period_of_its_own():
    window = {"kind": "EACH_BUCKET", "count": 2, "unit": "MONTH"}
    wanted = condition("POINTS", 1, window=window, weights=[weight(10, cap=15)])
    records = [event("2026-01-31")] * 2 + [event("2026-02-01")] * 2
    buckets = result_of(wanted, NOW, records)["buckets"]
    assert [each["value"]["text"] for each in buckets] == ["15", "15"]


def test_points_of_much_money_are_told_to_twelve_decimals():
    wanted = condition(
        "POINTS",
        1,
        window=LIFETIME,
        weights=[weight(10**9, "SALE", perAmount=7, currency="USD")],
    )
    value, met = reading_of(wanted, NOW, [sale("2026-01-31", 10**15)])
    assert (value, met) == ("1428571428571428571428.571428571429", MET)


def measure(metric, **filters):
    return {"metric": metric, "filters": filters}


WON = measure("EVENT_COUNT", activity="SALE")
REGISTERED = measure("EVENT_COUNT", activity="DEAL_REGISTRATION")


@pytest.mark.parametrize(
    ("won", "registered", "value", "met"),
    [
        (1, 2, "0.5", MET),
        (1, 3, "0.333333333333", NOT_MET),
        (0, 2, "0", NOT_MET),
        (1, 0, None, NOT_MET),
        (0, 0, None, NOT_MET),
    ],
)
def test_a_ratio_over_nothing_cannot_be_told(won, registered, value, met):
    records = [sale("2026-01-31", 1)] * won + [event("2026-01-31")] * registered
    wanted = condition("RATIO", "0.5", window=PAST_YEAR, numerator=WON, denominator=REGISTERED)
    assert reading_of(wanted, NOW, records) == (value, met)


@pytest.mark.parametrize(
    ("window", "before", "now", "value", "met"),
    [
        (PAST_YEAR, ["2024-03-15"] * 2, ["2025-03-15"] * 3, "0.5", MET),
        (PAST_YEAR, ["2024-03-14"] * 2, ["2025-03-15"] * 3, None, NOT_MET),
        (PAST_YEAR, ["2025-03-14"] * 4, ["2026-03-15"], "-0.75", NOT_MET),
        (THIS_MONTH, ["2026-02-15T23:59"] * 2, ["2026-03-01"] * 2, "0", NOT_MET),
        # The month before only up to the same day.
        (THIS_MONTH, ["2026-02-16"] * 2, ["2026-03-01"] * 2, None, NOT_MET),
        (PROGRAM_YEAR, ["2024-07-15"] * 2, ["2025-07-15"] * 3, "0.5", MET),
        (PAST_YEAR, [], ["2026-03-01"], None, NOT_MET),
    ],
)
def test_growth(window, before, now, value, met):
    records = [event(when) for when in [*before, *now]]
    wanted = condition("GROWTH", "0.5", window=window, of=REGISTERED)
    assert reading_of(wanted, NOW, records) == (value, met)
