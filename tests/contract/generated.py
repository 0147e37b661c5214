"""Documents for the differential test: hypothesis-graphql's, made realistic and varied.

hypothesis-graphql says which fields are asked for. Variation gives them arguments that find
something, and writes the same and more in all the ways that the language has: aliases, fields
written twice, fragments, directives, variables.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    ValueNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    print_ast,
)
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from tests.contract.generated_parts import (
    field_node,
    is_field_of,
    name_node,
    selection_set,
    used,
)
from tests.contract.generated_values import Values
from tests.reference.population import Population

# How many fields a document has before nothing more is added to it: one of these.
SIZES = (5, 15, 30, 60)
MAX_DEPTH = 9
# Root fields that lead nowhere; others stand in more documents.
DULL = ("plans", "employeeBrackets", "validateCreateClient", "quoteClient", "vendor")

# Root fields whose answers are computed, not planned: what they give has tests of its own.
MEASURED = (
    "simulateTier",
    "previewProgramVersion",
    "previewContentPush",
    "complianceReport",
    "invitationToken",
    "revenueReport",
    "ownRevenue",
    "receivables",
    "previewInvoice",
)


def bases(schema: GraphQLSchema) -> st.SearchStrategy[DocumentNode]:
    """Queries of one root field."""
    placeholder = st.just(nodes.String("x"))
    built_in = ("ID", "String")
    own = [name for name, t in schema.type_map.items() if type(t).__name__ == "GraphQLScalarType"]
    scalars = {name: placeholder for name in (*built_in, *own) if name not in ("Int", "Boolean")}
    scalars["Int"] = st.integers(1, 5).map(nodes.Int)
    assert schema.query_type
    of_root = {
        name: queries(schema, fields=[name], custom_scalars=scalars, print_ast=lambda made: made)
        for name in schema.query_type.fields
        if name not in MEASURED
    }
    names = [name for name in of_root for _ in range(1 if name in DULL else 4)]
    return st.sampled_from(names).flatmap(of_root.__getitem__)


def vary(
    given: Sequence[DocumentNode],
    schema: GraphQLSchema,
    population: Population,
    actor: str,
    random: Random,
) -> tuple[str, list[dict[str, Any]]]:
    """One document made of the fields of several, and the values of its variables, twice.

    Most ids in it are of what the actor sees.
    """
    return _Variation(schema, Values(population, actor, random), random).document(given)


class _Variation:
    def __init__(self, schema: GraphQLSchema, values: Values, random: Random) -> None:
        self._schema = schema
        self._random = random
        self._values = values
        self._limit = random.choice(SIZES)
        # Whether what is written stands in a fragment beside others on other types.
        self._apart = False
        self._fragments: list[FragmentDefinitionNode] = []
        self._fields = 0
        self._aliases = 0

    def document(self, given: Sequence[DocumentNode]) -> tuple[str, list[dict[str, Any]]]:
        query = self._schema.query_type
        assert query
        operations = [document.definitions[0] for document in given]
        asked = [node for found in operations for node in found.selection_set.selections]  # type: ignore[attr-defined]
        selections = self._selections(query, asked, 0, set())
        fragments, variables = used(selections, self._fragments)
        operation = OperationDefinitionNode(
            operation=OperationType.QUERY,
            name=name_node("Generated"),
            variable_definitions=tuple(
                definition
                for definition in self._values.definitions
                if definition.variable.name.value in variables
            ),
            selection_set=selection_set(selections),
        )
        given_values = [self._values.variables, self._values.again(self._schema)]
        values = [{k: v for k, v in one.items() if k in variables} for one in given_values]
        text = print_ast(DocumentNode(definitions=(operation, *fragments)))
        return text, values if variables else values[:1]

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _selections(
        self,
        on: GraphQLNamedType,
        asked: Sequence[SelectionNode],
        depth: int,
        taken: set[str],
    ) -> list[SelectionNode]:
        """The selections on a type. `taken` are the response names that are used there."""
        made: list[SelectionNode] = []
        for node in asked:
            if isinstance(node, InlineFragmentNode):
                condition = self._schema.type_map[node.type_condition.name.value]
                before, self._apart = self._apart, True
                inside = self._selections(condition, node.selection_set.selections, depth, set())
                self._apart = before
                made.append(self._fragment(on, condition, inside))
            elif isinstance(node, FieldNode):
                made += self._written(on, self._field(on, node, depth, taken))
        while self._fields < self._limit and 0 < depth < MAX_DEPTH and self._chance(0.6):
            made += self._more(on, depth, taken)
        if self._chance(0.15):
            made.append(field_node("__typename"))
        if self._chance(0.15):
            self._random.shuffle(made)
        return self._grouped(on, made)

    def _field(
        self,
        on: GraphQLNamedType,
        node: FieldNode,
        depth: int,
        taken: set[str],
        added: bool = False,
    ) -> FieldNode:
        self._fields += 1
        name = node.name.value
        field = on.fields[name]  # type: ignore[attr-defined]
        arguments = self._values.arguments(on.name, name, field, node.arguments)
        target = get_named_type(field.type)
        inner: list[SelectionNode] = []
        if is_composite_type(target):
            asked = node.selection_set.selections if node.selection_set else ()
            inner = self._selections(target, asked, depth + 1, set()) or [field_node("__typename")]
        made = replace(field_node(name, inner, arguments), alias=node.alias)
        key = node.alias.value if node.alias else name
        if key in taken or (added and self._apart) or self._chance(0.12):
            self._aliases += 1
            return replace(made, alias=name_node(f"a{self._aliases}"))
        taken.add(key)
        return made

    def _more(self, on: GraphQLNamedType, depth: int, taken: set[str]) -> list[SelectionNode]:
        """A field that nobody asked for: of those that lead to other objects, twice as often.

        Of an abstract type it may be one of a type that the object may be of.
        """
        if is_abstract_type(on) and self._chance(0.8):
            possible = self._random.choice(self._schema.get_possible_types(on))
            before, self._apart = self._apart, True
            inside = self._more(possible, depth, set())
            self._apart = before
            return [self._fragment(on, possible, inside)]
        fields: dict[str, Any] = {
            name: field
            for name, field in getattr(on, "fields", {}).items()
            if not any(map(is_required_argument, field.args.values()))
        }
        further = [n for n, f in fields.items() if is_composite_type(get_named_type(f.type))]
        if not fields:
            return []
        name = self._random.choice([*fields, *further])
        inner = self._leaves(get_named_type(fields[name].type)) if name in further else []
        node = field_node(name, inner, self._values.some(fields[name]))
        return self._written(on, self._field(on, node, depth, taken, added=True))

    def _leaves(self, on: GraphQLNamedType) -> list[SelectionNode]:
        """A few plain fields of a type; of a connection, those of its nodes."""
        fields: dict[str, Any] = getattr(on, "fields", {})
        if "nodes" in fields:
            parts = self._random.sample(sorted(fields), self._random.randint(1, len(fields)))
            return [self._of_connection(fields, name) for name in parts]
        plain = [n for n, f in fields.items() if not is_composite_type(get_named_type(f.type))]
        chosen = self._random.sample(plain, min(len(plain), 2))
        return [field_node(name) for name in chosen]

    def _of_connection(self, fields: dict[str, Any], name: str) -> FieldNode:
        target = get_named_type(fields[name].type)
        inner: list[SelectionNode] = self._leaves(target)
        if name == "edges":
            node = self._leaves(get_named_type(target.fields["node"].type))  # type: ignore[union-attr]
            inner.append(field_node("node", node))
        return field_node(name, inner)

    def _written(self, on: GraphQLNamedType, field: FieldNode) -> list[SelectionNode]:
        """A field once or twice, with a directive or in a fragment."""
        written = [field]
        if self._chance(0.15):
            written = [self._part(field), self._part(field)]
        written = [
            replace(node, directives=(self._directive(),)) if self._chance(0.08) else node
            for node in written
        ]
        return [self._fragment(on, on, [node]) if self._chance(0.06) else node for node in written]

    def _part(self, field: FieldNode) -> FieldNode:
        """The field with some of its selections; of two such, both are merged."""
        if not field.selection_set:
            return field
        found = list(field.selection_set.selections)
        kept = self._random.sample(found, self._random.randint(1, len(found)))
        return replace(field, selection_set=selection_set(kept))

    def _directive(self) -> DirectiveNode:
        name, value = self._random.choice(
            [("include", True), ("include", True), ("include", False), ("skip", True)]
            + [("skip", False)] * 2
        )
        node: ValueNode = BooleanValueNode(value=value)
        if self._chance(0.5):
            node = self._values.variable("Boolean!", node)
        argument = ArgumentNode(name=name_node("if"), value=node)
        return DirectiveNode(name=name_node(name), arguments=(argument,))

    def _grouped(self, on: GraphQLNamedType, made: list[SelectionNode]) -> list[SelectionNode]:
        """Some selections, side by side, moved into a fragment."""
        if len(made) < 2 or not self._chance(0.2):
            return made
        start = self._random.randrange(len(made))
        end = self._random.randint(start + 1, len(made))
        return [*made[:start], self._fragment(on, on, made[start:end]), *made[end:]]

    def _fragment(
        self, parent: GraphQLNamedType, on: GraphQLNamedType, inside: list[SelectionNode]
    ) -> SelectionNode:
        """A fragment on the type: named or inline, on an interface if all in it are its fields."""
        condition = on.name
        if isinstance(on, GraphQLObjectType):
            for interface in on.interfaces:
                if all(is_field_of(interface, node) for node in inside):
                    condition = interface.name
        if self._chance(0.35):
            name = f"F{len(self._fragments) + 1}"
            self._fragments.append(
                FragmentDefinitionNode(
                    name=name_node(name),
                    type_condition=NamedTypeNode(name=name_node(condition)),
                    selection_set=selection_set(inside or [field_node("__typename")]),
                )
            )
            return FragmentSpreadNode(name=name_node(name))
        wanted = condition != parent.name or self._chance(0.7)
        made = InlineFragmentNode(
            type_condition=NamedTypeNode(name=name_node(condition)) if wanted else None,
            selection_set=selection_set(inside or [field_node("__typename")]),
        )
        if self._chance(0.1):
            return replace(made, directives=(self._directive(),))
        return made
