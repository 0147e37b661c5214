"""The preset against the figures of S0: requirements and benefits of each tier."""

import pytest

from app.domain.programs.canonical import requirement_json
from app.domain.programs.parse import parse_program
from app.domain.programs.vocabulary import (
    Demotion,
    Metric,
    Operator,
    PeriodUnit,
    RequirementKind,
    RetentionKind,
    WindowKind,
)
from app.programs import UnknownPresetError, load_preset, preset_keys

PROGRAM = parse_program(load_preset("sixclicks"))
TIERS = {tier.key: tier for tier in PROGRAM.tiers}
BENEFITS = {benefit.key: benefit for benefit in PROGRAM.benefits}
UPPER = ["gold", "platinum"]
ALL = ["silver", *UPPER]


def _conditions(tier):
    return {condition.metric: condition for condition in TIERS[tier].requirement.conditions()}


def test_the_tiers_rise_from_silver_to_platinum():
    assert [(tier.rank, tier.name) for tier in PROGRAM.tiers] == [
        (1, "Silver"),
        (2, "Gold"),
        (3, "Platinum"),
    ]
    assert all(tier.color for tier in PROGRAM.tiers)


def test_every_type_of_partner_takes_part():
    assert PROGRAM.partner_types == ()


def test_a_valid_certification_is_needed_to_be_placed():
    (gate,) = PROGRAM.gate.conditions()
    assert (gate.metric, gate.operator) == (Metric.ORGANISATION_CERTIFICATION, Operator.IS_TRUE)


def test_silver_asks_for_nothing():
    assert TIERS["silver"].requirement is None


@pytest.mark.parametrize("tier", UPPER)
def test_gold_and_platinum_ask_for_all_of_four_things(tier):
    requirement = TIERS[tier].requirement
    assert requirement.kind is RequirementKind.ALL
    assert list(_conditions(tier)) == [
        Metric.MONEY_SUM,
        Metric.CERTIFIED_PEOPLE,
        Metric.ATTESTATION,
        Metric.EVENT_COUNT,
    ]


@pytest.mark.parametrize("tier", UPPER)
def test_sold_arr_counts_twelve_months_against_an_unpublished_amount(tier):
    arr = _conditions(tier)[Metric.MONEY_SUM]
    assert arr.threshold is None
    assert (arr.window.kind, arr.window.count, arr.window.unit) == (
        WindowKind.ROLLING,
        12,
        PeriodUnit.MONTH,
    )
    assert arr.filters == {
        "revenue": "SOLD_ARR",
        "currency": "LOCAL",
        "motions": ["REFERRAL", "RESALE"],
        "priceBasis": ["LIST_PRICE", "APPROVED_QUOTE"],
    }
    assert requirement_json(TIERS[tier].requirement)["of"][0]["condition"]["published"] is False


@pytest.mark.parametrize("tier", UPPER)
def test_one_certified_person_a_landing_page_and_a_deal_each_month(tier):
    conditions = _conditions(tier)
    people, deals = conditions[Metric.CERTIFIED_PEOPLE], conditions[Metric.EVENT_COUNT]
    assert (people.operator, people.threshold) == (Operator.GTE, 1)
    assert people.filters == {"holdsAny": ["ADVISOR", "SALES"]}
    assert conditions[Metric.ATTESTATION].filters == {"attestation": "LANDING_PAGE"}
    assert (deals.operator, deals.threshold) == (Operator.GTE, 1)
    assert deals.filters == {"activity": "DEAL_REGISTRATION"}
    assert (deals.window.kind, deals.window.unit) == (WindowKind.EACH_BUCKET, PeriodUnit.MONTH)


def test_the_same_requirements_achieve_and_retain():
    assert PROGRAM.policy.retention.kind is RetentionKind.LIVE
    assert PROGRAM.policy.demotion is Demotion.TO_QUALIFIED


@pytest.mark.parametrize(
    ("benefit", "tiers"),
    [
        ("margin-share", ALL),
        ("channel-account-manager", ALL),
        ("directory-listing", ALL),
        ("tier-badge", ALL),
        ("priority-support", UPPER),
        ("leadership-meeting", UPPER),
        ("preferred-leads", UPPER),
        ("co-marketing", ["platinum"]),
        ("roadmap-input", ["platinum"]),
        ("marketing-priority-pitch", []),
        ("lead-notifications", []),
    ],
)
def test_which_tiers_give_a_benefit(benefit, tiers):
    assert [grant.tier for grant in BENEFITS[benefit].grants] == tiers


def test_there_are_no_other_benefits():
    assert len(PROGRAM.benefits) == 11
    assert all(benefit.description for benefit in PROGRAM.benefits)


@pytest.mark.parametrize(
    ("tier", "rate", "text"),
    [("silver", "0.20", "20 %"), ("gold", "0.30", "30 %"), ("platinum", "0.40", "40 %")],
)
def test_the_margin_share_lasts_as_long_as_the_contract(tier, rate, text):
    [share] = [g.value for g in BENEFITS["margin-share"].grants if g.tier == tier]
    assert share == {
        "text": f"{text} for the lifetime of the contract",
        "rate": rate,
        "term": "CONTRACT_LIFETIME",
        "basis": "CLIENT_CHARGES",
        "rateLock": "AT_CONTRACT_START",
    }


def test_meetings_are_quarterly():
    for grant in BENEFITS["leadership-meeting"].grants:
        assert grant.value["every"] == {"count": 1, "unit": "QUARTER"}


@pytest.mark.parametrize(
    ("benefit", "metric"),
    [
        ("directory-listing", Metric.EVENT_COUNT),
        ("preferred-leads", Metric.ORGANISATION_CERTIFICATION),
    ],
)
def test_two_benefits_depend_on_more_than_the_tier(benefit, metric):
    (condition,) = BENEFITS[benefit].condition.conditions()
    assert condition.metric is metric


def test_no_other_benefit_does():
    conditional = {b.key for b in PROGRAM.benefits if b.condition}
    assert conditional == {"directory-listing", "preferred-leads"}
    assert all(grant.condition is None for b in PROGRAM.benefits for grant in b.grants)


def test_every_preset_is_a_program_under_its_own_key():
    for key in preset_keys():
        assert parse_program(load_preset(key)).key == key


@pytest.mark.parametrize("key", ["nothing", "../programs/sixclicks", ""])
def test_an_unknown_preset_is_refused_with_those_there_are(key):
    with pytest.raises(UnknownPresetError, match="sixclicks"):
        load_preset(key)
