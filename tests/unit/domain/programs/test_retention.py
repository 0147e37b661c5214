"""How long a tier outlives its requirements, and how far a partner falls after that."""

from dataclasses import replace

import pytest

from tests.unit.domain.programs.ledger import NOBODY, at
from tests.unit.domain.programs.standing_steps import GRACE, HOLD, QUARTERLY, ladder_of_scores, play


def test_live_falls_at_once():
    decision, done = play(ladder_of_scores(), ("2026-03-02", 30), ("2026-03-09", 10))
    assert done == ["2026-03-02 MOVED 0-3", "2026-03-09 MOVED 3-1"]
    assert decision.happenings[0].data["because"] == ["MANUAL 30"]


def test_a_hold_lasts_to_the_end_of_the_period():
    program = ladder_of_scores(retention=HOLD, evaluateEvery=QUARTERLY)
    decision, done = play(
        program,
        ("2026-03-02", 30),
        ("2026-03-09", 10),
        ("2026-04-01", None),
        ("2026-06-30", None),
        ("2026-07-01", None),
    )
    assert done == [
        "2026-03-02 MOVED 0-3",
        "2026-03-09 HELD 3 07-01",
        "2026-03-09 AT_RISK 3 07-01",
        "2026-07-01 HOLD_ENDED 3 over",
        "2026-07-01 MOVED 3-1",
        "2026-07-01 RISK_ENDED 1",
    ]
    assert decision.state.held_until == at("2027-01-01")


def test_who_qualifies_again_is_held_no_longer_and_anew_the_next_time():
    program = ladder_of_scores(retention=HOLD, evaluateEvery=QUARTERLY)
    decision, done = play(
        program, ("2026-03-02", 30), ("2026-03-09", 10), ("2026-04-01", 30), ("2026-09-01", 10)
    )
    assert done[3:] == [
        "2026-04-01 HOLD_ENDED 3 recovered",
        "2026-04-01 RISK_ENDED 3",
        "2026-09-01 MOVED 3-1",  # nobody looked at it since the first half of the year
    ]
    assert decision.state.hold_since is None


def test_a_grace_is_noticed_and_ends():
    program = ladder_of_scores(retention=GRACE)
    decision, done = play(
        program,
        ("2026-03-02T09:30", 30),
        ("2026-03-09T09:30", 10),
        ("2026-03-30", None),
        ("2026-03-31", None),
        ("2026-04-08", None),
        ("2026-04-09", None),
    )
    assert done == [
        "2026-03-02 MOVED 0-3",
        "2026-03-09 GRACE_STARTED 3 04-09",
        "2026-03-09 AT_RISK 3 04-09",
        "2026-03-30 GRACE_NOTICE 3 04-09",
        "2026-04-09 GRACE_ENDED 3 over",
        "2026-04-09 MOVED 3-1",
        "2026-04-09 RISK_ENDED 1",
    ]
    assert decision.state.grace_until is None and decision.state.grace_noticed_at is None


@pytest.mark.parametrize(
    ("back_to", "done"),
    [
        (20, ["GRACE_ENDED 2 recovered", "RISK_ENDED 2"]),
        (30, ["GRACE_ENDED 2 recovered", "MOVED 2-3", "RISK_ENDED 3"]),
    ],
)
def test_who_qualifies_again_is_out_of_its_grace(back_to, done):
    program = ladder_of_scores(retention=GRACE)
    steps = ("2026-03-02", 20), ("2026-03-09", 10), ("2026-04-01", back_to)
    decision, told = play(program, *steps)
    assert told[3:] == [f"2026-04-01 {each}" for each in done]
    assert decision.state.grace_since is None and decision.state.at_risk_on is None


@pytest.mark.parametrize(
    ("zone", "moment", "until", "notice"),
    [
        ("UTC", "2026-03-01", "2026-03-31", "2026-03-21"),
        ("UTC", "2026-03-01T00:01", "2026-04-01", "2026-03-22"),
        # From a local midnight to a local midnight, over a day of 23 hours and one of 25.
        ("America/New_York", "2026-03-01T05:00", "2026-03-31T04:00", "2026-03-21T04:00"),
        ("America/New_York", "2026-03-10T04:00", "2026-04-09T04:00", "2026-03-30T04:00"),
        ("America/New_York", "2026-10-05T04:00", "2026-11-04T05:00", "2026-10-25T04:00"),
    ],
)
def test_a_grace_ends_at_midnight_after_its_days(zone, moment, until, notice):
    program = ladder_of_scores(retention=GRACE, evaluateEvery={"count": 1, "unit": "YEAR"})
    state = replace(NOBODY, rank=3)
    decision, _ = play(program, (moment, 5), state=state, zone=zone)
    assert decision.state.grace_until == at(until)
    assert decision.outcome.due_at == at(notice)


# -- falling --


@pytest.mark.parametrize(
    ("demotion", "ranks"),
    [("ONE_STEP", [2, 2, 1, 1, 0]), ("TO_QUALIFIED", [0] * 5), ("NONE", [3] * 5)],
)
def test_how_far_it_falls_live(demotion, ranks):
    program = ladder_of_scores(demotion=demotion)
    state = replace(NOBODY, rank=3)
    found = []
    for moment in ["2026-03-02", "2026-03-31", "2026-04-01", "2026-04-02", "2026-05-01"]:
        decision, _ = play(program, (moment, 5), state=state)
        state = decision.state
        found.append(state.rank)
    assert found == ranks


@pytest.mark.parametrize(
    ("retention", "begins_anew"),
    [(GRACE, "GRACE_STARTED 2 05-09"), (HOLD, "HELD 2 07-01")],
)
def test_one_step_down_begins_anew_in_the_tier_below(retention, begins_anew):
    program = ladder_of_scores(retention=retention, demotion="ONE_STEP")
    state = replace(NOBODY, rank=3, grace_since=at("2026-03-09"), grace_until=at("2026-04-09"))
    if retention is HOLD:
        state = replace(NOBODY, rank=3, hold_since=at("2026-03-09"), held_until=at("2026-04-09"))
    decision, done = play(program, ("2026-04-09", 5), state=state)
    assert decision.state.rank == 2
    assert f"2026-04-09 {begins_anew}" in done


@pytest.mark.parametrize(
    ("before", "after", "done"),
    [
        (GRACE, HOLD, ["GRACE_ENDED 3 over", "HELD 3 07-01"]),
        (HOLD, GRACE, ["HOLD_ENDED 3 over", "GRACE_STARTED 3 04-11"]),
        (GRACE, {"kind": "LIVE"}, ["GRACE_ENDED 3 over", "MOVED 3-1", "RISK_ENDED 1"]),
    ],
)
def test_a_new_version_keeps_in_its_own_way(before, after, done):
    first, _ = play(ladder_of_scores(retention=before), ("2026-03-02", 30), ("2026-03-09", 10))
    program = ladder_of_scores(retention=after)
    second, told = play(program, ("2026-03-12", 10), state=first.state)
    assert told == [f"2026-03-12 {each}" for each in done]
    assert second.state.at_risk_on == (None if second.state.rank == 1 else _until(second.state))


def _until(state):
    return state.grace_until or state.held_until
