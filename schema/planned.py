"""Between GraphQL and the planned reads: selections out of a request, data into the answer."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.arguments import convert_arguments

from app.reads.reader import Planned
from app.reads.selection import TYPENAME, Field, Selection


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """The stock executor with one shortcut: planned data is complete as it is."""

    def complete_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete a value, unless it is planned."""
        if type(result) is Planned:
            return result
        return super().complete_value(
            return_type, field_details_list, info, path, result, position_context
        )


def selection_of(info: strawberry.Info, type_name: str | None = None) -> Selection:
    """What is selected below the field that is being resolved.

    `type_name` is the concrete type where the field's own is an interface.
    """
    raw = info._raw_info
    found = raw.schema.type_map[type_name] if type_name else get_named_type(raw.return_type)
    if not isinstance(found, GraphQLObjectType):
        raise TypeError("A selection is of one object type")
    return _Collector(raw).collect(found, list(raw.field_nodes))


class _Collector:
    """Merges fields and fragments as the GraphQL specification says (CollectFields)."""

    def __init__(self, info: GraphQLResolveInfo) -> None:
        self._info = info
        # Strawberry hands resolvers the plain values; graphql-core's helpers want its container.
        self._variables = VariableValues({}, info.variable_values)  # type: ignore[arg-type]
        self._strawberry = info.schema.extensions["strawberry-definition"]

    def collect(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> Selection:
        grouped: dict[str, list[FieldNode]] = {}
        for node in nodes:
            if node.selection_set:
                self._visit(type_, node.selection_set, grouped, set())
        made = (self._field(type_, key, found) for key, found in grouped.items())
        return Selection(type_.name, tuple(made))

    def _visit(
        self,
        type_: GraphQLObjectType,
        selections: SelectionSetNode,
        grouped: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = (node.alias or node.name).value
                grouped.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if self._applies(type_, node.type_condition):
                    self._visit(type_, node.selection_set, grouped, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self._info.fragments[node.name.value]
                fragment = getattr(fragment, "definition", fragment)
                if self._applies(type_, fragment.type_condition):
                    self._visit(type_, fragment.selection_set, grouped, seen)

    def _field(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Field:
        name = nodes[0].name.value
        if name == TYPENAME:
            return Field(key, name)
        definition = type_.fields[name]
        target = get_named_type(definition.type)
        inner = self.collect(target, nodes) if isinstance(target, GraphQLObjectType) else None
        if isinstance(target, (GraphQLInterfaceType, GraphQLUnionType)):
            raise TypeError(f"{type_.name}.{name} is abstract: planned reads have no such field")
        return Field(key, name, self._arguments(definition, nodes[0]), inner)

    def _arguments(self, definition: Any, node: FieldNode) -> Mapping[str, Any]:
        if not definition.args:
            return {}
        raw = get_argument_values(definition, node, self._variables)
        converted = convert_arguments(
            raw,
            definition.extensions["strawberry-definition"].arguments,
            scalar_registry=self._strawberry.schema_converter.scalar_registry,
            config=self._strawberry.config,
        )
        return plain_input(converted)

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"] is True:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not include or include["if"] is not False

    def _applies(self, type_: GraphQLObjectType, condition: Any) -> bool:
        if condition is None or condition.name.value == type_.name:
            return True
        named = self._info.schema.get_type(condition.name.value)
        return isinstance(
            named, (GraphQLInterfaceType, GraphQLUnionType)
        ) and self._info.schema.is_sub_type(named, type_)


def plain_input(value: Any) -> Any:
    """Inputs as plain dicts, without what was left out; enums as their values."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [plain_input(item) for item in value]
    if isinstance(value, dict):
        return {k: plain_input(v) for k, v in value.items() if v is not strawberry.UNSET}
    if is_dataclass(value) and not isinstance(value, type):
        return plain_input({f.name: getattr(value, f.name) for f in fields(value)})
    return value
