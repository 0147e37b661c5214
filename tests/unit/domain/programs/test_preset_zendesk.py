"""The three tiers of S2: a minimal entry, then rising figures that the vendor keeps to itself."""

from dataclasses import replace

import pytest

from tests.unit.domain.programs.ledger import NOBODY, at, decide, sale
from tests.unit.domain.programs.presets import (
    asked_of,
    gives,
    missing,
    preset,
    rank_of,
    staff,
    tier_of,
)

PROGRAM = preset("zendesk")
NOW = "2026-03-15"
MUCH = [sale("2026-02-01", 10**14), *staff(40, "SALES", "TECHNICAL")]


def decision_on(records, **state):
    return decide(PROGRAM, NOW, records, replace(NOBODY, **state))


def test_the_entry_asks_for_nothing():
    assert tier_of(decision_on([])) == "tier-1"


@pytest.mark.parametrize("records", [[], MUCH[:1], MUCH[1:], MUCH])
def test_figures_that_are_not_published_are_never_met_by_themselves(records):
    decision = decision_on(records)
    # Who is asked about the higher tier may be refused it, and is asked about the lower one then.
    assert (tier_of(decision), asked_of(decision)) == ("tier-1", "tier-3")
    refused = decision_on(records, rank=1, rejected=rank_of(PROGRAM, "tier-3"))
    assert (tier_of(refused), asked_of(refused)) == ("tier-1", "tier-2")
    for tier in ("tier-2", "tier-3"):
        lacks = ["MONEY_SUM UNPUBLISHED", "CERTIFIED_PEOPLE UNPUBLISHED"]
        assert missing(decision, tier) == lacks


def test_the_vendor_sees_what_there_is():
    crew = [*staff(3, "SALES", "TECHNICAL"), *staff(5, "SALES")]
    decision = decision_on([sale("2025-06-01", 250_000_00), *crew])
    values = [
        [leaf["result"]["value"]["text"] for leaf in tier["requirement"]["of"]]
        for tier in decision.result()["tiers"][1:]
    ]
    # Tier 2 counts who is certified in one of the two, tier 3 in both.
    assert values == [["250000", "5"], ["250000", "3"]]


@pytest.mark.parametrize("tier", ["tier-2", "tier-3"])
def test_the_word_of_the_vendor_is_kept(tier):
    rank = rank_of(PROGRAM, tier)
    decision = decision_on([], rank=rank, vouched=rank)
    assert (tier_of(decision), decision.state.at_risk_on) == (tier, None)


def test_without_its_word_a_grace_begins_and_the_tier_below_comes_next():
    grace = decision_on([], rank=3)
    assert (tier_of(grace), grace.state.grace_until) == ("tier-3", at("2026-06-13"))
    assert grace.outcome.due_at == at("2026-04-01")
    after = decide(PROGRAM, "2026-06-13", [], grace.state)
    assert tier_of(after) == "tier-2"


@pytest.mark.parametrize(
    ("rank", "leads", "manager"),
    [
        (1, None, None),
        (2, "Leads after Tier 3", None),
        (3, "Leads first", "A named contact"),
    ],
)
def test_upper_tiers_get_leads(rank, leads, manager):
    decision = decision_on([], rank=rank, vouched=rank)
    assert gives(decision, "lead-distribution") == leads
    assert gives(decision, "partner-manager") == manager
    assert gives(decision, "partner-portal") == "Sales material"
