"""The five tiers of S2 by sold and managed MRR, with automatic promotion and two reviews a year."""

from dataclasses import replace

import pytest

from tests.unit.domain.programs.ledger import NOBODY, at, certified, decide, reversed_, sale
from tests.unit.domain.programs.presets import gives, missing, preset, tier_of

PROGRAM = preset("hubspot")
NOW = "2026-03-15"
CERTIFIED = certified("ann", "PARTNER", since="2026-01-05")


def sells(sold, managed, when="2026-02-01"):
    """Sold and managed MRR in dollars."""
    return [
        sale(when, round(sold * 100), revenue="SOLD_MRR"),
        sale(when, round(managed * 100), revenue="MANAGED_MRR"),
    ]


def decision_on(records, moment=NOW, **state):
    return decide(PROGRAM, moment, [*CERTIFIED, *records], replace(NOBODY, **state))


@pytest.mark.parametrize(
    ("sold", "managed", "tier"),
    [
        (0, 0, "provider"),
        (1124.99, 1125, "provider"),
        (1125, 1124.99, "provider"),
        (1125, 1125, "silver"),
        (2099.99, 6000, "silver"),
        (2100, 5999.99, "silver"),
        (2100, 6000, "gold"),
        (3749.99, 20000, "gold"),
        (3750, 19999.99, "gold"),
        (3750, 20000, "platinum"),
        (9999.99, 50000, "platinum"),
        (10000, 49999.99, "platinum"),
        (10000, 50000, "diamond"),
        # Selling much does not make up for managing little, nor the other way round.
        (1000000, 1125, "silver"),
        (1125, 1000000, "silver"),
    ],
)
def test_at_and_just_below_the_thresholds(sold, managed, tier):
    assert tier_of(decision_on(sells(sold, managed))) == tier


@pytest.mark.parametrize(
    ("tier", "lacks"),
    [
        ("silver", []),
        ("gold", ["MONEY_SUM 600", "MONEY_SUM 4000"]),
        ("platinum", ["MONEY_SUM 2250", "MONEY_SUM 18000"]),
        ("diamond", ["MONEY_SUM 8500", "MONEY_SUM 48000"]),
    ],
)
def test_what_is_missing(tier, lacks):
    assert missing(decision_on(sells(1500, 2000)), tier) == lacks


def test_without_a_certified_person_there_is_no_tier():
    decision = decide(PROGRAM, NOW, sells(10000, 50000))
    assert tier_of(decision) is None
    assert missing(decision) == ["CERTIFIED_PEOPLE 1"]


@pytest.mark.parametrize(
    ("when", "tier"),
    [("2025-03-14T23:59", "provider"), ("2025-03-15", "silver"), ("2026-03-15", "silver")],
)
def test_the_past_twelve_months_count(when, tier):
    assert tier_of(decision_on(sells(1125, 1125, when))) == tier


@pytest.mark.parametrize(
    ("moment", "tier"),
    [("2026-03-15", "gold"), ("2026-06-30T23:59", "gold"), ("2026-07-01", "silver")],
)
def test_down_only_at_the_review(moment, tier):
    gold = decision_on(sells(2100, 6000))
    [sold, managed] = sells(2100, 6000)
    left = [sold, managed, reversed_(sold, part=900_00)]
    later = decide(PROGRAM, moment, [*CERTIFIED, *left], gold.state)
    assert tier_of(later) == tier
    if tier == "gold":
        assert later.state.at_risk_on == at("2026-07-01")


def test_a_partner_is_reviewed_twice_a_year():
    assert decision_on([], "2026-03-15").outcome.due_at == at("2026-07-01")
    assert decision_on([], "2026-07-01").outcome.due_at == at("2027-01-01")


@pytest.mark.parametrize(
    ("moment", "lacks"), [("2027-01-04T23:59", []), ("2027-01-05", ["CERTIFIED_PEOPLE 1"])]
)
def test_a_certification_is_valid_for_a_year(moment, lacks):
    decision = decision_on(sells(1125, 1125, "2026-12-01"), moment, rank=2, since=at("2026-12-15"))
    assert missing(decision) == lacks
    # A tier is held to the review, whatever it lacks.
    assert tier_of(decision) == ("silver" if not lacks else None)


@pytest.mark.parametrize(
    ("sold", "managed", "marketing", "support", "listing"),
    [
        (0, 0, None, None, "Listed"),
        (1125, 1125, None, None, "Listed"),
        (2100, 6000, "Once a quarter", None, "Featured"),
        (3750, 20000, "Once a month", "A team of its own", "Featured"),
        (10000, 50000, "Once a month", "A team of its own", "Listed at the top"),
    ],
)
def test_rewards_rise(sold, managed, marketing, support, listing):
    decision = decision_on(sells(sold, managed))
    assert gives(decision, "co-marketing") == marketing
    assert gives(decision, "exclusive-support") == support
    assert gives(decision, "directory-listing") == listing
