"""Between GraphQL and the planned reads: selections out of a request, data into the answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Protocol

import strawberry
from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    ListValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    located_error,
)
from graphql.execution import Executor
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.arguments import convert_arguments

from app.reads.errors import BadArgument, Failed
from app.reads.reader import Partial, Planned
from app.reads.selection import TYPENAME, Asked, Field, Selection


class PlannedExecutor(Executor[Any]):
    """The stock executor with one shortcut: planned data is complete as it is.

    It is graphql-core's plain one, which delivers whole answers, with what Strawberry's fields want
    to be told.
    """

    build_resolve_info = StrawberryGraphQLCoreExecutionContext.build_resolve_info  # type: ignore[assignment]

    def __init__(self, *arguments: Any, operation_extensions: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.operation_extensions = operation_extensions

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
        kind = type(result)
        if kind is Planned:
            return result
        if kind is Partial:
            self._collect(result.failures, field_details_list, path)
            return result
        return super().complete_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def handle_field_error(
        self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any
    ) -> None:
        """Report an error where it arose: maybe below the field that was planned."""
        if isinstance(raw_error, Failed):
            raw_error, _ = _located(raw_error, field_details_list, path)
        super().handle_field_error(raw_error, return_type, field_details_list, path)

    def _collect(self, failures: Iterable[Failed], field_details_list: Any, path: Any) -> None:
        for failure in failures:
            self.collected_errors.add(*_located(failure, field_details_list, path))


def _located(failure: Failed, field_details_list: Any, path: Any) -> tuple[GraphQLError, Any]:
    """The error that a failure is, and the place of the field that failed."""
    for key in failure.path:
        path = path.add_key(key)
    nodes = [details.node for details in field_details_list]
    return located_error(failure.cause, nodes, path.as_list()), path


class Prepared(Protocol):
    """What the endpoint tells of a document by `operation_extensions`."""

    @property
    def switches(self) -> Sequence[str]:
        """The variables in its @skip and @include."""
        ...

    @property
    def weight(self) -> int:
        """What it takes to keep it, in tokens."""
        ...


def selection_of(info: strawberry.Info, type_name: str | None = None) -> Asked:
    """What is selected below the field that is being resolved.

    `type_name` is the concrete type where the field's own is an interface.
    """
    raw = info._raw_info
    name = type_name or get_named_type(raw.return_type).name
    # Strawberry gives resolvers the plain values in place of graphql-core's container.
    variables: Mapping[str, Any] = raw.variable_values  # type: ignore[assignment]
    nodes = raw.field_nodes
    prepared: Prepared = raw.operation_extensions  # type: ignore[attr-defined]
    # Another operation of the document may have a variable of that name which is no switch.
    given = [variables.get(switch) for switch in prepared.switches]
    switches = tuple([value if isinstance(value, bool) else None for value in given])
    key = (name, switches, *map(id, nodes))
    return Asked(key, lambda: _select(raw, name, variables), variables, nodes, prepared.weight)


def _select(raw: GraphQLResolveInfo, type_name: str, variables: Mapping[str, Any]) -> Selection:
    found = raw.schema.type_map[type_name]
    if not isinstance(found, GraphQLObjectType):
        raise TypeError("A selection is of one object type")
    return _Collector(raw, variables).collect(found, list(raw.field_nodes))


class _Collector:
    """Merges fields and fragments as the GraphQL specification says (CollectFields)."""

    def __init__(self, info: GraphQLResolveInfo, variables: Mapping[str, Any]) -> None:
        self._info = info
        self._variables = _container(variables)

    def collect(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> Selection:
        grouped: dict[str, list[FieldNode]] = {}
        # A fragment that two nodes of one field spread is looked at once.
        seen: set[str] = set()
        for node in nodes:
            if node.selection_set:
                self._visit(type_, node.selection_set, grouped, seen)
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
                if self._applies(type_, fragment.type_condition):
                    self._visit(type_, fragment.selection_set, grouped, seen)

    def _field(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Field:
        name = nodes[0].name.value
        if name == TYPENAME:
            return Field(key, name)
        definition = type_.fields[name]
        target = get_named_type(definition.type)
        inner = self.collect(target, nodes) if isinstance(target, GraphQLObjectType) else None
        choices: dict[str, Selection] = {}
        if isinstance(target, (GraphQLInterfaceType, GraphQLUnionType)):
            possible = self._info.schema.get_possible_types(target)
            choices = {one.name: self.collect(one, nodes) for one in possible}
        if not definition.args:
            return Field(key, name, {}, inner, None, choices)
        node, strawberry_schema = nodes[0], self._info.schema.extensions["strawberry-definition"]
        if not _names_variables(node.arguments):
            given = _arguments(definition, node, strawberry_schema, {})
            return Field(key, name, given, inner, None, choices)
        return Field(
            key,
            name,
            {},
            inner,
            lambda variables: _late_arguments(definition, node, strawberry_schema, variables),
            choices,
        )

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


def _names_variables(value: Any) -> bool:
    """Whether arguments, or a value in them, name a variable."""
    if isinstance(value, VariableNode):
        return True
    if isinstance(value, (ArgumentNode, ObjectFieldNode)):
        return _names_variables(value.value)
    if isinstance(value, ListValueNode):
        return _names_variables(value.values)
    if isinstance(value, ObjectValueNode):
        return _names_variables(value.fields)
    return isinstance(value, tuple) and any(map(_names_variables, value))


def _arguments(
    definition: GraphQLField, node: FieldNode, schema: Any, variables: Mapping[str, Any]
) -> Mapping[str, Any]:
    raw = get_argument_values(definition, node, _container(variables))
    converted = convert_arguments(
        raw,
        definition.extensions["strawberry-definition"].arguments,
        scalar_registry=schema.schema_converter.scalar_registry,
        config=schema.config,
    )
    return plain_input(converted)


def _late_arguments(
    definition: GraphQLField, node: FieldNode, schema: Any, variables: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The arguments in one request. Raises BadArgument for a null that a variable brings."""
    try:
        return _arguments(definition, node, schema, variables)
    except GraphQLError as error:
        raise BadArgument(error.message) from error


def _container(values: Mapping[str, Any]) -> VariableValues:
    # What graphql-core's helpers want.
    return VariableValues({}, values)  # type: ignore[arg-type]


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
