"""The ladder of S2 by capability: leads, deals, closing and support. Sales play no part."""

from dataclasses import replace

import pytest

from tests.unit.domain.programs.ledger import NOBODY, at, decide, held, reversed_, sale
from tests.unit.domain.programs.presets import asked_of, gives, missing, preset, tier_of

PROGRAM = preset("aircall")
NOW = "2024-02-15"


def can(*capabilities):
    return [held("CAPABILITY", code, "2024-01-05") for code in capabilities]


def decision_on(records, moment=NOW, **state):
    return decide(PROGRAM, moment, records, replace(NOBODY, **state))


@pytest.mark.parametrize(
    ("capabilities", "asked", "lacks"),
    [
        ([], None, ["AFTER_SALES, CLOSES_DEALS"]),
        (["LEADS"], "leads", ["AFTER_SALES, CLOSES_DEALS"]),
        (["LEADS", "MANAGES_DEALS"], "deals", ["AFTER_SALES, CLOSES_DEALS"]),
        (["MANAGES_DEALS"], "deals", ["AFTER_SALES, CLOSES_DEALS"]),
        (["LEADS", "CLOSES_DEALS"], "leads", ["AFTER_SALES"]),
        (["AFTER_SALES"], None, ["CLOSES_DEALS"]),
        (["CLOSES_DEALS", "AFTER_SALES"], "closes", []),
        (["LEADS", "MANAGES_DEALS", "CLOSES_DEALS", "AFTER_SALES"], "closes", []),
    ],
)
def test_a_person_agrees_to_each_step(capabilities, asked, lacks):
    decision = decision_on(can(*capabilities))
    # Nobody is moved by a calculation.
    assert (tier_of(decision), asked_of(decision)) == (None, asked)
    assert missing(decision, "closes") == [f"CAPABILITIES {codes}" for codes in lacks]


def test_sales_do_not_count():
    with_sales = [*can("LEADS"), sale("2024-02-01", 10**12)]
    assert asked_of(decision_on(with_sales)) == "leads"
    assert asked_of(decision_on([sale("2024-02-01", 10**12)])) is None


@pytest.mark.parametrize(
    ("rank", "asked"), [(0, "closes"), (1, "closes"), (2, "closes"), (3, None)]
)
def test_the_vendor_is_asked_about_what_is_above_the_tier(rank, asked):
    decision = decision_on(can("LEADS", "CLOSES_DEALS", "AFTER_SALES"), rank=rank)
    assert (decision.state.rank, asked_of(decision)) == (rank, asked)


def test_a_question_is_withdrawn_once_the_capability_is():
    leads = can("LEADS")
    asked = decision_on(leads)
    withdrawn = decide(PROGRAM, "2024-02-16", [*leads, reversed_(leads[0])], asked.state)
    assert asked_of(withdrawn) is None
    assert [each.effect for each in withdrawn.happenings] == ["APPROVAL_WITHDRAWN"]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_nobody_falls_by_a_calculation(rank):
    decision = decision_on([], "2026-03-15", rank=rank)
    assert (decision.state.rank, decision.state.at_risk_on) == (rank, None)


def test_who_cannot_do_anything_yet_is_reminded_after_three_months():
    assert decision_on([], "2024-03-15").outcome.due_at == at("2024-03-31")
    [told] = decision_on([], "2024-03-31").happenings
    assert (told.effect, told.data) == ("DEADLINE_PASSED", {"action": "NOTIFY"})


@pytest.mark.parametrize(
    ("rank", "deal_support", "line"),
    [(1, None, None), (2, "On request", None), (3, "On request", "Direct line")],
)
def test_benefits(rank, deal_support, line):
    decision = decision_on([], rank=rank)
    assert gives(decision, "deal-support") == deal_support
    assert gives(decision, "support-line") == line
    assert gives(decision, "training") is not None
