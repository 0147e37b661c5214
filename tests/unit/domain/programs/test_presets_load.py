"""The presets against the figures of their sources: S2 and S3."""

import pytest

from app.domain.partners import PartnerType
from app.domain.programs.program_text import problems_of, read_program
from app.domain.programs.vocabulary import (
    BenefitKind,
    Metric,
    Promotion,
    WindowKind,
)
from app.programs import preset_keys, preset_text

PROGRAMS = {key: read_program(preset_text(key)) for key in preset_keys()}


def asked(key, tier):
    """The conditions of a tier as (metric, filters, threshold)."""
    [found] = [each for each in PROGRAMS[key].tiers if each.key == tier]
    conditions = found.requirement.conditions() if found.requirement else ()
    return [(each.metric, dict(each.filters), each.threshold) for each in conditions]


def test_all_six_ladders_ship():
    assert preset_keys() == [
        "aircall",
        "hubspot",
        "metal",
        "metal-white-label",
        "pipedrive",
        "sixclicks",
        "zendesk",
    ]


@pytest.mark.parametrize("key", preset_keys())
def test_a_preset_has_no_problems_and_its_own_key(key):
    assert problems_of(preset_text(key)) == []
    assert PROGRAMS[key].key == key


@pytest.mark.parametrize(
    ("key", "tiers"),
    [
        ("zendesk", ["tier-1", "tier-2", "tier-3"]),
        ("pipedrive", ["refer", "implement", "manage"]),
        ("aircall", ["leads", "deals", "closes"]),
        ("hubspot", ["provider", "silver", "gold", "platinum", "diamond"]),
        ("metal", ["bronze", "silver", "gold", "platinum"]),
        ("metal-white-label", ["bronze", "silver", "gold", "platinum"]),
    ],
)
def test_the_tiers_from_the_lowest_up(key, tiers):
    assert [tier.key for tier in PROGRAMS[key].tiers] == tiers


def test_zendesk_publishes_no_number_and_gives_leads_to_the_upper_tiers():
    assert asked("zendesk", "tier-1") == []
    for tier in ("tier-2", "tier-3"):
        assert [metric for metric, _, _ in asked("zendesk", tier)] == [
            Metric.MONEY_SUM,
            Metric.CERTIFIED_PEOPLE,
        ]
        assert {threshold for _, _, threshold in asked("zendesk", tier)} == {None}
    [leads] = [b for b in PROGRAMS["zendesk"].benefits if b.kind is BenefitKind.LEAD_PRIORITY]
    assert [grant.tier for grant in leads.grants] == ["tier-2", "tier-3"]
    assert leads.grants[0].value["priority"] < leads.grants[1].value["priority"]


def test_pipedrive_is_open_below_and_for_specialists_above():
    assert PROGRAMS["pipedrive"].partner_types == ()
    assert PROGRAMS["pipedrive"].gate is None
    assert asked("pipedrive", "refer") == []
    for tier in ("implement", "manage"):
        (metric, filters, types), _ = asked("pipedrive", tier)
        assert (metric, filters) == (Metric.ATTRIBUTE, {"attribute": "PARTNER_TYPE"})
        assert types == ("CONSULTANT", "VAR", "SYSTEM_INTEGRATOR")


def test_aircall_asks_for_capabilities_and_not_for_volume():
    assert [asked("aircall", tier)[0][2] for tier in ("leads", "deals", "closes")] == [
        ("LEADS",),
        ("MANAGES_DEALS",),
        ("CLOSES_DEALS", "AFTER_SALES"),
    ]
    metrics = {c.metric for root in PROGRAMS["aircall"].requirements() for c in root.conditions()}
    assert metrics == {Metric.CAPABILITIES}


@pytest.mark.parametrize(
    ("tier", "sold", "managed"),
    [
        ("silver", 1125, 1125),
        ("gold", 2100, 6000),
        ("platinum", 3750, 20000),
        ("diamond", 10000, 50000),
    ],
)
def test_hubspot_asks_for_sold_and_managed_mrr_of_twelve_months(tier, sold, managed):
    assert asked("hubspot", tier) == [
        (Metric.MONEY_SUM, {"revenue": "SOLD_MRR", "currency": "USD"}, sold),
        (Metric.MONEY_SUM, {"revenue": "MANAGED_MRR", "currency": "USD"}, managed),
    ]
    [found] = [each for each in PROGRAMS["hubspot"].tiers if each.key == tier]
    windows = {condition.window for condition in found.requirement.conditions()}
    assert {(w.kind, w.count, w.unit) for w in windows} == {(WindowKind.ROLLING, 12, "MONTH")}


def test_hubspot_promotes_by_itself_and_is_reviewed_twice_a_year():
    policy = PROGRAMS["hubspot"].policy
    assert policy.promotion is Promotion.IMMEDIATE
    assert (policy.evaluate_every.count, policy.evaluate_every.unit) == (1, "HALF_YEAR")
    assert policy.certification
    assert PROGRAMS["hubspot"].gate


def test_metal_asks_for_a_monthly_sum_and_people_certified_in_both():
    both = {"holdsAll": ["SALES", "TECHNICAL"]}
    assert asked("metal", "bronze") == []
    assert asked("metal", "silver") == [
        (Metric.MONEY_SUM, {"revenue": "SOLD_MRR", "currency": "USD"}, 500_000),
        (Metric.CERTIFIED_PEOPLE, both, 5),
    ]
    for key in ("metal", "metal-white-label"):
        recertify = PROGRAMS[key].policy.certification.recertify_every
        assert (recertify.count, recertify.unit) == (1, "QUARTER")


def test_the_white_label_ladder_is_stricter_in_everything_and_for_other_types():
    agents, resellers = PROGRAMS["metal"], PROGRAMS["metal-white-label"]
    for tier in ("silver", "gold", "platinum"):
        pairs = zip(asked("metal", tier), asked("metal-white-label", tier), strict=True)
        assert all(strict[2] > loose[2] for loose, strict in pairs)
    assert not set(agents.partner_types) & set(resellers.partner_types)
    assert PartnerType.RESELLER in resellers.partner_types
    assert PartnerType.REFERRAL in agents.partner_types


def test_the_presets_show_all_policies():
    policies = [program.policy for program in PROGRAMS.values()]
    assert {policy.promotion for policy in policies} == set(Promotion)
    assert {p.retention.kind for p in policies} == {"LIVE", "PERIOD_HOLD", "GRACE"}
    assert {p.demotion for p in policies} == {"ONE_STEP", "TO_QUALIFIED", "NONE"}
    assert any(policy.entry_deadline for policy in policies)
