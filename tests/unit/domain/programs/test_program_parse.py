"""What a program file may not say: each mistake is found at its place, with a remedy."""

from datetime import UTC, date, datetime

import pytest

from app.domain.programs.parse import parse_program
from app.domain.programs.problems import ProblemKind as Kind
from app.domain.programs.problems import ProgramError
from tests.unit.domain.programs.sample import (
    CONDITION,
    DEALS,
    FILE,
    PAGE,
    REMOVE,
    SHARE,
    changed_at,
)


def _problems(data):
    with pytest.raises(ProgramError) as caught:
        parse_program(data)
    return caught.value.problems


def _path(steps):
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def test_the_file_of_these_tests_is_right():
    program = parse_program(FILE)
    assert program.tiers[1].requirement.label == "All of: Ten deals; A page; Enough sold"


@pytest.mark.parametrize(
    ("steps", "value", "kind"),
    [
        ([], "text", Kind.WRONG_TYPE),
        ([], None, Kind.WRONG_TYPE),
        (["key"], REMOVE, Kind.MISSING),
        (["key"], None, Kind.MISSING),
        (["key"], "Not A Key", Kind.INVALID),
        (["key"], 5, Kind.WRONG_TYPE),
        (["name"], "x" * 201, Kind.OUT_OF_RANGE),
        (["name"], "   ", Kind.OUT_OF_RANGE),
        (["name"], "a\0b", Kind.INVALID),
        (["name"], "a\ud800b", Kind.INVALID),
        (["nmae"], "x", Kind.UNKNOWN_KEY),
        (["effectiveFrom"], "soon", Kind.INVALID),
        (["effectiveFrom"], "2026-01-01T00:00:00", Kind.INVALID),
        (["effectiveFrom"], datetime(2026, 1, 1), Kind.INVALID),  # noqa: DTZ001 - what is refused
        (["effectiveFrom"], 2026, Kind.INVALID),
        (["partnerTypes"], "MSP", Kind.WRONG_TYPE),
        (["partnerTypes"], [], Kind.OUT_OF_RANGE),
        (["partnerTypes", 0], "MPS", Kind.UNKNOWN_VALUE),
        (["policy", "promotion"], "SOMEDAY", Kind.UNKNOWN_VALUE),
        (["policy", "retention", "days"], REMOVE, Kind.MISSING),
        (["policy", "retention", "days"], 0, Kind.OUT_OF_RANGE),
        (["policy", "retention", "noticeDays"], 31, Kind.OUT_OF_RANGE),
        (["policy", "retention", "period"], {"count": 1, "unit": "YEAR"}, Kind.NOT_APPLICABLE),
        (["policy", "evaluateEvery", "unit"], "WEEK", Kind.UNKNOWN_VALUE),
        (["policy", "evaluateEvery", "count"], True, Kind.WRONG_TYPE),
        (["policy", "entryDeadline", "action"], "BAN", Kind.UNKNOWN_VALUE),
        (["policy", "certification", "validity"], REMOVE, Kind.MISSING),
        (["policy", "programYearStart"], "02-29", Kind.INVALID),
        (["policy", "programYearStart"], "July 1", Kind.INVALID),
        (["gate", "threshold", 0], "VARR", Kind.UNKNOWN_VALUE),
        (["gate", "filters", "attribute"], "SHOE_SIZE", Kind.UNKNOWN_VALUE),
        (["tiers"], [], Kind.OUT_OF_RANGE),
        (["tiers"], {"low": {}}, Kind.WRONG_TYPE),
        (["tiers", 0], "low", Kind.WRONG_TYPE),
        (["tiers", 1, "key"], "low", Kind.DUPLICATE),
        (["tiers", 0, "color"], "silver", Kind.INVALID),
        (["tiers", 1, "requirement", "kind"], "SOME", Kind.UNKNOWN_VALUE),
        (["tiers", 1, "requirement", "kind"], "CONDITION", Kind.NOT_APPLICABLE),
        (["tiers", 1, "requirement", "atLeast"], 1, Kind.NOT_APPLICABLE),
        (["tiers", 1, "requirement", "of"], REMOVE, Kind.MISSING),
        (["tiers", 1, "requirement", "of"], [], Kind.OUT_OF_RANGE),
        (["tiers", 1, "requirement", "of"], [PAGE] * 21, Kind.OUT_OF_RANGE),
        ([*CONDITION, 0, "metric"], "FOO", Kind.UNKNOWN_VALUE),
        ([*CONDITION, 0, "metric"], REMOVE, Kind.MISSING),
        ([*CONDITION, 0, "label"], REMOVE, Kind.MISSING),
        ([*CONDITION, 0, "operator"], "IS_TRUE", Kind.NOT_APPLICABLE),
        ([*CONDITION, 0, "operator"], "=>", Kind.UNKNOWN_VALUE),
        ([*CONDITION, 0, "threshold"], REMOVE, Kind.MISSING),
        ([*CONDITION, 0, "threshold"], "1.5", Kind.INVALID),
        ([*CONDITION, 0, "threshold"], -1, Kind.OUT_OF_RANGE),
        ([*CONDITION, 0, "threshold"], float("nan"), Kind.WRONG_TYPE),
        ([*CONDITION, 0, "threshold"], "many", Kind.WRONG_TYPE),
        ([*CONDITION, 0, "threshold"], "NaN", Kind.WRONG_TYPE),
        ([*CONDITION, 0, "threshold"], True, Kind.WRONG_TYPE),
        ([*CONDITION, 0, "window"], REMOVE, Kind.MISSING),
        ([*CONDITION, 0, "window"], {"kind": "NOW"}, Kind.NOT_APPLICABLE),
        ([*CONDITION, 0, "window", "count"], 3, Kind.NOT_APPLICABLE),
        ([*CONDITION, 0, "filters", "activity"], REMOVE, Kind.MISSING),
        ([*CONDITION, 0, "filters", "motions"], ["RESALE"], Kind.UNKNOWN_KEY),
        ([*CONDITION, 1, "threshold"], 1, Kind.NOT_APPLICABLE),
        ([*CONDITION, 2, "window", "unit"], REMOVE, Kind.MISSING),
        ([*CONDITION, 2, "window", "count"], 0, Kind.OUT_OF_RANGE),
        ([*CONDITION, 2, "filters", "currency"], "dollars", Kind.INVALID),
        ([*CONDITION, 2, "threshold"], {"USD": 1}, Kind.WRONG_TYPE),
        ([*CONDITION, 2, "threshold"], "0.1234567", Kind.INVALID),
        (["benefits", 0, "kind"], "CAKE", Kind.UNKNOWN_VALUE),
        (["benefits", 0, "tiers", "hihg"], {"value": SHARE}, Kind.UNKNOWN_TIER),
        (["benefits", 0, "tiers"], ["high"], Kind.WRONG_TYPE),
        (["benefits", 0, "tiers", "high", "value"], REMOVE, Kind.MISSING),
        (["benefits", 0, "tiers", "high", "value", "rate"], 30, Kind.OUT_OF_RANGE),
        (["benefits", 0, "tiers", "high", "value", "level"], "X", Kind.UNKNOWN_KEY),
        (["benefits", 0, "tiers", "high", "value", "text"], REMOVE, Kind.MISSING),
        (["benefits", 0, "condition"], True, Kind.WRONG_TYPE),
    ],
)
def test_a_mistake_is_found_at_its_place(steps, value, kind):
    found = {
        (problem.path, problem.kind): problem for problem in _problems(changed_at(steps, value))
    }

    assert (_path(steps), kind) in found, found
    problem = found[_path(steps), kind]
    assert problem.message.endswith(".")
    assert problem.remedy
    if kind in (Kind.UNKNOWN_VALUE, Kind.INVALID, Kind.UNKNOWN_KEY):
        assert problem.value == value


def test_a_number_too_long_to_write_out_is_refused_all_the_same():
    changed = changed_at([*CONDITION, 0, "threshold"], 10**5000)
    changed["policy"]["evaluateEvery"]["count"] = 10**5000
    assert {problem.kind for problem in _problems(changed)} == {Kind.OUT_OF_RANGE}


def test_a_program_year_needs_its_first_day():
    changed = changed_at([*CONDITION, 0, "window"], {"kind": "PROGRAM_YEAR"})
    assert parse_program(changed).policy.program_year_start.month == 7
    del changed["policy"]["programYearStart"]
    (problem,) = _problems(changed)
    assert (problem.path, problem.kind) == ("policy.programYearStart", Kind.MISSING)


def test_all_mistakes_are_found_at_once_and_told_together():
    changed = changed_at([*CONDITION, 0, "metric"], "EVENT_CONT")
    changed["tires"] = []
    changed["policy"]["demotion"] = "ALL"
    with pytest.raises(ProgramError) as caught:
        parse_program(changed)

    assert {problem.path for problem in caught.value.problems} == {
        "tiers[1].requirement.of[0].metric",
        "tires",
        "policy.demotion",
    }
    text = str(caught.value)
    assert "tiers[1].requirement.of[0].metric: 'EVENT_CONT' is not known here." in text
    assert "Did you mean EVENT_COUNT?" in text
    assert "Did you mean tiers?" in text


def test_a_mistake_in_a_tier_does_not_hide_it_from_the_benefits():
    problems = _problems(changed_at(["tiers", 1, "name"], REMOVE))
    assert [problem.path for problem in problems] == ["tiers[1].name"]


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-01",
        date(2026, 1, 1),
        "2026-01-01T00:00:00Z",
        "2026-01-01T02:00:00+02:00",
        datetime(2026, 1, 1, tzinfo=UTC),
    ],
)
def test_a_day_begins_at_midnight_in_utc(written):
    program = parse_program(changed_at(["effectiveFrom"], written))
    assert program.effective_from == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("written", [0.2, "0.2", "0.20", "0.200"])
def test_a_rate_has_one_spelling(written):
    steps = ["benefits", 0, "tiers", "high", "value", "rate"]
    program = parse_program(changed_at(steps, written))
    assert program.benefits[0].grants[0].value["rate"] == "0.20"


def test_a_tiers_own_condition_stands_in_for_the_benefits():
    changed = changed_at(["benefits", 0, "condition"], PAGE)
    changed["benefits"][0]["tiers"]["low"] = {"value": SHARE, "condition": DEALS}
    benefit = parse_program(changed).benefits[0]
    assert [(g.tier, benefit.condition_in(g).label) for g in benefit.grants] == [
        ("low", "Ten deals"),
        ("high", "A page"),
    ]
