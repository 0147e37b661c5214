"""Reading and writing programs: nothing is lost, and nothing but a ProgramError is raised."""

import copy
import json

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.programs.canonical import checksum, program_json
from app.domain.programs.parse import parse_program
from app.domain.programs.problems import ProgramError
from app.programs import load_preset
from tests.unit.domain.programs.strategies import codes, programs

SIXCLICKS = load_preset("sixclicks")


@settings(max_examples=150, deadline=None)
@given(programs())
def test_a_program_is_written_and_read_back_without_loss(data):
    program = parse_program(data)
    written = program_json(program)

    assert parse_program(written) == program
    assert program_json(parse_program(written)) == written
    assert json.loads(json.dumps(written)) == written
    assert parse_program(yaml.safe_load(yaml.safe_dump(written))) == program


@settings(max_examples=50, deadline=None)
@given(programs())
def test_the_checksum_does_not_depend_on_the_order_of_keys(data):
    program = parse_program(data)
    sorted_keys = json.loads(json.dumps(program_json(program), sort_keys=True))
    assert checksum(parse_program(sorted_keys)) == checksum(program)


def test_the_checksum_tells_programs_apart():
    changed = copy.deepcopy(SIXCLICKS)
    changed["benefits"][0]["tiers"]["gold"]["value"]["rate"] = "0.31"
    assert checksum(parse_program(changed)) != checksum(parse_program(SIXCLICKS))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | codes,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | codes, inner, max_size=3)
    ),
    max_leaves=8,
)


def _places(node, path=()):
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items if isinstance(node, dict | list) else ():
        yield from (
            _places(value, (*path, key)) if isinstance(value, dict | list) else [(*path, key)]
        )


PLACES = list(_places(SIXCLICKS))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), anything)
def test_any_value_anywhere_is_read_or_refused_with_its_place(path, value):
    changed = json.loads(json.dumps(SIXCLICKS, default=str))
    at = {"root": changed}
    for step in ("root", *path)[:-1]:
        at = at[step]
    at[("root", *path)[-1]] = value
    whole = changed if path else value
    try:
        program = parse_program(whole)
    except ProgramError as error:
        assert error.problems
        assert str(error)
    else:
        assert parse_program(program_json(program)) == program
