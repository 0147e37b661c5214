"""Limits on the size of GraphQL documents and variables, checked before validation.

No accepted document blocks the event loop for more than a tenth of a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
)

from app.graphql.limits.cost import INTROSPECTION, Ruler, Size
from app.reads.pages import MAX_SIZE

# An introspection query that costs more than this runs in a separate thread.
ASIDE = 30_000
# Limits on the values of variables: enough for a thousand rows of twenty columns.
VALUES = 50_000
LIST_ITEMS = 5_000
NESTED = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits for a document.

    `depth` counts nested fields, `fields` those of an operation with its fragments written out,
    `cost` the values that a response may contain if its pages are full. `repeats` is how often one
    field may be in one selection, under any alias, and how many fields may be at the root:
    validation compares each with each. The other limits count what is written in the document.
    """

    depth: int
    fields: int
    cost: int
    repeats: int = 100
    operations: int = 50
    fragments: int = 200
    variables: int = 100
    directives: int = 200
    directives_at_one_place: int = 5
    literal_items: int = 500
    digits: int = 100


def excess(document: DocumentNode, limits: Limits, schema: GraphQLSchema) -> str | None:
    """Return which limit a document exceeds, as a sentence; None if it exceeds none.

    The depth of introspection is not counted: a separate validation rule limits it.
    """
    try:
        return _too_many(document, limits) or _excess(document, limits, schema)
    except RecursionError:
        return f"Fields are nested too deep. At most {limits.depth} levels are allowed."


def _too_many(document: DocumentNode, limits: Limits) -> str | None:
    definitions = document.definitions
    operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
    fragments = sum(isinstance(node, FragmentDefinitionNode) for node in definitions)
    variables = max((len(node.variable_definitions or ()) for node in operations), default=0)
    for what, count, limit in (
        ("operations", len(operations), limits.operations),
        ("fragments", fragments, limits.fragments),
        ("variables in one operation", variables, limits.variables),
    ):
        if count > limit:
            return f"The document has {count} {what}. At most {limit} are allowed."
    return None


def _excess(document: DocumentNode, limits: Limits, schema: GraphQLSchema) -> str | None:
    ruler = Ruler(document, schema)
    for node in document.definitions:
        ruler.definition(node)
        if isinstance(node, FragmentDefinitionNode):
            ruler.fragment(node.name.value)
        if not isinstance(node, OperationDefinitionNode):
            continue
        size = ruler.operation(node)
        if problem := _of_operation(size, limits):
            return problem
    return _of_all(ruler, limits)


def _of_operation(size: Size, limits: Limits) -> str | None:
    if size.depth > limits.depth:
        return f"Fields are nested {size.depth} deep. At most {limits.depth} are allowed."
    if size.fields > limits.fields:
        return (
            f"With its fragments written out the operation has {_count(size.fields)} fields."
            f" At most {limits.fields} are allowed."
        )
    if size.cost > limits.cost:
        return (
            f"With full pages the response could have {_count(size.cost)} values. At most"
            f" {limits.cost} are allowed: ask for smaller pages (a variable counts as"
            f" {MAX_SIZE}), or for fewer lists within lists."
        )
    if (roots := size.names.total()) > limits.repeats and len(size.names) > 1:
        return (
            f"The operation has {_count(roots)} fields at its root. At most"
            f" {limits.repeats} are allowed."
        )
    if size.introspects and size.cost > ASIDE and not set(size.names) <= INTROSPECTION:
        return "Request this much of the schema in a separate operation."
    return None


def _of_all(ruler: Ruler, limits: Limits) -> str | None:
    if ruler.repeats > limits.repeats:
        return (
            f"One field is repeated {_count(ruler.repeats)} times side by side. At most"
            f" {limits.repeats} are allowed, under any aliases."
        )
    if ruler.directives > limits.directives:
        return (
            f"The document has {ruler.directives} directives. At most"
            f" {limits.directives} are allowed."
        )
    if ruler.at_one_place > limits.directives_at_one_place:
        return (
            f"There are {ruler.at_one_place} directives in one location. At most"
            f" {limits.directives_at_one_place} are allowed."
        )
    if ruler.literal_items > limits.literal_items:
        return (
            f"A list or object has {ruler.literal_items} items. At most {limits.literal_items} are"
            " allowed in a document: send it as a variable."
        )
    if ruler.digits > limits.digits:
        return f"A number has {ruler.digits} digits. At most {limits.digits} are allowed."
    return None


def values_excess(variables: Mapping[str, Any]) -> str | None:
    """Return which limit the values of variables exceed, as a sentence; None if none."""
    count = 0
    for name, given in variables.items():
        waiting = [(given, 1)]
        while waiting:
            value, depth = waiting.pop()
            count += 1
            if not isinstance(value, (list, dict)):
                continue
            if depth > NESTED:
                return f"Variable ${name} is nested too deep. At most {NESTED} levels are allowed."
            if len(value) > LIST_ITEMS:
                return (
                    f"Variable ${name} has a list or object of {len(value)} items. At most"
                    f" {LIST_ITEMS} are allowed."
                )
            inside = value.values() if isinstance(value, dict) else value
            waiting += [(each, depth + 1) for each in inside]
            if count + len(waiting) > VALUES:
                return f"Variable ${name} has more than {VALUES} values in total: send fewer."
    return None


def _count(number: int) -> str:
    return str(number) if number < 1_000_000 else "more than a million"
