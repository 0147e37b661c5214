"""What holds of every evaluation, whatever the program, the facts and the standing."""

import random
from dataclasses import replace

import orjson
from hypothesis import given, note, settings
from hypothesis import strategies as st

from app.domain.programs.canonical import checksum, program_json
from app.domain.programs.evaluation import Evaluator, digest, replay
from app.domain.programs.facts import Facts, Total
from app.domain.programs.parse import parse_program
from tests.unit.domain.programs.ledger import facts_of
from tests.unit.domain.programs.partners import moments, partners, rates, records, states, zones
from tests.unit.domain.programs.strategies import programs


@st.composite
def evaluations(draw):
    """An evaluator, records of a partner, the partner, and its standing."""
    program = parse_program(draw(programs()))
    moment = draw(moments)
    evaluator = Evaluator(program, moment, draw(zones), draw(rates))
    told = draw(records(program, moment))
    return evaluator, told, draw(partners), draw(states(program, moment))


@settings(max_examples=80, deadline=None)
@given(evaluations())
def test_evaluating_again_changes_nothing_more(given_):
    evaluator, told, partner, state = given_
    facts = facts_of(told, evaluator, partner)
    first = evaluator.evaluate(facts, state)
    second = evaluator.evaluate(facts, first.state)
    assert second.happenings == ()
    assert second.state == first.state
    assert second.outcome.due_at == first.outcome.due_at


@settings(max_examples=80, deadline=None)
@given(evaluations())
def test_the_outcome_is_a_tier_and_is_looked_at_again_later(given_):
    evaluator, told, partner, state = given_
    decision = evaluator.evaluate(facts_of(told, evaluator, partner), state)
    assert 0 <= decision.state.rank <= len(evaluator.program.tiers)
    assert 0 <= decision.state.vouched <= len(evaluator.program.tiers)
    assert decision.outcome.due_at > evaluator.moment
    if decision.state.at_risk_on and not decision.state.pin:
        assert decision.state.at_risk_on > evaluator.moment


@settings(max_examples=80, deadline=None)
@given(evaluations())
def test_what_was_kept_evaluates_to_the_same(given_):
    evaluator, told, partner, state = given_
    decision = evaluator.evaluate(facts_of(told, evaluator, partner), state)
    kept = orjson.loads(orjson.dumps([program_json(evaluator.program), decision.inputs()]))
    again = replay(*kept)
    assert orjson.dumps(again.result()) == orjson.dumps(decision.result())
    assert again.effects() == decision.effects()
    assert again.outcome == decision.outcome
    assert again.inputs() == decision.inputs()


@settings(max_examples=80, deadline=None)
@given(evaluations(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_come_in_does_not_matter(given_, chance: random.Random):
    evaluator, told, partner, state = given_
    facts = facts_of(told, evaluator, partner)
    shuffled = _shuffled(facts, chance)
    one, other = (evaluator.evaluate(each, state) for each in (facts, shuffled))
    assert other.outcome == one.outcome
    assert other.result() == one.result()
    sum_ = checksum(evaluator.program)
    assert digest(sum_, other.inputs()) == digest(sum_, one.inputs())


def _shuffled(facts: Facts, chance: random.Random) -> Facts:
    def mixed(items):
        items = list(items)
        chance.shuffle(items)
        return items

    totals = {
        flow: Total(total.quantity, total.records, dict(mixed(total.amounts.items())))
        for flow, total in mixed(facts.totals.items())
    }
    return replace(facts, totals=totals, holdings=mixed(facts.holdings))


@settings(max_examples=80, deadline=None)
@given(evaluations(), st.randoms(use_true_random=False))
def test_nor_does_the_order_in_which_records_are_told(given_, chance: random.Random):
    evaluator, told, partner, state = given_
    # Of two values set for the same moment, the one that was told last counts.
    set_ = [(r.kind, r.code, r.occurred_at) for r in told if r.value is not None]
    if len(set(set_)) < len(set_):
        return
    mixed = list(told)
    chance.shuffle(mixed)
    one, other = (
        evaluator.evaluate(facts_of(each, evaluator, partner), state) for each in (told, mixed)
    )
    assert other.outcome == one.outcome
    assert other.result() == one.result()
    # What is kept differs in nothing but the places of the records.
    assert _placeless(other.inputs()) == _placeless(one.inputs())


def _placeless(inputs):
    facts = inputs["facts"]
    holdings = [{**each, "position": 0} for each in facts["holdings"]]
    return {**inputs, "facts": {**facts, "holdings": sorted(holdings, key=orjson.dumps)}}


@settings(max_examples=80, deadline=None)
@given(evaluations())
def test_a_tier_that_only_unpublished_conditions_keep_one_out_of_is_never_reached(given_):
    evaluator, told, partner, state = given_
    facts = facts_of(told, evaluator, partner)
    state = replace(state, vouched=0, pin=None)
    decision = evaluator.evaluate(facts, state)
    note(str(decision.effects()))
    open_ = [tier for tier in decision.result()["tiers"] if tier["met"] == "UNPUBLISHED"]
    moved = [h for h in decision.happenings if h.effect == "MOVED"]
    for move in moved:
        if move.data["toRank"] > move.data["fromRank"]:
            assert move.data["toRank"] not in [tier["rank"] for tier in open_]
