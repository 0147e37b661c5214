"""Progress as the rules tell it: what is missing for the next tier, and what runs out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.programs.evaluation import Evaluator
from app.domain.programs.facts import Facts, Flow, Holding, PartnerFacts, Rates, Total
from app.domain.programs.parse import parse_program
from app.domain.programs.progress import Outlook, Progress, steps_to, why_not
from app.domain.programs.vocabulary import ActivityKind

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CERTIFIED = {
    "metric": "CERTIFIED_PEOPLE",
    "label": "2 certified",
    "filters": {"holdsAny": ["SALES"]},
    "operator": "GTE",
    "threshold": 2,
}
DEALS = {
    "metric": "EVENT_COUNT",
    "label": "3 deals in 60 days",
    "filters": {"activity": "DEAL_REGISTRATION"},
    "operator": "GTE",
    "threshold": 3,
    "window": {"kind": "ROLLING", "count": 60, "unit": "DAY"},
}
FEW_REFERRALS = {
    "metric": "EVENT_COUNT",
    "label": "At most 5 referrals",
    "filters": {"activity": "REFERRAL"},
    "operator": "LTE",
    "threshold": 5,
    "window": {"kind": "ROLLING", "count": 30, "unit": "DAY"},
}
SECRET = {
    "metric": "EVENT_COUNT",
    "label": "Enough leads",
    "filters": {"activity": "LEAD_ACCEPTED"},
    "operator": "GTE",
    "threshold": None,
    "window": {"kind": "LIFETIME"},
}
PROGRAM = parse_program(
    {
        "key": "p",
        "name": "P",
        "effectiveFrom": "2024-01-01",
        "policy": {
            "promotion": "IMMEDIATE",
            "retention": {"kind": "LIVE"},
            "demotion": "TO_QUALIFIED",
            "evaluateEvery": {"count": 1, "unit": "MONTH"},
        },
        "tiers": [
            {"key": "open", "name": "Open"},
            {"key": "mid", "name": "Mid", "requirement": CERTIFIED},
            {
                "key": "top",
                "name": "Top",
                "requirement": {
                    "kind": "ALL",
                    "of": [
                        CERTIFIED,
                        {"kind": "ANY", "of": [DEALS, SECRET]},
                        FEW_REFERRALS,
                    ],
                },
            },
        ],
        "benefits": [],
    }
)


def outlook(*days: int) -> Outlook:
    return Outlook(PROGRAM, NOW, "UTC", Rates(), days)


def held(person: str, days: int) -> Holding:
    since, until = NOW - timedelta(days=10), NOW + timedelta(days=days)
    return Holding(ActivityKind.CERTIFICATION, "SALES", since, until, person)


def facts(measured: Outlook, events: dict[ActivityKind, list[int]], *holdings: Holding) -> Facts:
    """Events so many days ago, added up for every flow that is asked for."""
    totals: dict[Flow, Total] = {}
    for flow in measured.flows:
        moments = [NOW - timedelta(days=ago) for ago in events.get(flow.stream.kind, ())]
        count = sum(moment in flow.interval for moment in moments)
        totals[flow] = Total(count, count)
    partner = PartnerFacts("MSP", "USD", NOW - timedelta(days=500))
    return Facts(partner, totals, holdings)


@pytest.mark.parametrize(
    ("horizon", "steps"),
    [
        (0, ()),
        (1, (1,)),
        (30, (30,)),
        (45, (30, 45)),
        (90, (30, 60, 90)),
        (365, (30, 60, 90, 365)),
    ],
)
def test_the_days_ahead_end_with_the_horizon(horizon: int, steps: tuple[int, ...]):
    assert steps_to(horizon) == steps


def test_the_gap_leaves_out_what_is_met_and_what_would_not_help():
    measured = outlook()
    deals = {ActivityKind.DEAL_REGISTRATION: [1, 2, 3]}
    met = Progress(measured, facts(measured, deals, held("a", 9), held("b", 9)), 2)
    assert met.gap() == []
    some = Progress(measured, facts(measured, deals, held("a", 9)), 2)
    # The deals are there: that the other way is open as well is no gap.
    assert [each["label"] for each in some.gap()] == ["2 certified"]
    none = Progress(measured, facts(measured, {}, held("a", 9)), 2)
    assert [(each["label"], each["met"]) for each in none.gap()] == [
        ("2 certified", "NOT_MET"),
        ("3 deals in 60 days", "NOT_MET"),
        ("Enough leads", "UNPUBLISHED"),
    ]


def test_no_tier_and_the_highest_tier():
    measured = outlook()
    known = facts(measured, {})
    first, last = Progress(measured, known, 0), Progress(measured, known, 3)
    assert (first.tier, first.next_tier and first.next_tier.key, first.gap()) == (None, "open", [])
    assert (last.tier and last.tier.key, last.next_tier, last.gap()) == ("top", None, [])


def test_what_expires_says_by_when_and_for_which_tiers():
    measured = outlook(30, 60, 90)
    deals = {ActivityKind.DEAL_REGISTRATION: [1, 20, 45]}
    known = facts(measured, deals, held("a", 50), held("b", 70))
    found = Progress(measured, known, 2).expiring()
    told = [(e.within_days, e.condition.label, e.tiers, e.now, e.then, e.missed) for e in found]
    assert told == [
        (30, "3 deals in 60 days", ("top",), Decimal(3), Decimal(2), True),
        (60, "2 certified", ("mid", "top"), Decimal(2), Decimal(1), True),
        (60, "3 deals in 60 days", ("top",), Decimal(3), Decimal(0), True),
        (90, "2 certified", ("mid", "top"), Decimal(2), Decimal(0), True),
        (90, "3 deals in 60 days", ("top",), Decimal(3), Decimal(0), True),
    ]
    assert [e.on - NOW for e in found][:1] == [timedelta(days=30)]


def test_less_of_what_must_not_be_too_much_is_no_loss():
    measured = outlook(60)
    known = facts(measured, {ActivityKind.REFERRAL: [1, 2, 3]})
    assert Progress(measured, known, 2).expiring() == []


def test_it_measures_what_an_evaluation_measures():
    measured, evaluator = outlook(30, 60), Evaluator(PROGRAM, NOW, "UTC")
    assert set(evaluator.now.flows) <= set(measured.flows)
    known = facts(measured, {ActivityKind.DEAL_REGISTRATION: [1, 2]}, held("a", 1))
    assert Progress(measured, known, 1).verdict.tiers == evaluator.now.verdict(known).tiers


def test_why_not_names_the_ways_that_are_open():
    measured = outlook()
    top = PROGRAM.tiers[2].requirement
    assert top is not None
    verdict = measured.now.verdict(facts(measured, {}))
    assert why_not(verdict, top) == (
        "Missing: 2 certified; Any of: 3 deals in 60 days; Enough leads."
    )
    both = (held("a", 9), held("b", 9))
    verdict = measured.now.verdict(facts(measured, {}, *both))
    assert why_not(verdict, top) == (
        "For the vendor to decide: Any of: 3 deals in 60 days; Enough leads."
    )
    deals = {ActivityKind.DEAL_REGISTRATION: [1, 2, 3]}
    assert why_not(measured.now.verdict(facts(measured, deals, *both)), top) is None
