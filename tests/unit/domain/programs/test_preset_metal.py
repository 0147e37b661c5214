"""The metal ladder of S3, and the stricter one beside it for white-label resellers."""

from dataclasses import replace

import pytest

from app.domain.partners import PartnerType
from tests.unit.domain.programs.ledger import NOBODY, at, certified, decide, reversed_, sale
from tests.unit.domain.programs.presets import missing, preset, rank_of, staff, tier_of

NOW = "2026-03-15"
BOTH = ("SALES", "TECHNICAL")
# Sold MRR of a month and people certified in both, by ladder.
FIGURES = {
    "metal": [(500_000, 5), (750_000, 8), (1_000_000, 12)],
    "metal-white-label": [(1_000_000, 8), (1_500_000, 12), (2_000_000, 18)],
}
CASES = [
    (key, tier, money, people)
    for key, figures in FIGURES.items()
    for tier, (money, people) in zip(["silver", "gold", "platinum"], figures, strict=True)
]
BELOW = {"silver": "bronze", "gold": "silver", "platinum": "gold"}


def sold(dollars, when="2026-02-10"):
    return sale(when, dollars * 100, revenue="SOLD_MRR")


def decision_on(key, records, moment=NOW, state=NOBODY):
    return decide(preset(key), moment, records, state)


@pytest.mark.parametrize(("key", "tier", "money", "people"), CASES)
def test_at_and_just_below_what_a_tier_asks_for(key, tier, money, people):
    enough = [sold(money), *staff(people, *BOTH)]
    assert tier_of(decision_on(key, enough)) == tier
    poorer = decision_on(key, [sold(money - 1), *staff(people, *BOTH)])
    assert (tier_of(poorer), missing(poorer, tier)) == (BELOW[tier], ["MONEY_SUM 1"])
    fewer = decision_on(key, [sold(money), *staff(people - 1, *BOTH)])
    assert (tier_of(fewer), missing(fewer, tier)) == (BELOW[tier], ["CERTIFIED_PEOPLE 1"])


@pytest.mark.parametrize("key", FIGURES)
def test_bronze_asks_for_nothing(key):
    assert tier_of(decision_on(key, [])) == "bronze"


@pytest.mark.parametrize(
    ("people", "tier", "remains"),
    [
        (staff(5, *BOTH), "silver", []),
        (staff(5, "SALES"), "bronze", ["CERTIFIED_PEOPLE 5"]),
        (staff(4, *BOTH) + certified("eve", "SALES"), "bronze", ["CERTIFIED_PEOPLE 1"]),
        (
            staff(4, *BOTH) + certified("eve", "SALES") + certified("fay", "TECHNICAL"),
            "bronze",
            ["CERTIFIED_PEOPLE 1"],
        ),
        # The same person twice is one person.
        (staff(4, *BOTH) + certified("person-0", *BOTH), "bronze", ["CERTIFIED_PEOPLE 1"]),
        (staff(4, *BOTH) + certified("eve", *BOTH), "silver", []),
    ],
)
def test_five_people_each_certified_in_both(people, tier, remains):
    decision = decision_on("metal", [sold(500_000), *people])
    assert (tier_of(decision), missing(decision, "silver")) == (tier, remains)


@pytest.mark.parametrize(
    ("when", "counts"),
    [
        ("2026-01-31T23:59", False),
        ("2026-02-01", True),
        ("2026-02-28", True),
        ("2026-03-01", False),
    ],
)
def test_the_month_before_counts(when, counts):
    decision = decision_on("metal", [sold(500_000, when), *staff(5, *BOTH)])
    assert (tier_of(decision) == "silver") is counts


@pytest.mark.parametrize("key", FIGURES)
@pytest.mark.parametrize(
    ("moment", "people"), [("2026-04-04T23:59", True), ("2026-04-05T00:00", False)]
)
@pytest.mark.parametrize("until", [None, "2027-01-05"])
def test_people_certify_again_every_quarter(key, moment, people, until):
    crew = staff(18, *BOTH, since="2026-01-05", until=until)
    lacks = missing(decision_on(key, [sold(10**7, "2026-03-10"), *crew], moment), "silver")
    assert (lacks == []) is people


def test_who_certifies_again_in_time_keeps_the_tier():
    money = [sold(500_000, f"2026-{month:02}-10") for month in range(1, 12)]
    crews = [
        record
        for day in ["2026-01-05", "2026-04-01", "2026-07-01"]
        for record in staff(5, *BOTH, since=day)
    ]
    state = replace(NOBODY, rank=2)
    for month in range(3, 10):
        state = decision_on("metal", [*money, *crews], f"2026-{month:02}-01", state).state
        assert (state.rank, state.grace_since) == (2, None)
    october = decision_on("metal", [*money, *crews], "2026-10-01", state).state
    assert (october.rank, october.grace_until) == (2, at("2026-10-31"))


@pytest.mark.parametrize("tier", ["silver", "gold", "platinum"])
def test_the_white_label_ladder_is_stricter(tier):
    records = [
        record
        for _, name, money, people in CASES[:3]
        if name == tier
        for record in (sold(money), *staff(people, *BOTH))
    ]
    assert tier_of(decision_on("metal", records)) == tier
    white_label = decision_on("metal-white-label", records)
    assert white_label.state.rank < rank_of(preset("metal-white-label"), tier)


def test_no_type_of_partner_is_on_both_ladders():
    agents, resellers = (set(preset(key).partner_types) for key in FIGURES)
    assert agents & resellers == set()
    assert {PartnerType.REFERRAL} <= agents
    assert {PartnerType.RESELLER} <= resellers


def test_an_agent_has_a_month_to_mend_it_and_falls_one_step():
    records = [sold(1_000_000), *staff(12, *BOTH)]
    top = decision_on("metal", records)
    lost = [*records, reversed_(records[0])]
    grace = decision_on("metal", lost, "2026-03-16", top.state)
    assert (tier_of(grace), grace.state.grace_until) == ("platinum", at("2026-04-15"))
    assert tier_of(decision_on("metal", lost, "2026-04-15", grace.state)) == "gold"


def test_a_reseller_keeps_its_tier_to_the_end_of_the_quarter():
    records = [sold(2_000_000), *staff(18, *BOTH)]
    top = decision_on("metal-white-label", records)
    lost = [*records, reversed_(records[0])]
    held = decision_on("metal-white-label", lost, "2026-03-16", top.state)
    assert (tier_of(held), held.state.held_until) == ("platinum", at("2026-04-01"))
    after = decision_on("metal-white-label", lost, "2026-04-01", held.state)
    assert (tier_of(after), after.state.held_until) == ("gold", at("2026-07-01"))
