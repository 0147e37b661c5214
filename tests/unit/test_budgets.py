"""Budgets: what is taken, what comes back, and who is told to wait how long."""

import pytest

from app.budgets import BudgetExceeded, Budgets, Tab


class Seconds:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_a_bucket_is_full_at_first_and_fills_up_again(seconds: Seconds):
    budgets = Budgets(100, 10, seconds)
    assert budgets.charge("a", 70) == 30
    seconds.at += 2.5
    assert budgets.charge("a", 50) == 5
    seconds.at += 1000
    assert budgets.charge("a", 1) == 99


def test_what_is_refused_costs_nothing_and_says_when(seconds: Seconds):
    budgets = Budgets(100, 10, seconds)
    budgets.charge("a", 90)
    for _ in range(3):
        with pytest.raises(BudgetExceeded, match="costs 45 values and 10 are left") as refused:
            budgets.charge("a", 45)
        assert (refused.value.retry_after, refused.value.remaining) == (4, 10)
    seconds.at += refused.value.retry_after
    assert budgets.charge("a", 45) == 5


def test_the_shortest_wait_is_a_second(seconds: Seconds):
    budgets = Budgets(100, 1000, seconds)
    budgets.charge("a", 100)
    with pytest.raises(BudgetExceeded, match="in 1 second,") as refused:
        budgets.charge("a", 1)
    assert refused.value.retry_after == 1


def test_each_actor_has_a_bucket_of_its_own(seconds: Seconds):
    budgets = Budgets(100, 10, seconds)
    budgets.charge("a", 100)
    assert budgets.charge("b", 100) == 0


def test_what_costs_more_than_a_bucket_takes_a_full_one(seconds: Seconds):
    budgets = Budgets(100, 10, seconds)
    assert budgets.charge("a", 250) == 0
    with pytest.raises(BudgetExceeded) as refused:
        budgets.charge("a", 250)
    assert refused.value.retry_after == 10


def test_those_not_seen_for_the_longest_time_are_forgotten(seconds: Seconds, monkeypatch):
    monkeypatch.setattr("app.budgets.REMEMBERED", 2)
    budgets = Budgets(100, 10, seconds)
    for actor in ("a", "b", "a", "c"):
        budgets.charge(actor, 40)
    assert budgets.charge("b", 0) == 100


def test_past_answers_are_paid_in_parts_and_leave_half_of_a_bucket(seconds: Seconds):
    budgets = Budgets(100, 30, seconds)
    tab = Tab(budgets, "a", 10)
    assert tab.pay(7) == 3
    assert tab.pay(2) == 2
    with pytest.raises(BudgetExceeded) as refused:
        tab.pay(7)
    assert (refused.value.retry_after, refused.value.remaining) == (1, 50)
    assert budgets.charge("a", 50) == 0
    seconds.at += 3
    assert tab.pay(7) == 3
    # One that costs more than the half takes all of it.
    dear = Tab(budgets, "b", 80)
    assert dear.pay(7) == 1
    assert budgets.charge("b", 0) == 50
