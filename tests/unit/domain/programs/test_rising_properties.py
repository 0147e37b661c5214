"""What holds of ladders that can be climbed: more never hurts, and what is foretold comes true."""

from dataclasses import replace
from decimal import Decimal

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.money import minor_digits
from app.domain.programs.canonical import program_json
from app.domain.programs.evaluation import Evaluator, replay
from app.domain.programs.explaining import leaves, value_json
from app.domain.programs.facts import PartnerFacts, Rate, Rates
from app.domain.programs.model import MonthDay
from app.domain.programs.parse import parse_program
from app.domain.programs.periods import Calendar
from app.domain.programs.vocabulary import Metric
from tests.unit.domain.programs.ladders import all_of, money
from tests.unit.domain.programs.ledger import JOINED, at, decide, facts_of
from tests.unit.domain.programs.monotone_ladders import (
    FOREVER,
    HELD,
    LONG,
    MOMENT,
    conditions,
    facts,
    ladders,
    standings,
)
from tests.unit.domain.programs.monotone_ladders import records as told

RATES = Rates(
    [
        Rate("EUR", "USD", at("2024-01-01"), Decimal("1.10")),
        Rate("EUR", "USD", at("2026-01-20"), Decimal("1.25")),
        Rate("GBP", "USD", at("2025-12-24"), Decimal("1.30")),
    ]
)
ZONE = "America/New_York"
currencies = st.sampled_from(["USD", "EUR"])
partners = currencies.map(lambda currency: PartnerFacts("VAR", currency, JOINED))


@st.composite
def placed(draw, **how):
    """A program, a partner's records, the partner and its standing."""
    program = draw(ladders(**how))
    return program, draw(told()), draw(partners), draw(standings(program))


def outcome(program, records, partner, state, moment=MOMENT):
    return decide(program, moment, records, state, partner, ZONE, RATES)


@settings(max_examples=200, deadline=None)
@given(placed(), st.lists(facts, min_size=1, max_size=3))
def test_more_of_what_is_asked_for_never_lowers_a_tier(given_, more):
    program, records, partner, state = given_
    before = outcome(program, records, partner, state)
    after = outcome(program, [*records, *more], partner, state)
    assert after.state.rank >= before.state.rank
    assert after.verdict.qualified() >= before.verdict.qualified()


@settings(max_examples=150, deadline=None)
@given(placed())
def test_evaluating_again_changes_nothing_and_so_does_replaying(given_):
    first = outcome(*given_)
    program, records, partner, _ = given_
    again = outcome(program, records, partner, first.state)
    assert (again.happenings, again.state) == ((), first.state)
    kept = orjson.loads(orjson.dumps([program_json(program), first.inputs()]))
    replayed = replay(*kept)
    assert orjson.dumps(replayed.result()) == orjson.dumps(first.result())
    assert replayed.outcome == first.outcome


@settings(max_examples=150, deadline=None)
@given(placed())
def test_values_are_what_the_records_come_to(given_):
    program, records, partner, _ = given_
    found = list(leaves({"result": None, "of": _roots(outcome(*given_).result())}))
    wanted = [condition for root in program.requirements() for condition in root.conditions()]
    assert len(found) == len(wanted)
    for condition, result in zip(wanted, found, strict=True):
        values = _plain_values(condition, records, partner)
        if values is not None:
            parts = [each["value"] for each in result["buckets"]] or [result["value"]]
            assert parts == [value_json(value) for value in values]


def _roots(result):
    roots = [result["gate"], *(tier["requirement"] for tier in result["tiers"])]
    return [root for root in roots if root]


def _plain_values(condition, records, partner):
    """Record by record, each at the rate of its own moment."""
    calendar = Calendar(ZONE, MonthDay(7, 15))
    filters = condition.filters
    if condition.metric is Metric.MONEY_SUM:
        target = partner.currency if filters["currency"] == "LOCAL" else filters["currency"]
        return [
            sum(
                (
                    _converted(r, target)
                    for r in records
                    if r.revenue == filters["revenue"] and r.occurred_at in interval
                ),
                Decimal(0),
            )
            for interval in calendar.intervals(condition.window, MOMENT)
        ]
    if condition.metric is Metric.EVENT_COUNT:
        return [
            Decimal(
                sum(
                    r.quantity
                    for r in records
                    if r.kind == filters["activity"] and r.occurred_at in interval
                )
            )
            for interval in calendar.intervals(condition.window, MOMENT)
        ]
    return None


def _converted(record, target):
    major = Decimal(record.amount).scaleb(-minor_digits(record.currency))
    if record.currency == target:
        return major
    [rate] = [
        r.rate for r in RATES.all if r.base == "EUR" and r.effective_from <= record.occurred_at
    ][-1:]
    return major * rate if target == "USD" else major / rate


@settings(max_examples=200, deadline=None)
@given(
    placed(leaves=HELD)
    | placed(leaves=conditions(FOREVER))
    | placed(leaves=conditions(LONG), promotion="AT_EVALUATION"),
    st.sampled_from([True, True, False]),
)
def test_a_partner_falls_when_it_was_told_and_not_before(given_, climbed):
    program, records, partner, state = given_
    if climbed:
        state = replace(state, rank=outcome(*given_).verdict.qualified())
    decision = outcome(program, records, partner, state)
    rank, on = decision.state.rank, decision.state.at_risk_on
    scheduled = decision.evaluator.then.moment
    # Nothing is added: only time passes.
    while decision.outcome.due_at < (on or scheduled):
        due = decision.outcome.due_at
        decision = outcome(program, records, partner, decision.state, due)
        assert decision.state.rank >= rank
        if decision.state.rank > rank:
            return
    assert decision.outcome.due_at == (on or scheduled)
    decision = outcome(program, records, partner, decision.state, decision.outcome.due_at)
    assert (decision.state.rank < rank) is (on is not None)


@settings(max_examples=100, deadline=None)
@given(placed())
def test_a_partner_is_placed_by_what_it_qualifies_for(given_):
    program, records, partner, state = given_
    evaluator = Evaluator(program, MOMENT, ZONE, RATES)
    verdict = evaluator.now.verdict(facts_of(records, evaluator, partner))
    met = [
        tier.rank
        for tier, answer in zip(program.tiers, verdict.tiers, strict=True)
        if answer == "MET"
    ]
    assert verdict.qualified() == max(met, default=0)
    new = outcome(program, records, partner, replace(state, rank=0))
    if program.policy.promotion == "APPROVAL":
        assert (new.state.rank, new.state.asked) == (0, verdict.qualified())
    else:
        assert (new.state.rank, new.state.asked) == (verdict.qualified(), 0)


@settings(max_examples=100, deadline=None)
@given(placed())
def test_what_is_not_published_never_holds_without_the_vendor(given_):
    program, records, partner, state = given_
    qualified = outcome(*given_).verdict.qualified()
    secret = program_json(program)
    for tier in secret["tiers"]:
        tier["requirement"] = all_of(money(None), tier["requirement"])
    new = replace(state, rank=0)
    alone = outcome(parse_program(secret), records, partner, new)
    # The vendor is asked about the highest tier of which all else holds.
    assert (alone.state.rank, alone.state.asked) == (0, qualified)
    if program.policy.promotion != "APPROVAL":
        vouched = replace(new, vouched=len(program.tiers))
        assert outcome(parse_program(secret), records, partner, vouched).state.rank == qualified
