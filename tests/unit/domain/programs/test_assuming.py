"""Assumed records count as kept ones do; what follows is put in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.activity import NewActivity
from app.domain.money import Money
from app.domain.programs.evaluation import Evaluator
from app.domain.programs.facts import Facts, Flow, Holding, PartnerFacts, Stream, Total
from app.domain.programs.hypothetical import assume
from app.domain.programs.parse import parse_program
from app.domain.programs.periods import Interval
from app.domain.programs.policies import Pin, State
from app.domain.programs.transitions import failing, way, why
from app.domain.programs.vocabulary import (
    ActivityKind,
    PriceBasis,
    Revenue,
    SaleMotion,
    TierDirection,
)
from tests.unit.domain.programs.sample import DEALS, FILE, PAGE

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NOTHING = Facts(PartnerFacts("MSP", "USD", NOW))
YEAR = Interval(NOW - timedelta(days=365), NOW)
SALE = NewActivity(
    ActivityKind.SALE,
    NOW - timedelta(days=1),
    amount=Money(5_000, "USD"),
    revenue=Revenue.SOLD_ARR,
    motion=SaleMotion.RESALE,
    price_basis=PriceBasis.LIST_PRICE,
    source="PORTAL",
    product="BASE",
)


def total(flow: Flow, *records: NewActivity) -> Total:
    return assume(NOTHING, [flow], records).totals.get(flow, Total())


def test_money_and_events_add_up_by_currency():
    flow = Flow(Stream(ActivityKind.SALE), YEAR)
    euros = replace(SALE, amount=Money(700, "EUR"))
    back = replace(SALE, amount=Money(-2_000, "USD"), quantity=0)
    assert total(flow, SALE, SALE, euros, back) == Total(3, 4, {"USD": 8_000, "EUR": 700})
    assert total(flow) == Total()


@pytest.mark.parametrize(
    ("stream", "counts"),
    [
        (Stream(ActivityKind.SALE, "SOLD_ARR"), True),
        (Stream(ActivityKind.SALE, "SOLD_MRR"), False),
        (Stream(ActivityKind.REFERRAL), False),
        (Stream(ActivityKind.SALE, motions=("REFERRAL", "RESALE")), True),
        (Stream(ActivityKind.SALE, motions=("REFERRAL",)), False),
        (Stream(ActivityKind.SALE, price_bases=("APPROVED_QUOTE",)), False),
        (Stream(ActivityKind.SALE, sources=("PORTAL",), products=("BASE",)), True),
        (Stream(ActivityKind.SALE, sources=("PORTAL",), products=("EXTRA",)), False),
    ],
)
def test_what_a_stream_takes(stream: Stream, counts: bool):
    assert bool(total(Flow(stream, YEAR), SALE).records) is counts


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (YEAR.end, False),
        (YEAR.end - timedelta(microseconds=1), True),
        (YEAR.start, True),
        (YEAR.start - timedelta(microseconds=1), False),
    ],
)
def test_intervals_are_half_open(at: datetime, counts: bool):
    flow = Flow(Stream(ActivityKind.SALE), YEAR)
    assert bool(total(flow, replace(SALE, occurred_at=at)).records) is counts


def test_what_holds_comes_after_what_is_known():
    known = Holding(ActivityKind.MANUAL, "SCORE", NOW, value="3", position=7)
    score = NewActivity(ActivityKind.MANUAL, NOW, code="SCORE", value="4")
    page = NewActivity(ActivityKind.ATTESTATION, NOW, code="PAGE", expires_at=NOW)
    found = assume(replace(NOTHING, holdings=(known,)), (), [SALE, score, page]).holdings
    assert found == (
        known,
        Holding(ActivityKind.MANUAL, "SCORE", NOW, value="4", position=9),
        Holding(ActivityKind.ATTESTATION, "PAGE", NOW, NOW, position=10),
    )


@given(st.lists(st.integers(0, 800), max_size=12), st.lists(st.integers(0, 800), max_size=12))
def test_one_after_the_other_is_both_at_once(first: list[int], second: list[int]):
    flows = [
        Flow(Stream(ActivityKind.SALE), YEAR),
        Flow(Stream(ActivityKind.SALE), Interval(None, NOW)),
    ]
    one, two = (
        [replace(SALE, occurred_at=NOW - timedelta(days=days)) for days in each]
        for each in (first, second)
    )
    apart = assume(assume(NOTHING, flows, one), flows, two)
    assert apart == assume(NOTHING, flows, [*one, *two])


def decided(rank: int, *records: NewActivity, **state):
    """A decision on a ladder of two: open to all, and for a page and ten deals."""
    requirement = {"kind": "ALL", "of": [DEALS | {"threshold": 1}, PAGE]}
    high = {"key": "high", "name": "High", "requirement": requirement}
    low = {"key": "low", "name": "Low"}
    policy = FILE["policy"] | {"retention": {"kind": "LIVE"}, "demotion": "TO_QUALIFIED"}
    file = FILE | {"gate": None, "tiers": [low, high], "policy": policy, "benefits": []}
    evaluator = Evaluator(parse_program(file), NOW, "UTC")
    facts = assume(NOTHING, evaluator.flows, records)
    return evaluator.evaluate(facts, State(rank, NOW, NOW, **state))


SEEN = NewActivity(ActivityKind.ATTESTATION, NOW, code="PAGE", evidence="https://a.example")


def test_moves_in_words():
    up = decided(1, SALE, SEEN)
    assert (way(up), why(up)) == (TierDirection.PROMOTION, "All requirements of High are met.")
    assert failing(up) == []
    down = decided(2, SALE)
    assert way(down) is TierDirection.DEMOTION
    assert why(down) == "High is no longer met: A page. Now in Low."
    assert failing(down) == ["A page"]
    placed = decided(0)
    assert way(placed) is TierDirection.PLACED and failing(placed) == []


def test_staying_in_words():
    assert way(decided(1)) is None
    assert why(decided(1)) == "Stays in Low. High is not met: Ten deals; A page."
    assert why(decided(2, SALE, SEEN)) == "Stays in High."
    pinned = decided(2, pin=Pin(2))
    assert why(pinned) == "Stays in High. The vendor holds it there."
