"""The JSON Schema of program files: published as the code says it, taking what the parser takes."""

import copy
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from app.domain.programs.canonical import program_json
from app.domain.programs.json_schema import json_schema, json_schema_text
from app.domain.programs.metrics import METRICS
from app.domain.programs.parse import parse_program
from app.domain.programs.problems import ProgramError
from app.domain.programs.program_text import problems_of
from app.domain.programs.values import VALUES
from app.domain.programs.vocabulary import (
    BenefitKind,
    DeadlineAction,
    Demotion,
    Metric,
    Operator,
    PeriodUnit,
    Promotion,
    RetentionKind,
    VersionState,
    WindowKind,
)
from app.programs import load_preset, preset_keys
from tests.unit.domain.programs.json_schema_check import Checker
from tests.unit.domain.programs.sample import CONDITION, FILE, REMOVE, changed_at
from tests.unit.domain.programs.strategies import programs

PUBLISHED = Path(__file__).parents[4] / "docs" / "program.schema.json"
CHECKER = Checker(json_schema())


def test_the_published_file_is_what_the_code_says():
    # `python -m app program schema --output docs/program.schema.json` writes it.
    assert PUBLISHED.read_text(encoding="utf-8") == json_schema_text()


@pytest.mark.parametrize("key", preset_keys())
def test_every_preset_is_valid(key):
    data = json.loads(json.dumps(load_preset(key), default=str))
    assert CHECKER.accepts(data)
    assert CHECKER.accepts(program_json(parse_program(data)))


def test_every_metric_and_every_kind_of_benefit_is_in_it():
    definitions = json_schema()["$defs"]
    for metric in Metric:
        filters = METRICS[metric].filters
        assert set(definitions[f"filters-{metric}"]["properties"]) == {
            *filters.required,
            *filters.optional,
        }
    for kind in BenefitKind:
        assert set(definitions[f"value-{kind}"]["required"]) == set(VALUES[kind].required)


@settings(max_examples=150, deadline=None)
@given(programs())
def test_what_the_parser_takes_is_valid(data):
    assert CHECKER.accepts(data)
    assert CHECKER.accepts(program_json(parse_program(data)))


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (["key"], "Gold"),
        (["names"], "Typo"),
        (["policy"], REMOVE),
        (["policy", "retention"], {"kind": "LIVE", "days": 3}),
        (["policy", "evaluateEvery", "unit"], "WEEK"),
        (["tiers"], []),
        (["tiers", 0, "color"], "red"),
        ([*CONDITION, 0, "metric"], "EVENTS"),
        ([*CONDITION, 0, "operator"], "IS_TRUE"),
        ([*CONDITION, 0, "threshold"], REMOVE),
        ([*CONDITION, 0, "threshold"], "ten"),
        ([*CONDITION, 0, "filters", "currency"], "USD"),
        ([*CONDITION, 0, "window"], REMOVE),
        ([*CONDITION, 0, "window"], {"kind": "NOW"}),
        ([*CONDITION, 1, "threshold"], 1),
        ([*CONDITION, 2, "window", "count"], 0),
        (["gate", "threshold"], ["CHAMPION"]),
        (["tiers", 1, "requirement", "kind"], "SOME"),
        (["tiers", 1, "requirement", "kind"], "NOT"),
        (["tiers", 1, "requirement", "kind"], "AT_LEAST"),
        (["benefits", 0, "kind"], "BADGE"),
        (["benefits", 0, "tiers", "high", "value", "rate"], 2),
        (["benefits", 0, "tiers", "high", "value", "term"], "EVER"),
    ],
)
def test_what_is_wrong_in_form_is_refused_by_both(steps, value):
    changed = changed_at(steps, value)
    with pytest.raises(ProgramError):
        parse_program(changed)
    assert not CHECKER.accepts(changed)


def _steps(node, at=()):
    yield at
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
        yield from _steps(inner, (*at, key)) if isinstance(inner, dict | list) else [(*at, key)]


@pytest.mark.parametrize("value", [True, 0, -1, 1.5, "x", "X", "", [], {}, ["A", "A"], "GTE"])
def test_it_refuses_nothing_that_the_parser_takes(value):
    for steps in _steps(FILE):
        changed = changed_at(list(steps), copy.deepcopy(value))
        try:
            parse_program(changed)
        except ProgramError:
            continue
        assert CHECKER.accepts(changed), steps


GUIDE = (PUBLISHED.parent / "api" / "tier-programs.md").read_text(encoding="utf-8")


def test_the_guides_example_is_a_program():
    examples = re.findall(r"^```yaml\n(key: .*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert examples
    assert [problems_of(text) for text in examples] == [[] for _ in examples]


@pytest.mark.parametrize(
    "vocabulary",
    [
        *(Metric, Operator, WindowKind, PeriodUnit, BenefitKind),
        *(Promotion, RetentionKind, Demotion, DeadlineAction, VersionState),
    ],
)
def test_the_guide_names_every_word_of_the_format(vocabulary):
    assert [word for word in vocabulary if not re.search(rf"\b{word}\b", GUIDE)] == []


def test_the_guide_has_the_keys_of_every_metric_and_benefit():
    rows = {row[0]: row[1] for row in re.findall(r"^\| `([A-Z_]+)` \|(.*)\|$", GUIDE, re.MULTILINE)}
    shapes = {metric: METRICS[metric].filters for metric in Metric} | dict(VALUES)
    for name, shape in shapes.items():
        keys = {*shape.required, *shape.optional} - {"text"}
        assert [key for key in keys if f"`{key}`" not in rows[name]] == [], name
