"""The sentence of a requirement, and the form in which trees are stored and served."""

from decimal import Decimal

import pytest

from app.domain.programs.canonical import requirement_json
from app.domain.programs.model import (
    Between,
    ByCurrency,
    Condition,
    Requirement,
    Window,
    decimal_text,
)
from app.domain.programs.thresholds import threshold_text
from app.domain.programs.vocabulary import Metric, Operator, RequirementKind, WindowKind


def _leaf(label):
    window = Window(WindowKind.LIFETIME)
    condition = Condition(
        Metric.EVENT_COUNT, Operator.GTE, Decimal(2), window, label, "EVENT", {"activity": "SALE"}
    )
    return Requirement(RequirementKind.CONDITION, condition=condition)


A, B, C = _leaf("a"), _leaf("b"), _leaf("c")
ANY = Requirement(RequirementKind.ANY, (A, B))


@pytest.mark.parametrize(
    ("requirement", "label"),
    [
        (A, "a"),
        (Requirement(RequirementKind.ALL, (A,)), "a"),
        (Requirement(RequirementKind.ALL, (A, B)), "All of: a; b"),
        (ANY, "Any of: a; b"),
        (Requirement(RequirementKind.AT_LEAST, (A, B, C), 2), "At least 2 of: a; b; c"),
        (Requirement(RequirementKind.NOT, (A,)), "Not: a"),
        (Requirement(RequirementKind.NOT, (ANY,)), "Not: (Any of: a; b)"),
        (Requirement(RequirementKind.ALL, (ANY, C)), "All of: (Any of: a; b); c"),
    ],
)
def test_the_label_of_a_node(requirement, label):
    assert requirement.label == label
    assert requirement_json(requirement)["label"] == label


def test_every_node_is_served_with_every_key():
    assert requirement_json(Requirement(RequirementKind.AT_LEAST, (A,), 1)) == {
        "kind": "AT_LEAST",
        "label": "a",
        "atLeast": 1,
        "of": [
            {
                "kind": "CONDITION",
                "label": "a",
                "atLeast": None,
                "of": [],
                "condition": {
                    "metric": "EVENT_COUNT",
                    "operator": "GTE",
                    "threshold": "2",
                    "unit": "EVENT",
                    "window": {"kind": "LIFETIME", "count": None, "unit": None},
                    "label": "a",
                    "published": True,
                    "filters": {"activity": "SALE"},
                },
            }
        ],
        "condition": None,
    }


@pytest.mark.parametrize(
    ("threshold", "text"),
    [
        (None, None),
        (Decimal("1E+3"), "1000"),
        (Between(Decimal(1), Decimal("2.50")), "1..2.5"),
        (ByCurrency({"USD": Decimal(1000), "EUR": Decimal(900)}), "EUR 900, USD 1000"),
        ("VAR", "VAR"),
        (("LEADS", "AFTER_SALES"), "LEADS, AFTER_SALES"),
        (True, "true"),
    ],
)
def test_the_text_of_a_threshold(threshold, text):
    assert threshold_text(threshold) == text


@pytest.mark.parametrize(
    ("value", "at_least", "text"),
    [
        ("0.3", 2, "0.30"),
        ("0.3000", 2, "0.30"),
        ("0.125", 2, "0.125"),
        ("1", 2, "1.00"),
        ("100", 0, "100"),
    ],
)
def test_the_one_spelling_of_a_decimal(value, at_least, text):
    assert decimal_text(Decimal(value), at_least) == text
