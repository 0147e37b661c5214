"""The ladder of S2 by role: anyone recommends, specialists implement and manage projects."""

import pytest

from app.domain.partners import PartnerType
from app.domain.programs.facts import PartnerFacts
from tests.unit.domain.programs.ledger import JOINED, at, decide, held, reversed_
from tests.unit.domain.programs.presets import gives, missing, preset, tier_of

PROGRAM = preset("pipedrive")
SPECIALISTS = {"CONSULTANT", "VAR", "SYSTEM_INTEGRATOR"}


def decision_on(partner_type, *capabilities, moment="2026-03-15"):
    records = [held("CAPABILITY", code, "2026-01-05") for code in capabilities]
    return decide(PROGRAM, moment, records, partner=PartnerFacts(partner_type, "EUR", JOINED))


@pytest.mark.parametrize("partner_type", [each.value for each in PartnerType])
def test_the_upper_tiers_are_for_specialists(partner_type):
    assert tier_of(decision_on(partner_type)) == "refer"
    tier = "manage" if partner_type in SPECIALISTS else "refer"
    assert tier_of(decision_on(partner_type, "IMPLEMENTS", "MANAGES_DEALS")) == tier


@pytest.mark.parametrize(
    ("partner_type", "capabilities", "tier", "for_implement", "for_manage"),
    [
        (
            "VAR",
            [],
            "refer",
            ["CAPABILITIES IMPLEMENTS"],
            ["CAPABILITIES IMPLEMENTS, MANAGES_DEALS"],
        ),
        ("VAR", ["LEADS"], "refer", ["CAPABILITIES IMPLEMENTS"], None),
        ("VAR", ["IMPLEMENTS"], "implement", [], ["CAPABILITIES MANAGES_DEALS"]),
        ("VAR", ["MANAGES_DEALS"], "refer", None, ["CAPABILITIES IMPLEMENTS"]),
        ("VAR", ["IMPLEMENTS", "MANAGES_DEALS"], "manage", [], []),
        ("AGENCY", ["IMPLEMENTS"], "refer", ["ATTRIBUTE NOT_MET"], None),
    ],
)
def test_roles(partner_type, capabilities, tier, for_implement, for_manage):
    decision = decision_on(partner_type, *capabilities)
    assert tier_of(decision) == tier
    for key, lacks in (("implement", for_implement), ("manage", for_manage)):
        if lacks is not None:
            assert missing(decision, key) == lacks


@pytest.mark.parametrize(
    ("capabilities", "listing", "manager"),
    [
        ([], None, None),
        (["IMPLEMENTS"], "Listed", None),
        (["IMPLEMENTS", "MANAGES_DEALS"], "Listed at the top", "A named contact"),
    ],
)
def test_benefits(capabilities, listing, manager):
    decision = decision_on("CONSULTANT", *capabilities)
    assert gives(decision, "referral-link") == "A personal link"
    assert gives(decision, "directory-listing") == listing
    assert gives(decision, "partner-manager") == manager


@pytest.mark.parametrize(
    ("moment", "tier"),
    [("2026-04-01", "manage"), ("2026-12-31", "manage"), ("2027-01-01", "implement")],
)
def test_who_no_longer_manages_projects_keeps_the_tier_for_the_year(moment, tier):
    manages = held("CAPABILITY", "MANAGES_DEALS", "2026-01-05")
    implements = held("CAPABILITY", "IMPLEMENTS", "2026-01-05")
    state = decide(PROGRAM, "2026-03-15", [implements, manages]).state
    decision = decide(PROGRAM, moment, [implements, manages, reversed_(manages)], state)
    assert tier_of(decision) == tier
    if tier == "manage":
        assert decision.state.at_risk_on == at("2027-01-01")
