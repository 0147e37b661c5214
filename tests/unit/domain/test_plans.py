"""Plans: upgrade order, company sizes, trials, payers."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import ErrorCode, Problem
from app.domain.partners import BillingModel
from app.domain.plans import (
    Bracket,
    Payer,
    PlanCode,
    bracket_of,
    payer_for,
    starting_plan,
    trial_end,
    upgrade_problem,
)

FREE, ASSESSMENT, FULL = PlanCode
EDGES = [1, 11, 51, 201, 501, 1001, 5001, 10001, None]
BRACKETS = [Bracket(f"from {low}", low or 0, high) for low, high in pairwise(EDGES)]


@pytest.mark.parametrize(
    ("current", "target", "code"),
    [
        (FREE, FREE, ErrorCode.ALREADY_ON_PLAN),
        (FREE, ASSESSMENT, None),
        (FREE, FULL, None),
        (ASSESSMENT, FREE, ErrorCode.DOWNGRADE_NOT_ALLOWED),
        (ASSESSMENT, ASSESSMENT, ErrorCode.ALREADY_ON_PLAN),
        (ASSESSMENT, FULL, None),
        (FULL, FREE, ErrorCode.DOWNGRADE_NOT_ALLOWED),
        (FULL, ASSESSMENT, ErrorCode.DOWNGRADE_NOT_ALLOWED),
        (FULL, FULL, ErrorCode.ALREADY_ON_PLAN),
    ],
)
def test_the_upgrade_order(current: PlanCode, target: PlanCode, code: ErrorCode | None) -> None:
    problem = upgrade_problem(current, target, "planCode")
    assert (problem and problem.code) == code
    assert problem is None or problem.field == ("planCode",)


@pytest.mark.parametrize(
    ("named", "of_template", "plan"),
    [(FREE, None, FREE), (None, FULL, FULL), (ASSESSMENT, ASSESSMENT, ASSESSMENT)],
)
def test_a_plan_or_a_template_or_both_that_agree(
    named: PlanCode | None, of_template: PlanCode | None, plan: PlanCode
) -> None:
    assert starting_plan(named, of_template, "start") is plan


@pytest.mark.parametrize(
    ("named", "of_template", "code", "field"),
    [
        (None, None, ErrorCode.REQUIRED, ("start",)),
        (FREE, FULL, ErrorCode.PLAN_CONFLICT, ("start", "planCode")),
        (FULL, FREE, ErrorCode.PLAN_CONFLICT, ("start", "planCode")),
    ],
)
def test_no_plan_and_two_plans_are_problems(
    named: PlanCode | None,
    of_template: PlanCode | None,
    code: ErrorCode,
    field: tuple[str, ...],
) -> None:
    problem = starting_plan(named, of_template, "start")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.field) == (code, field)


@pytest.mark.parametrize(
    ("employees", "code"),
    [
        (1, "from 1"),
        (10, "from 1"),
        (11, "from 11"),
        (50, "from 11"),
        (51, "from 51"),
        (10_000, "from 5001"),
        (10_001, "from 10001"),
        (2_000_000, "from 10001"),
        (0, None),
        (-3, None),
    ],
)
def test_the_size_of_a_number_of_employees(employees: int, code: str | None) -> None:
    found = bracket_of(employees, BRACKETS)
    assert (found and found.code) == code


@given(st.integers(1, 10**9))
def test_every_number_of_employees_has_exactly_one_size(employees: int) -> None:
    fitting = [bracket for bracket in BRACKETS if bracket_of(employees, [bracket])]
    assert fitting == [bracket_of(employees, BRACKETS)]


def test_who_pays() -> None:
    assert payer_for(BillingModel.RESELLER) is Payer.PARTNER
    assert payer_for(BillingModel.NON_RESELLER) is Payer.CLIENT


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("UTC", datetime(2026, 4, 3, 9, tzinfo=UTC)),
        # Summer time began in between: nine o'clock there is an hour earlier in UTC.
        ("Europe/Berlin", datetime(2026, 4, 3, 8, tzinfo=UTC)),
    ],
)
def test_a_trial_ends_at_the_same_time_of_day_for_the_vendor(zone: str, end: datetime) -> None:
    assert trial_end(datetime(2026, 3, 20, 9, tzinfo=UTC), 14, ZoneInfo(zone)) == end


def test_no_trial_ends_when_it_begins() -> None:
    at = datetime(2026, 3, 20, 9, tzinfo=UTC)
    assert trial_end(at, 0, ZoneInfo("Europe/Berlin")) == at
