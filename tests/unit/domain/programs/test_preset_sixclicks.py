"""The ladder of S0: who is in which tier, what is missing, and which benefits are held."""

from dataclasses import replace

import pytest

from app.domain.programs.facts import PartnerFacts
from tests.unit.domain.programs.ledger import (
    JOINED,
    NOBODY,
    certified,
    decide,
    event,
    held,
    reversed_,
    sale,
)
from tests.unit.domain.programs.presets import asked_of, gives, missing, preset, rank_of, tier_of

NOW = "2026-03-15T12:00"
PROGRAM = preset("sixclicks")
PARTNER_CERTIFICATION = held("CERTIFICATION", "PARTNER_PROGRAM", "2025-06-01", "2026-06-01")
SOLD = sale("2025-09-01", 80_000_00, "AUD", motion="RESALE", price_basis="LIST_PRICE")
ADVISOR = certified("ann", "ADVISOR")[0]
PAGE = held("ATTESTATION", "LANDING_PAGE", "2025-07-01")
DEAL = event("2026-02-10")
ALL = [PARTNER_CERTIFICATION, SOLD, ADVISOR, PAGE, DEAL]
AUSTRALIAN = PartnerFacts("RESELLER", "AUD", JOINED)


def decision_on(records, moment=NOW, **state):
    return decide(PROGRAM, moment, records, replace(NOBODY, **state), AUSTRALIAN)


@pytest.mark.parametrize(
    ("records", "tier", "asked"),
    [
        ([], None, None),
        ([SOLD, ADVISOR, PAGE, DEAL], None, None),
        ([PARTNER_CERTIFICATION], "silver", None),
        # The amounts are not published: all else is met, so the vendor is asked.
        (ALL, "silver", "platinum"),
        (ALL[:-1], "silver", None),
    ],
)
def test_where_a_new_partner_is_placed(records, tier, asked):
    decision = decision_on(records)
    assert (tier_of(decision), asked_of(decision)) == (tier, asked)


@pytest.mark.parametrize(
    ("person", "deal"),
    [
        ("ADVISOR", "2026-02-01"),
        ("SALES", "2026-02-28T23:59"),
    ],
)
def test_a_salesperson_counts_like_an_advisor_and_any_day_of_the_month(person, deal):
    records = [PARTNER_CERTIFICATION, SOLD, *certified("ann", person), PAGE, event(deal)]
    assert asked_of(decision_on(records)) == "platinum"


@pytest.mark.parametrize("tier", ["gold", "platinum"])
@pytest.mark.parametrize(
    ("without", "lack"),
    [
        (None, []),
        (ADVISOR, ["CERTIFIED_PEOPLE 1"]),
        (PAGE, ["ATTESTATION NOT_MET"]),
        (DEAL, ["EVENT_COUNT 1"]),
    ],
)
def test_what_is_missing_for_the_upper_tiers(tier, without, lack):
    records = [record for record in ALL if record is not without]
    decision = decision_on(records)
    assert missing(decision, tier) == ["MONEY_SUM UNPUBLISHED", *lack]
    assert (asked_of(decision) is None) == bool(lack)


@pytest.mark.parametrize(
    ("deal", "counts"),
    [("2026-01-31T23:59", False), ("2026-02-01", True), ("2026-03-01", False)],
)
def test_the_deal_of_the_month_before_counts(deal, counts):
    decision = decision_on([*ALL[:-1], event(deal)])
    assert (asked_of(decision) == "platinum") is counts


def test_a_deal_that_is_taken_back_does_not_count():
    assert asked_of(decision_on([*ALL, reversed_(DEAL)])) is None


def test_without_the_partner_certification_there_is_no_tier():
    decision = decision_on(ALL, "2026-06-01", rank=2, vouched=2)
    assert tier_of(decision) is None
    assert missing(decision) == ["ORGANISATION_CERTIFICATION NOT_MET"]
    assert decision.happenings[0].data["because"] == [
        "A valid partner certification",
        "At least 1 deal registration each month",
    ]


SALES = [
    sale("2025-03-14T23:59", 1_00, "AUD", motion="RESALE", price_basis="LIST_PRICE"),
    sale("2025-03-15", 10_00, "AUD", motion="REFERRAL", price_basis="APPROVED_QUOTE"),
    sale("2026-03-15", 100_00, "AUD", motion="RESALE", price_basis="LIST_PRICE"),
    sale("2026-03-15", 1_000_00, "AUD", motion="RESALE"),
    sale("2026-03-15", 10_000_00, "AUD", revenue="MANAGED_ARR", motion="RESALE"),
]


def test_what_counts_as_sold_in_the_past_twelve_months():
    gold = decision_on([*ALL[2:], *SALES]).result()["tiers"][1]["requirement"]["of"][0]["result"]
    assert (gold["value"]["text"], gold["unit"], gold["threshold"]) == ("110", "AUD", None)


@pytest.mark.parametrize(
    ("vouched", "before", "tier", "asked"),
    [
        ("gold", "silver", "gold", "platinum"),
        ("gold", "gold", "gold", "platinum"),
        ("platinum", "gold", "platinum", None),
    ],
)
def test_with_the_word_of_the_vendor(vouched, before, tier, asked):
    ranks = {"vouched": rank_of(PROGRAM, vouched), "rank": rank_of(PROGRAM, before)}
    decision = decision_on(ALL, **ranks)
    assert (tier_of(decision), asked_of(decision)) == (tier, asked)


def test_who_is_refused_platinum_is_asked_about_gold():
    decision = decision_on(ALL, rank=1, rejected=rank_of(PROGRAM, "platinum"))
    assert asked_of(decision) == "gold"


@pytest.mark.parametrize("without", [ADVISOR, PAGE, DEAL])
@pytest.mark.parametrize("rank", [2, 3])
def test_the_same_requirements_achieve_and_retain(rank, without):
    records = [record for record in ALL if record is not without]
    assert tier_of(decision_on(ALL, rank=rank, vouched=rank)) == PROGRAM.tiers[rank - 1].key
    assert tier_of(decision_on(records, rank=rank, vouched=rank)) == "silver"


@pytest.mark.parametrize(
    ("rank", "share", "support", "leads", "webinars"),
    [
        (1, "20 %", None, None, None),
        (2, "30 %", "Priority access", "Preferred", None),
        (3, "40 %", "Priority access", "Preferred", "Included"),
    ],
)
def test_benefits(rank, share, support, leads, webinars):
    decision = decision_on(ALL, rank=rank, vouched=rank)
    assert tier_of(decision) == PROGRAM.tiers[rank - 1].key
    assert gives(decision, "margin-share") == f"{share} for the lifetime of the contract"
    assert gives(decision, "priority-support") == support
    assert (gives(decision, "preferred-leads") or "").startswith(leads or "")
    assert (gives(decision, "preferred-leads") is None) == (leads is None)
    assert gives(decision, "co-marketing") == gives(decision, "roadmap-input") == webinars
    assert gives(decision, "channel-account-manager") == "A named contact"


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_listing_only_once_the_training_is_completed(rank):
    standing = {"rank": rank, "vouched": rank}
    assert gives(decision_on(ALL, **standing), "directory-listing") is None
    trained = [*ALL, event("2024-05-01", "TRAINING_COMPLETED")]
    assert gives(decision_on(trained, **standing), "directory-listing").startswith("Listed")


def test_two_benefits_are_given_to_no_tier():
    decision = decision_on(ALL, rank=3, vouched=3)
    assert gives(decision, "marketing-priority-pitch") is None
    assert gives(decision, "lead-notifications") is None
