"""Page sizes and @skip/@include values, from a document or from the variables of a request."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    BooleanValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    ValueNode,
)

from app.reads.pages import DEFAULT_SIZE, MAX_SIZE

# The arguments for the number of requested items.
PAGES = ("first", "last", "ids")
# The size counted for a page that is refused.
REFUSED = MAX_SIZE + 1


def page_size(variable: str, node: OperationDefinitionNode, given: Mapping[str, Any]) -> int:
    """Return the page size that a variable of an operation has in this request."""
    value = given.get(variable)
    if variable not in given:
        for definition in node.variable_definitions or ():
            if definition.variable.name.value == variable and definition.default_value:
                return written_size(definition.default_value) or DEFAULT_SIZE
    if value is None:
        return DEFAULT_SIZE
    if isinstance(value, list):
        return max(1, min(len(value), MAX_SIZE))
    return _allowed(value) if isinstance(value, int) else MAX_SIZE


def switch(variable: str, node: OperationDefinitionNode, given: Mapping[str, Any]) -> bool | None:
    """Return the value of a variable in @skip or @include; None if it has none there."""
    value = given.get(variable)
    if variable not in given:
        for definition in node.variable_definitions or ():
            if definition.variable.name.value == variable:
                return written_switch(definition.default_value)
    return value if isinstance(value, bool) else None


def written_size(value: ValueNode) -> int | None:
    """Return a literal page size; None for null, the largest size for an invalid value."""
    if isinstance(value, NullValueNode):
        return None
    if isinstance(value, ListValueNode):
        return max(1, min(len(value.values), MAX_SIZE))
    if isinstance(value, IntValueNode):
        return _allowed(int(value.value)) if len(value.value) <= 3 else REFUSED
    return MAX_SIZE


def written_switch(value: ValueNode | None) -> bool | None:
    """Return a literal value in @skip or @include; None if it is neither true nor false."""
    return value.value if isinstance(value, BooleanValueNode) else None


def _allowed(size: int) -> int:
    return size if 1 <= size <= MAX_SIZE else REFUSED
