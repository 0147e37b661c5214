"""Reading the text of a program: the line of each problem, and texts that are refused."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.programs.canonical import program_json
from app.domain.programs.parse import parse_program
from app.domain.programs.problems import ProblemKind, ProgramError
from app.domain.programs.program_text import problems_of, program_yaml, read_program
from app.domain.programs.source import MAX_CHARACTERS, read_source
from app.programs import load_preset, preset_keys, preset_text
from tests.unit.domain.programs.sample import FILE
from tests.unit.domain.programs.strategies import programs

LADDER = """\
key: ladder
name: Ladder
effectiveFrom: 2026-01-01
policy:
  promotion: IMMEDIATE
  retention: {kind: LIVE}
  demotion: ONE_STEP
  evaluateEvery: {count: 1, unit: MONTH}
tiers:
  - key: low
    name: Low
  - key: high
    name: High
    requirement: &deals
      metric: EVENT_COUNT
      label: Ten deals
      filters: {activity: SALE}
      operator: GTE
      threshold: 10
      window: {kind: LIFETIME}
benefits:
  - key: support
    name: Support
    kind: ENTITLEMENT
    condition: *deals
    tiers:
      high: {value: {text: Yes please}}
"""


def the_one(text):
    (problem,) = problems_of(text)
    return problem


@pytest.mark.parametrize(
    ("old", "new", "line", "path"),
    [
        ("metric: EVENT_COUNT", "metric: EVENT_COUNTS", 15, "tiers[1].requirement.metric"),
        ("threshold: 10", "threshold: ten", 19, "tiers[1].requirement.threshold"),
        ("kind: LIVE", "kind: LIFE", 6, "policy.retention.kind"),
        ("  demotion: ONE_STEP\n", "", 4, "policy.demotion"),
        ("name: Ladder\n", "", 1, "name"),
        ("    name: Low\n", "", 10, "tiers[0].name"),
        ("high: {value", "hihg: {value", 27, "benefits[0].tiers.hihg"),
        ("operator: GTE", "operator: IS_TRUE", 18, "tiers[1].requirement.operator"),
    ],
)
def test_a_problem_names_its_line(old, new, line, path):
    assert old in LADDER
    found = {(problem.line, problem.path) for problem in problems_of(LADDER.replace(old, new))}
    assert (line, path) in found


def test_a_problem_is_told_with_file_line_path_value_and_remedy():
    problem = the_one(LADDER.replace("kind: LIVE", "kind: LIFE"))
    assert problem.in_file("ladder.yaml") == (
        "ladder.yaml:6: policy.retention.kind: 'LIFE' is not known here. Did you mean LIVE?"
    )
    assert problem.value == "LIFE"


def test_a_problem_in_what_an_alias_repeats_is_told_where_it_stands():
    broken = LADDER.replace("metric: EVENT_COUNT", "metric: EVENTS")
    assert {(problem.line, problem.path) for problem in problems_of(broken)} == {
        (15, "tiers[1].requirement.metric"),
        (15, "benefits[0].condition.metric"),
    }


def test_a_key_that_is_there_twice_is_refused_at_the_second():
    problem = the_one(LADDER.replace("name: Ladder", "name: Ladder\nname: Other"))
    assert (problem.kind, problem.line, problem.path) == (ProblemKind.DUPLICATE, 3, "name")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("key: [1, 2", 1),
        ("a: 1\nb: \x07", 2),
        ("a: 1\n---\nb: 2", 2),
        ("a: 1\nb: !!python/object/apply:os.system [ls]", 2),
        ("a: 1\nb: !!set {x}", 2),
        ("a: 1\n? [x]\n: 2", 2),
        ("a: &x {b: 1}\nc:\n  <<: *x", 3),
        ("a: *nothing", 1),
        ("a: &x\n  b: *x", 2),
        ("a: 1\nb: 2026-02-30", 2),
        ("a: " + "9" * 5000, 1),
        ("x" * (MAX_CHARACTERS + 1), 1),
        ("[" * 5000, 1),
        ("{" * 5000, 1),
        ("a: 1\nb:\n\t- 1", 3),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_with_its_line(text, line):
    problem = the_one(text)
    assert (problem.kind, problem.line) == (ProblemKind.UNREADABLE, line)
    assert problem.message and problem.remedy


def test_aliases_that_multiply_are_refused():
    lines = ["a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert the_one("\n".join(lines)).kind is ProblemKind.UNREADABLE


@pytest.mark.parametrize("text", ["", "# nothing\n", "null", "[]", "word"])
def test_a_text_without_an_object_is_no_program(text):
    assert the_one(text).kind is ProblemKind.WRONG_TYPE


def test_json_is_read_as_json_with_lines():
    text = json.dumps({**FILE, "gate": None, "name": "Ladder 😀"}, indent="\t")
    assert read_program(text).name == "Ladder 😀"
    problem = the_one(text.replace('"IMMEDIATE"', '"AT_ONCE"'))
    assert (problem.path, problem.line) == ("policy.promotion", 9)


def test_numbers_of_json_are_read_as_json_has_them():
    assert read_source('{"a": 1e3, "b": "\\ud83d\\ude00"}').data == {"a": 1000.0, "b": "😀"}


@pytest.mark.parametrize("key", preset_keys())
def test_the_data_is_what_a_plain_loader_reads(key):
    assert read_source(preset_text(key)).data == load_preset(key)


@settings(max_examples=100, deadline=None)
@given(programs())
def test_a_program_is_exported_and_imported_without_loss(data):
    program = parse_program(data)
    text = program_yaml(program)
    read = parse_program(read_source(text).data)
    assert read == program
    assert program_yaml(read) == text
    assert parse_program(read_source(json.dumps(program_json(program))).data) == program


def test_the_export_has_no_aliases():
    text = program_yaml(parse_program(load_preset("sixclicks")))
    events = list(yaml.parse(text))
    assert not any(isinstance(event, yaml.AliasEvent) for event in events)
    assert program_yaml(read_program(text)) == text


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("abk{}[]:,-&*!\"'#|>%@` \n\t0x\u0000\u2028é"), max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        read_program(text)
    except ProgramError as error:
        assert all(problem.line for problem in error.problems)
