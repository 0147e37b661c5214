"""Helpers for tests of the named operations: what they are, and ids in place of their dots."""

from typing import Any

import orjson
import pytest
from graphql import FieldNode, OperationDefinitionNode, OperationType, parse

from app.explorer.config import ExampleOperation, load_operations

EXAMPLES = load_operations()


def definition_of(example: ExampleOperation) -> OperationDefinitionNode:
    """Its one operation."""
    document = parse(example.document)
    [found] = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    return found


def root_fields(example: ExampleOperation) -> list[FieldNode]:
    """Its root fields: they are written out, not in fragments."""
    selections = definition_of(example).selection_set.selections
    return [node for node in selections if isinstance(node, FieldNode)]


def variables_of(example: ExampleOperation) -> dict[str, Any]:
    """Its default variables."""
    return orjson.loads(example.variables) if example.variables else {}


def filled_in(value: Any, ids: dict[str, str]) -> Any:
    """Variables with the ids in place of the texts such as `client_...` that stand for one."""
    if isinstance(value, dict):
        return {key: filled_in(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_in(item, ids) for item in value]
    return ids[value] if isinstance(value, str) and value.endswith("...") else value


def named(examples: list[ExampleOperation]) -> Any:
    """Run a test for each of the operations."""
    return pytest.mark.parametrize("example", examples, ids=lambda example: example.name)


QUERIES = [e for e in EXAMPLES if definition_of(e).operation is OperationType.QUERY]
MUTATIONS = [e for e in EXAMPLES if definition_of(e).operation is OperationType.MUTATION]
