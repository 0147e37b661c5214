"""Depth, number of fields and cost of the operations of a GraphQL document.

Each fragment is measured once, however often it is spread. Common limiters of depth and aliases
expand a fragment at every use, and a document of 700 bytes keeps them busy for seconds.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from app.graphql.limits.page_sizes import PAGES, REFUSED, written_size, written_switch
from app.reads.pages import DEFAULT_SIZE, MAX_SIZE

# Assumed length of a list without pages. The reads stop a response that has far more items.
PLAIN_LIST = 10
# Assumed length of introspection lists that have more than one item on average.
INTROSPECTION_LISTS = {"fields": 5, "directives": 10, "enumValues": 2, "inputFields": 2}
# The executor spends as much time on one introspection value as the reads on three of theirs.
INTROSPECTION_VALUE = 3
INTROSPECTION = {"__schema", "__type"}
# Cost of a mutation in addition to the values that it returns: about that of a transaction.
MUTATION = 100
# The argument value with which a directive leaves a field out.
LEAVES_OUT = {"skip": True, "include": False}


@dataclass(slots=True)
class Size:
    """The size of a selection, with fragments expanded. `names` are its field names."""

    depth: int = 0
    fields: int = 0
    cost: int = 0
    names: Counter[str] = field(default_factory=Counter)

    @property
    def introspects(self) -> bool:
        """Whether the selection contains introspection fields."""
        return not INTROSPECTION.isdisjoint(self.names)


class Ruler:
    """Measures the operations of one document.

    With `sizes` (page sizes given by variables) and `switches` (variables in @skip and @include),
    one request is measured, without the fields that it leaves out or that are refused. Without
    them, the most that the document may request: each variable counts as the largest page.
    """

    def __init__(
        self,
        document: DocumentNode,
        schema: GraphQLSchema,
        sizes: Mapping[str, int] | None = None,
        switches: Mapping[str, bool | None] | None = None,
    ) -> None:
        self._schema = schema
        self._one_request = sizes is not None
        self._given = sizes or {}
        self._switches = switches or {}
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._sizes: dict[str, Size] = {}
        # The maximum of each so far, and the total number of directives.
        self.repeats = self.at_one_place = self.literal_items = self.digits = self.directives = 0

    def operation(self, node: OperationDefinitionNode) -> Size:
        """Return the size of an operation."""
        size = self.selections(node.selection_set, self._schema.get_root_type(node.operation))
        if node.operation is OperationType.MUTATION:
            size.cost += MUTATION * size.names.total()
        return size

    def definition(self, node: DefinitionNode) -> None:
        """Count the parts of a definition other than its selections."""
        self._decorated(node)
        for variable in getattr(node, "variable_definitions", None) or ():
            self._decorated(variable)
            self._literal(variable.default_value)

    def selections(
        self, selection_set: SelectionSetNode | None, parent: GraphQLCompositeType | None
    ) -> Size:
        """Return the size of a selection on a type. A type of None is one that the schema does not
        have.
        """
        total = Size()
        for node in selection_set.selections if selection_set else ():
            self._decorated(node)
            if self._one_request and self._left_out(node):
                continue
            size = self._selection(node, parent)
            total.depth = max(total.depth, size.depth)
            total.fields += size.fields
            total.cost += size.cost
            total.names.update(size.names)
        self.repeats = max(self.repeats, *total.names.values(), 0)
        return total

    def fragment(self, name: str) -> Size:
        """Return the size of a fragment. An unknown fragment is empty."""
        if name not in self._sizes:
            # Counts as empty until it is measured, so that a fragment that spreads itself
            # terminates. Validation refuses it later.
            self._sizes[name] = Size()
            if definition := self._fragments.get(name):
                on = self._type(definition.type_condition.name.value)
                self._sizes[name] = self.selections(definition.selection_set, on)
        return self._sizes[name]

    def _selection(self, node: SelectionNode, parent: GraphQLCompositeType | None) -> Size:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            on = self._type(condition.name.value) if condition else parent
            return self.selections(node.selection_set, on)
        return self.fragment(node.name.value)  # type: ignore[attr-defined]

    def _field(self, node: FieldNode, parent: GraphQLCompositeType | None) -> Size:
        name = node.name.value
        for argument in node.arguments or ():
            self._literal(argument.value)
        found = self._schema.get_field(parent, name) if parent else None
        target = get_named_type(found.type) if found else None
        below = self.selections(node.selection_set, target if is_composite_type(target) else None)
        items = self._expected(node, found, parent) if found else 1
        introspection = name in INTROSPECTION
        cost = below.cost * (INTROSPECTION_VALUE if introspection else items)
        if name == "ofType":
            # Unrolled for speed: most types are not wrapped, and few are wrapped twice.
            cost //= 2
        return Size(
            1 if introspection else below.depth + 1, below.fields + 1, cost + 1, Counter([name])
        )

    def _expected(
        self, node: FieldNode, found: GraphQLField, parent: GraphQLCompositeType | None
    ) -> int:
        """Return the expected number of objects of a field: 1, or the length of its list."""
        within = parent.name if parent else ""
        if "first" in found.args or "ids" in found.args:
            return self._page_size(node)
        if not is_list_type(get_nullable_type(found.type)) or within.endswith("Connection"):
            return 1
        if within.startswith("__"):
            all_types = len(self._schema.type_map) if node.name.value == "types" else 1
            return INTROSPECTION_LISTS.get(node.name.value, all_types)
        return PLAIN_LIST

    def _page_size(self, node: FieldNode) -> int:
        sizes = []
        for argument in node.arguments or ():
            if argument.name.value not in PAGES:
                continue
            value = argument.value
            if isinstance(value, VariableNode):
                sizes.append(self._given.get(value.name.value, MAX_SIZE))
            elif (written := written_size(value)) is not None:
                sizes.append(written)
        size = max(sizes, default=DEFAULT_SIZE)
        if size == REFUSED:
            return 0 if self._one_request else MAX_SIZE
        return size

    def _type(self, name: str) -> GraphQLCompositeType | None:
        found = self._schema.get_type(name)
        return found if is_composite_type(found) else None

    def _decorated(self, node: Any) -> None:
        if directives := node.directives:
            self.directives += len(directives)
            self.at_one_place = max(self.at_one_place, len(directives))
            for directive in directives:
                for argument in directive.arguments or ():
                    self._literal(argument.value)

    def _left_out(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            for argument in directive.arguments or ():
                value = argument.value
                said = (
                    self._switches.get(value.name.value)
                    if isinstance(value, VariableNode)
                    else written_switch(value)
                )
                if said is not None and said is LEAVES_OUT.get(directive.name.value):
                    return True
        return False

    def _literal(self, value: ValueNode | None) -> None:
        """Count the items of a literal list or object, and the digits of a number."""
        inside: Sequence[ValueNode] = ()
        if isinstance(value, (IntValueNode, FloatValueNode)):
            self.digits = max(self.digits, len(value.value))
        if isinstance(value, ListValueNode):
            inside = value.values
        elif isinstance(value, ObjectValueNode):
            inside = [each.value for each in value.fields]
        self.literal_items = max(self.literal_items, len(inside))
        for each in inside:
            self._literal(each)
