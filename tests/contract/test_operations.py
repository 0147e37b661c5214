"""The named operations: written as their README says, valid, and at work on the real schema."""

import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    NoDeprecatedCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    print_ast,
    specified_rules,
    validate,
    visit,
)
from graphql.execution.values import get_variable_values

from app.auth.actor import PUBLIC, Actor
from app.auth.policy import Action, decide
from app.context import Context, Runtime
from app.events.relay import Relay
from app.explorer.config import OPERATIONS, ExampleOperation, read_operation
from app.graphql_endpoint import ApiSchema
from app.persistence.models import ClientTemplate, ContentItem, Event, Partner, TierProgram
from app.programs import load_preset
from app.domain.programs.parse import parse_program
from app.services.programs.import_program import import_program
from app.services.programs.set_partner_tier import SetPartnerTier, set_partner_tier
from resolvers.permissions import PERMISSION
from resolvers.root import Mutation, Query, Subscription
from schema.node import encode
from tests.asking import Ask
from tests.clients import add_item, add_template, add_version
from tests.events import BEGINNING, publish_all
from tests.world import World

AREAS = [
    "start",
    "partners",
    "clients",
    "advisors",
    "content",
    "templates",
    "programs",
    "events",
    "vendor",
]
PATHS = sorted(OPERATIONS.glob("*.graphql"))
EXAMPLES = [read_operation(path) for path in PATHS]
ROOTS = {"query": Query, "mutation": Mutation, "subscription": Subscription}


def definition_of(example: ExampleOperation) -> OperationDefinitionNode:
    document = parse(example.document)
    [found] = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    return found


def of_type(kind: OperationType) -> list[ExampleOperation]:
    return [e for e in EXAMPLES if definition_of(e).operation is kind]


def variables_of(example: ExampleOperation) -> dict[str, Any]:
    return orjson.loads(example.variables) if example.variables else {}


def root_fields(example: ExampleOperation) -> list[FieldNode]:
    selections = definition_of(example).selection_set.selections
    fields = [node for node in selections if isinstance(node, FieldNode)]
    assert len(fields) == len(selections), "Root fields are written out, not in fragments"
    return fields


def named(examples: list[ExampleOperation]) -> Any:
    return pytest.mark.parametrize("example", examples, ids=lambda e: e.name)


QUERIES = of_type(OperationType.QUERY)
MUTATIONS = of_type(OperationType.MUTATION)


# How they are written


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.name)
def test_a_file_is_named_after_its_one_operation(path: Path) -> None:
    example = read_operation(path)
    words = re.sub(r"(?<!^)(?=[A-Z])", "-", example.name).lower()
    assert re.fullmatch(rf"\d\d-{words}\.graphql", path.name)
    assert definition_of(example).name.value == example.name
    assert len(example.description) > 30
    assert example.description.endswith(".")


def test_areas_follow_each_other_in_the_agreed_order() -> None:
    ranks = [AREAS.index(example.area) for example in EXAMPLES]
    assert ranks == sorted(ranks)
    assert set(ranks) == set(range(len(AREAS)))


def test_the_first_one_is_the_partner_dashboard() -> None:
    assert EXAMPLES[0].name == "PartnerDashboard"


def test_names_are_unique() -> None:
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES)


# What they say


@named(EXAMPLES)
def test_it_is_valid_and_uses_nothing_deprecated(
    example: ExampleOperation, schema: ApiSchema
) -> None:
    document = parse(example.document)
    rules = [*specified_rules, NoDeprecatedCustomRule]
    assert validate(core(schema), document, rules) == []


@named(EXAMPLES)
def test_its_variables_fit(example: ExampleOperation, schema: ApiSchema) -> None:
    definitions = definition_of(example).variable_definitions
    given = variables_of(example)
    assert isinstance(get_variable_values(core(schema), definitions, given), dict) or not isinstance(
        get_variable_values(core(schema), definitions, given), list
    )
    assert set(given) <= {d.variable.name.value for d in definitions}


@named(MUTATIONS)
def test_a_mutation_shows_its_key_and_its_errors(example: ExampleOperation) -> None:
    assert variables_of(example)["input"]["idempotencyKey"]
    [field] = root_fields(example)
    assert "userErrors { code field message }" in " ".join(print_ast(field).split())


def test_keys_of_examples_are_their_own() -> None:
    keys = [variables_of(example)["input"]["idempotencyKey"] for example in MUTATIONS]
    assert len(set(keys)) == len(keys)


def test_every_root_field_is_shown(schema: ApiSchema) -> None:
    shown = {
        (definition_of(e).operation.value, field.name.value)
        for e in EXAMPLES
        for field in root_fields(e)
    }
    types = core(schema)
    roots = {"query": types.query_type, "mutation": types.mutation_type}
    roots["subscription"] = types.subscription_type
    assert shown == {(kind, name) for kind, type_ in roots.items() for name in type_.fields}


def core(schema: ApiSchema) -> GraphQLSchema:
    return schema._schema
