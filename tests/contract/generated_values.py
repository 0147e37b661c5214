"""Arguments of generated documents: values that are in the data, pages, and variables for them."""

from collections.abc import Sequence
from random import Random
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    EnumValueNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NameNode,
    NonNullTypeNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
    parse_type,
    type_from_ast,
    value_from_ast_untyped,
)

from tests.reference.population import Population

# The type of the id that an argument or input field of a name wants; others take any.
WANTED = {
    ("Query", "client"): "Client",
    ("Query", "partner"): "Partner",
    ("Query", "contentItem"): "ContentItem",
    ("Query", "clientTemplate"): "ClientTemplate",
    "templateId": "ClientTemplate",
    "advisorId": "Advisor",
    "advisorIds": "Advisor",
    "partnerId": "Partner",
}
PAGE_ARGUMENTS = ("first", "after", "last", "before")
SIZES = [1, 1, 2, 2, 3, 3, 4, 5, 7]
ODD_SIZES = [0, -1, 100, 101, 2**31 - 1]


class Values:
    """Chooses values for one document and keeps its variables."""

    def __init__(self, population: Population, actor: str, random: Random) -> None:
        self._population = population
        self._visible = population.visible[actor]
        self._random = random
        self.definitions: list[VariableDefinitionNode] = []
        self.variables: dict[str, Any] = {}

    def arguments(
        self, on: str, name: str, field: GraphQLField, given: Sequence[ArgumentNode]
    ) -> list[ArgumentNode]:
        """Arguments for a field, of the kinds that are given."""
        values = {node.name.value: node.value for node in given if node.name.value in field.args}
        if "first" in field.args:
            values = self._page(get_named_type(field.type).name, values)
        if (on, name) == ("Query", "partner") and self._chance(0.95):
            values = {self._random.choice(["id", "slug"]): StringValueNode(value="x")}
        made = []
        for key, value in values.items():
            argument = field.args[key]
            if not is_required_argument(argument) and self._chance(0.15):
                continue
            hints = (key, WANTED.get((on, name)) if key == "id" else None)
            made.append(ArgumentNode(name=_name(key), value=self._value(argument, value, hints)))
        return made

    def some(self, field: GraphQLField) -> tuple[ArgumentNode, ...]:
        """Arguments of some kinds for a field that was asked for without any."""
        return tuple(
            ArgumentNode(name=_name(name), value=self._placeholder(argument.type))
            for name, argument in field.args.items()
            if self._chance(0.35)
        )

    def variable(self, type_: str, value: ValueNode, default: bool = False) -> VariableNode:
        """A variable of a type that stands for a value; or whose default it is."""
        name = f"v{len(self.definitions) + 1}"
        required = type_.endswith("!")
        form = self._random.random()
        declared: ValueNode | None = None
        if default or form < 0.25:
            declared = value
            type_ = type_.removesuffix("!") if default or form < 0.15 else type_
        elif not required and form < 0.35:
            value = NullValueNode()
        if declared is None or form > 0.15:
            self.variables[name] = value_from_ast_untyped(value)
        if declared is None and not required and form > 0.95:
            del self.variables[name]
        node = VariableNode(name=_name(name))
        self.definitions.append(
            VariableDefinitionNode(variable=node, type=parse_type(type_), default_value=declared)
        )
        return node

    def again(self, schema: GraphQLSchema) -> dict[str, Any]:
        """Other values for the same variables: a plan that is kept must not remember the first."""
        values = {}
        for definition in self.definitions:
            name, declared = definition.variable.name.value, definition.type
            type_ = type_from_ast(schema, declared)
            required = isinstance(declared, NonNullTypeNode)
            if definition.default_value and self._chance(0.4):
                continue
            if str(get_nullable_type(type_)) == "Boolean":
                values[name] = self._chance(0.5)
            # Null in place of a default is for the named cases of the test.
            elif not required and not definition.default_value and self._chance(0.35):
                values[name] = None
            elif str(get_nullable_type(type_)) == "Int":
                values[name] = self._random.choice(SIZES)
            elif is_enum_type(get_nullable_type(type_)):
                values[name] = self._random.choice(sorted(get_nullable_type(type_).values))
            elif name in self.variables:
                values[name] = self.variables[name]
            elif required:
                values[name] = value_from_ast_untyped(definition.default_value)
        return values

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _placeholder(self, type_: GraphQLInputType) -> ValueNode:
        """A value of a type, whose texts and numbers are chosen where it is used."""
        inner = get_nullable_type(type_)
        if is_enum_type(inner):
            return EnumValueNode(value=self._random.choice(sorted(inner.values)))
        if is_list_type(inner):
            items = [self._placeholder(inner.of_type) for _ in range(self._random.randint(0, 3))]
            return ListValueNode(values=tuple(items))
        if isinstance(inner, GraphQLInputObjectType):
            fields = [
                ObjectFieldNode(name=_name(name), value=self._placeholder(field.type))
                for name, field in inner.fields.items()
                if is_required_input_field(field) or self._chance(0.3)
            ]
            return ObjectValueNode(fields=tuple(fields))
        if str(inner) == "Boolean":
            return BooleanValueNode(value=self._chance(0.5))
        return StringValueNode(value="x")

    def _value(self, slot: Any, value: ValueNode, hints: tuple[str, str | None]) -> ValueNode:
        """A value for an argument or input field, maybe by a variable."""
        made = self._literal(slot.type, value, hints)
        # The cost of a page whose size is a variable is that of a full one: more would be refused.
        rare = hints[0] in ("first", "last")
        if self._chance(0.04 if rare else 0.15) and not _has_variable(made):
            return self.variable(str(slot.type), made)
        return made

    def _literal(
        self, type_: GraphQLInputType, value: ValueNode, hints: tuple[str, str | None]
    ) -> ValueNode:
        if isinstance(value, NullValueNode):
            return value
        inner = get_nullable_type(type_)
        if isinstance(inner, GraphQLInputObjectType) and isinstance(value, ObjectValueNode):
            return self._object(inner, value)
        if is_list_type(inner) and isinstance(value, ListValueNode):
            items = [self._literal(inner.of_type, item, hints) for item in value.values]
            return ListValueNode(values=tuple(items))
        return value if is_enum_type(inner) else self._scalar(str(inner), value, hints)

    def _object(self, type_: GraphQLInputObjectType, value: ObjectValueNode) -> ObjectValueNode:
        if type_.is_one_of:
            # hypothesis-graphql gives any number of them.
            name = self._random.choice(sorted(type_.fields))
            return ObjectValueNode(fields=(self._object_field(type_.fields[name].type, name),))
        fields = []
        for node in value.fields:
            key = node.name.value
            inner = self._value(type_.fields[key], node.value, (key, None))
            fields.append(ObjectFieldNode(name=node.name, value=inner))
        return ObjectValueNode(fields=tuple(fields))

    def _object_field(self, type_: GraphQLInputType, name: str) -> ObjectFieldNode:
        value = self._literal(type_, StringValueNode(value="x"), (name, None))
        return ObjectFieldNode(name=_name(name), value=value)

    def _scalar(self, type_: str, value: ValueNode, hints: tuple[str, str | None]) -> ValueNode:
        name, wanted = hints
        if type_ == "Int":
            if isinstance(value, IntValueNode):
                return value
            return IntValueNode(value=str(self._random.choice(SIZES)))
        if type_ in ("Cursor", "Boolean"):
            return value
        if type_ == "ID" and name != "bracket":
            return StringValueNode(value=self._id(wanted or WANTED.get(name)))
        texts = self._population.texts.get(name) or self._population.texts.get(type_)
        if texts and self._chance(0.93):
            return StringValueNode(value=self._random.choice(texts))
        odd = {"DateTime": "2026-01-15T12:00:00+02:00", "EmailAddress": "ada@example.com"}
        plain = self._random.choice(["", "x", "ÄÖ", "\0", "acme"])
        return StringValueNode(value=odd.get(type_, plain))

    def _id(self, wanted: str | None) -> str:
        ids = self._visible if self._chance(0.8) else self._population.ids
        chosen = wanted if wanted and self._chance(0.9) else self._random.choice(sorted(ids))
        if not ids[chosen] or self._chance(0.05):
            return self._random.choice(["", "x", "client_0", f"client_{'0' * 32}"])
        return self._random.choice(ids[chosen])

    def _page(self, connection: str, given: dict[str, ValueNode]) -> dict[str, ValueNode]:
        """Page arguments: mostly such as make sense, some as they came, some at the limits."""
        form = self._random.random()
        others = {key: value for key, value in given.items() if key not in PAGE_ARGUMENTS}
        if form < 0.05:
            odd = {key: value for key, value in given.items() if key in PAGE_ARGUMENTS}
            return {**odd, **others}
        forward = form < 0.65
        size = self._random.choice(ODD_SIZES if self._chance(0.03) else SIZES)
        page: dict[str, ValueNode] = {}
        # A page that is not asked for has 20 items: the reference reads each by itself.
        if self._chance(0.97):
            page["first" if forward else "last"] = IntValueNode(value=str(size))
        if self._chance(0.4):
            cursor = self._cursor(connection.removesuffix("Connection"), others.get("orderBy"))
            page["after" if forward else "before"] = StringValueNode(value=cursor)
        return {**page, **others}

    def _cursor(self, of: str, order_by: ValueNode | None) -> str:
        order = ""
        if isinstance(order_by, ObjectValueNode):
            fields = {node.name.value: node.value for node in order_by.fields}
            field = fields.get("field")
            order = field.value if isinstance(field, EnumValueNode) else ""
        known = self._population.cursors[of]
        if self._chance(0.05):
            order = self._random.choice(sorted(known))
        if self._chance(0.03) or not known[order]:
            return self._random.choice(["x", "WyJOQU1FIiwieCIsMV0", "e30="])
        return self._random.choice(known[order])


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, VariableNode):
        return True
    if isinstance(value, ListValueNode):
        return any(map(_has_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_has_variable(node.value) for node in value.fields)
    return False


def _name(text: str) -> NameNode:
    return NameNode(value=text)
