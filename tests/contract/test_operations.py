"""The named operations are written as their README says, valid, and show every root field."""

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLSchema,
    NoDeprecatedCustomRule,
    parse,
    print_ast,
    specified_rules,
    validate,
)
from graphql.execution.values import get_variable_values

from app.explorer.config import OPERATIONS, ExampleOperation, read_operation
from app.graphql.endpoint import ApiSchema
from tests.operations import EXAMPLES, MUTATIONS, definition_of, named, root_fields, variables_of

AREAS = [
    "start",
    "audit",
    "webhooks",
    "partners",
    "clients",
    "advisors",
    "content",
    "templates",
    "programs",
    "events",
    "activity",
    "vendor",
    "billing",
    "income",
]


@pytest.fixture(scope="session")
def core(schema: ApiSchema) -> GraphQLSchema:
    """The schema as graphql-core knows it."""
    return schema._schema


@pytest.mark.parametrize("path", sorted(OPERATIONS.glob("*.graphql")), ids=lambda path: path.name)
def test_a_file_is_named_after_its_one_operation(path: Path) -> None:
    example = read_operation(path)
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", example.name).lower()
    assert re.fullmatch(rf"\d\d-{words}\.graphql", path.name)
    assert definition_of(example).name.value == example.name


@named(EXAMPLES)
def test_it_says_what_it_is_for(example: ExampleOperation) -> None:
    assert re.fullmatch(r"[A-Z].{30,}\.", example.description)


def test_areas_follow_each_other_from_the_dashboard_on() -> None:
    ranks = [AREAS.index(example.area) for example in EXAMPLES]
    assert ranks == sorted(ranks)
    assert set(ranks) == set(range(len(AREAS)))
    assert EXAMPLES[0].name == "PartnerDashboard"


@named(EXAMPLES)
def test_it_is_valid_and_uses_nothing_deprecated(
    example: ExampleOperation, core: GraphQLSchema
) -> None:
    rules = [*specified_rules, NoDeprecatedCustomRule]
    assert validate(core, parse(example.document), rules) == []


@named(EXAMPLES)
def test_its_variables_fit(example: ExampleOperation, core: GraphQLSchema) -> None:
    definitions = definition_of(example).variable_definitions or ()
    given = variables_of(example)
    problems = get_variable_values(core, definitions, given)
    assert not isinstance(problems, list), problems
    assert set(given) <= {definition.variable.name.value for definition in definitions}


@named(MUTATIONS)
def test_a_mutation_shows_its_key_and_its_refusals(example: ExampleOperation) -> None:
    assert variables_of(example)["input"]["idempotencyKey"].startswith("example-")
    [field] = root_fields(example)
    assert "userErrors { code field message }" in " ".join(print_ast(field).split())


def test_no_two_mutations_share_a_key() -> None:
    keys = [variables_of(example)["input"]["idempotencyKey"] for example in MUTATIONS]
    assert len(set(keys)) == len(keys)


def test_every_root_field_is_shown(core: GraphQLSchema) -> None:
    shown = {
        (definition_of(example).operation.value, field.name.value)
        for example in EXAMPLES
        for field in root_fields(example)
    }
    roots = {
        "query": core.query_type,
        "mutation": core.mutation_type,
        "subscription": core.subscription_type,
    }
    assert shown == {(kind, name) for kind, root in roots.items() for name in root.fields}
