"""What a requirement tree may not say."""

import pytest

from app.domain.programs.parse import parse_program
from app.domain.programs.problems import ProblemKind as Kind
from app.domain.programs.problems import ProgramError
from tests.unit.domain.programs.sample import DEALS, MONEY, PAGE, TYPE, changed_at


def _problems(data):
    with pytest.raises(ProgramError) as caught:
        parse_program(data)
    return caught.value.problems


@pytest.mark.parametrize(
    ("requirement", "path", "kind"),
    [
        ({"kind": "AT_LEAST", "of": [PAGE]}, "requirement.atLeast", Kind.MISSING),
        (
            {"kind": "AT_LEAST", "atLeast": 2, "of": [PAGE]},
            "requirement.atLeast",
            Kind.OUT_OF_RANGE,
        ),
        ({"kind": "NOT", "of": [PAGE, DEALS]}, "requirement.of", Kind.OUT_OF_RANGE),
        ({"label": "?", "operator": "GTE"}, "requirement.metric", Kind.MISSING),
        ({"of": [PAGE]}, "requirement.kind", Kind.MISSING),
        ([], "requirement", Kind.WRONG_TYPE),
        (
            DEALS | {"operator": "BETWEEN", "threshold": {"low": 5, "high": 1}},
            "requirement.threshold",
            Kind.OUT_OF_RANGE,
        ),
        (
            MONEY | {"filters": {"revenue": "SOLD_ARR", "currency": "LOCAL"}},
            "requirement.threshold",
            Kind.WRONG_TYPE,
        ),
        (
            DEALS | {"operator": "BETWEEN", "threshold": {"low": 5}},
            "requirement.threshold.high",
            Kind.MISSING,
        ),
        (
            MONEY
            | {
                "filters": {"revenue": "SOLD_ARR", "currency": "LOCAL"},
                "operator": "BETWEEN",
                "threshold": {"low": 1, "high": 5},
            },
            "requirement.threshold",
            Kind.NOT_APPLICABLE,
        ),
        (
            DEALS
            | {
                "metric": "RATIO",
                "filters": {
                    "numerator": {"metric": "SALES"},
                    "denominator": {"metric": "EVENT_COUNT", "filters": {"activity": "SALE"}},
                },
            },
            "requirement.filters.numerator.metric",
            Kind.UNKNOWN_VALUE,
        ),
        (TYPE | {"threshold": ["VAR", "VAR"]}, "requirement.threshold[1]", Kind.DUPLICATE),
        (
            {
                "metric": "CERTIFIED_PEOPLE",
                "label": "People",
                "filters": {},
                "operator": "GTE",
                "threshold": 1,
            },
            "requirement.filters",
            Kind.MISSING,
        ),
        (
            {
                "metric": "GROWTH",
                "label": "Growth",
                "filters": {"of": {"metric": "TENURE", "filters": {"unit": "YEAR"}}},
                "operator": "GTE",
                "threshold": "0.1",
                "window": {"kind": "CALENDAR", "unit": "YEAR"},
            },
            "requirement.filters.of.metric",
            Kind.NOT_APPLICABLE,
        ),
        (
            {
                "metric": "POINTS",
                "label": "Points",
                "filters": {
                    "weights": [
                        {
                            "activity": "SALE",
                            "points": 1,
                            "perAmount": 100,
                            "effectiveFrom": "2026-01-01",
                        }
                    ]
                },
                "operator": "GTE",
                "threshold": 5,
                "window": {"kind": "LIFETIME"},
            },
            "requirement.filters.weights[0]",
            Kind.MISSING,
        ),
    ],
)
def test_a_wrong_requirement_is_found_at_its_place(requirement, path, kind):
    problems = _problems(changed_at(["tiers", 1, "requirement"], requirement))
    assert [(problem.path, problem.kind) for problem in problems] == [(f"tiers[1].{path}", kind)]


def test_a_tree_that_goes_on_for_ever_is_refused():
    endless = {"kind": "ALL", "of": []}
    endless["of"].append(endless)
    (problem,) = _problems(changed_at(["gate"], endless))
    assert (problem.path, problem.kind) == ("gate" + ".of[0]" * 5, Kind.OUT_OF_RANGE)
