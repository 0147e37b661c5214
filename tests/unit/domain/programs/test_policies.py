"""How a standing moves: up, asked about, with a deadline to enter, pinned, at risk."""

from dataclasses import replace

import pytest

from app.domain.programs.policies import Pin
from tests.unit.domain.programs.ladders import all_of, condition, ladder
from tests.unit.domain.programs.ledger import NOBODY, at, certified, decide, held
from tests.unit.domain.programs.standing_steps import (
    GRACE,
    HOLD,
    QUARTERLY,
    ladder_of_scores,
    play,
    score,
)


@pytest.mark.parametrize(
    ("value", "rank"), [(9, 0), (10, 1), (19, 1), (20, 2), (29, 2), (30, 3), (99, 3)]
)
@pytest.mark.parametrize("promotion", ["IMMEDIATE", "AT_EVALUATION"])
def test_up_as_far_as_it_qualifies_at_once(promotion, value, rank):
    program = ladder_of_scores(promotion=promotion)
    decision, done = play(program, ("2026-03-02", value))
    assert decision.state.rank == rank
    assert done == ([f"2026-03-02 MOVED 0-{rank}"] if rank else [])


def test_a_tier_holds_whatever_the_tiers_below_ask_for():
    program = ladder_of_scores(score(50), score(20))
    assert play(program, ("2026-03-02", 20))[0].state.rank == 2


def test_without_the_gate_there_is_no_tier():
    program = ladder(None, score(10), gate=condition("ATTESTATION", attestation="PAGE"))
    records = [held("MANUAL", "SCORE", "2026-01-05", value="10")]
    page = held("ATTESTATION", "PAGE", "2026-02-01", "2026-03-01")
    first = decide(program, "2026-02-01", [*records, page])
    assert first.state.rank == 2
    second = decide(program, "2026-03-01", [*records, page], first.state)
    assert second.state.rank == 0
    assert second.happenings[0].data["because"] == ["ATTESTATION True"]


# -- approval --

APPROVAL = {"promotion": "APPROVAL"}


def test_with_approval_the_vendor_is_asked_about_the_highest():
    program = ladder_of_scores(None, score(20), score(30), **APPROVAL)
    decision, done = play(
        program, ("2026-03-02", 5), ("2026-03-03", 20), ("2026-03-04", 30), ("2026-03-05", 5)
    )
    assert done == [
        "2026-03-02 MOVED 0-1",  # what asks for nothing needs nobody's word
        "2026-03-03 APPROVAL_REQUESTED 2",
        "2026-03-04 APPROVAL_WITHDRAWN 2",
        "2026-03-04 APPROVAL_REQUESTED 3",
        "2026-03-05 APPROVAL_WITHDRAWN 3",
    ]
    assert (decision.state.rank, decision.state.asked) == (1, 0)


@pytest.mark.parametrize(
    ("rejected", "until", "moment", "asked"),
    [
        (0, None, "2026-03-02", 3),
        (3, None, "2026-03-02", 2),
        (3, "2026-06-01", "2026-05-31T23:59", 2),
        (3, "2026-06-01", "2026-06-01", 3),
        # Who is refused a tier is not asked about for a higher one.
        (2, "2026-06-01", "2026-05-31", 1),
        (1, "2026-06-01", "2026-05-31", 0),
        (1, "2026-06-01", "2026-06-01", 3),
    ],
)
def test_a_tier_that_was_refused_is_not_asked_for_again_until(rejected, until, moment, asked):
    state = replace(NOBODY, rejected=rejected, rejected_until=until and at(until))
    program = ladder_of_scores(**APPROVAL)
    decision, _ = play(program, (moment, 30), state=state)
    assert (decision.state.rank, decision.state.asked) == (0, asked)


def secret(page):
    """An unpublished amount, and a page."""
    return all_of(score(None), condition("ATTESTATION", attestation=page))


UNPUBLISHED = (None, secret("GOLD"), secret("PLATINUM"))


@pytest.mark.parametrize(
    ("pages", "vouched", "before", "rank", "asked"),
    [
        ([], 0, 1, 1, 0),
        (["GOLD"], 0, 1, 1, 2),
        (["GOLD", "PLATINUM"], 0, 1, 1, 3),
        (["GOLD"], 2, 1, 2, 0),
        (["GOLD", "PLATINUM"], 2, 2, 2, 3),
        (["GOLD", "PLATINUM"], 3, 3, 3, 0),
        # What the vendor answered for holds in the tier below as well ...
        (["GOLD"], 3, 3, 2, 0),
        # ... but not for what is published.
        ([], 3, 3, 1, 0),
    ],
)
def test_the_vendor_answers_for_what_is_unpublished(pages, vouched, before, rank, asked):
    program = ladder_of_scores(*UNPUBLISHED)
    records = [held("ATTESTATION", page, "2026-01-05") for page in pages]
    state = replace(NOBODY, rank=before, vouched=vouched)
    decision = decide(program, "2026-03-02", records, state)
    assert (decision.state.rank, decision.state.asked) == (rank, asked)
    # Higher up the vendor is asked again.
    assert decision.state.vouched == min(vouched, rank)


# -- deadline --


@pytest.mark.parametrize("action", ["NOTIFY", "SUSPEND"])
def test_an_entry_deadline_passes_once(action):
    program = ladder_of_scores(entryDeadline={"days": 90, "action": action})
    joined = replace(NOBODY, enrolled_at=at("2026-01-05T10:00"), since=at("2026-01-05T10:00"))
    early, done = play(program, ("2026-04-01", 5), state=joined)
    assert (done, early.outcome.due_at) == ([], at("2026-04-06"))
    late, done = play(program, ("2026-04-06", 5), ("2026-05-01", 5), state=early.state)
    assert done == ["2026-04-06 DEADLINE_PASSED"]
    assert late.state.deadline_passed_at == at("2026-04-06")
    [told] = play(program, ("2026-04-06", 5), state=early.state)[0].happenings
    assert told.data == {"action": action}


def test_a_deadline_does_not_concern_who_is_in_a_tier():
    program = ladder_of_scores(entryDeadline={"days": 30, "action": "SUSPEND"})
    _, done = play(program, ("2026-01-05", 10), ("2026-06-01", 10))
    assert done == ["2026-01-05 MOVED 0-1"]


# -- pins --


@pytest.mark.parametrize(("rank", "value"), [(1, 30), (3, 5)])
def test_a_pin_holds_whatever_the_facts_say_until_it_expires(rank, value):
    program = ladder_of_scores()
    state = replace(NOBODY, rank=2, pin=Pin(rank, at("2026-04-15")))
    decision, done = play(program, ("2026-03-02", value), ("2026-04-14", None), state=state)
    assert done == [f"2026-03-02 MOVED 2-{rank}"]
    assert decision.outcome.due_at == at("2026-04-15")
    assert (decision.state.at_risk_on, decision.state.asked) == (None, 0)
    after, done = play(program, ("2026-04-15", value), state=decision.state)
    qualified = 3 if value == 30 else 0
    assert done == [f"2026-04-15 PIN_ENDED {rank}", f"2026-04-15 MOVED {rank}-{qualified}"]
    assert after.state.pin is None


def test_a_pin_ends_a_grace_and_a_new_one_begins_after_it():
    program = ladder_of_scores(retention=GRACE)
    graced, _ = play(program, ("2026-03-02", 30), ("2026-03-09", 10))
    pinned = replace(graced.state, pin=Pin(3, at("2026-05-15")))
    _, done = play(program, ("2026-03-10", 10), ("2026-05-15", None), state=pinned)
    assert done == [
        "2026-03-10 GRACE_ENDED 3 recovered",
        "2026-03-10 RISK_ENDED 3",
        "2026-05-15 PIN_ENDED 3",
        "2026-05-15 GRACE_STARTED 3 06-14",
        "2026-05-15 AT_RISK 3 06-14",
    ]


# -- looking ahead --


@pytest.mark.parametrize(
    ("policy", "until", "on"),
    [
        ({}, "2026-03-31", "2026-04-01"),
        ({}, "2026-04-01", "2026-04-01"),
        ({}, "2026-04-02", None),
        ({"evaluateEvery": QUARTERLY}, "2026-04-01", "2026-04-01"),
        ({"retention": GRACE}, "2026-04-01", "2026-05-01"),
        ({"retention": HOLD}, "2026-04-01", "2026-07-01"),
        ({"demotion": "NONE"}, "2026-04-01", None),
    ],
)
def test_at_risk_is_who_will_fall_at_the_next_evaluation(policy, until, on):
    program = ladder_of_scores(
        None,
        condition("CERTIFIED_PEOPLE", 1, holdsAny=["SALES"]),
        **{"promotion": "AT_EVALUATION"} | policy,
    )
    records = certified("ann", "SALES", until=until)
    decision = decide(program, "2026-03-02", records, replace(NOBODY, rank=2))
    assert decision.state.rank == 2
    assert decision.state.at_risk_on == (on and at(on))
    assert decision.state.at_risk_because == (("CERTIFIED_PEOPLE 1",) if on else ())


@pytest.mark.parametrize(
    ("promotion", "due"), [("IMMEDIATE", "2026-03-20"), ("AT_EVALUATION", "2026-04-01")]
)
def test_an_immediate_program_looks_as_soon_as_a_certification_runs_out(promotion, due):
    program = ladder_of_scores(
        None, condition("CERTIFIED_PEOPLE", 1, holdsAny=["SALES"]), promotion=promotion
    )
    records = certified("ann", "SALES", until="2026-03-20")
    decision = decide(program, "2026-03-02", records, replace(NOBODY, rank=2))
    assert decision.outcome.due_at == at(due)


@pytest.mark.parametrize(
    ("retention", "on"),
    [({"kind": "LIVE"}, "2026-03-20"), (GRACE, "2026-04-19"), (HOLD, "2026-07-01")],
)
def test_an_immediate_program_falls_as_soon_as_something_runs_out(retention, on):
    program = ladder_of_scores(
        None, condition("CERTIFIED_PEOPLE", 2, holdsAny=["SALES"]), retention=retention
    )
    records = [
        *certified("ann", "SALES", until="2026-03-10"),
        *certified("bob", "SALES", until="2026-03-20"),
        *certified("cy", "SALES"),
    ]
    decision = decide(program, "2026-03-02", records, replace(NOBODY, rank=2))
    assert decision.state.at_risk_on == at(on)
    assert decision.outcome.due_at == at("2026-03-10")
