"""How large a GraphQL document may be, measured before anything expensive looks at it.

Each fragment is measured once, however often it is spread: shipped depth limiters expand fragments
again at every use, and 700 bytes keep them busy for seconds.
"""

from collections import Counter
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from app.reads.pages import DEFAULT_SIZE, MAX_SIZE

# How many items a list without pages is taken to have; the reads stop an answer that has far more.
PLAIN_LIST = 10
# The same for the lists of introspection that are longer than one item on average.
INTROSPECTION_LISTS = {"fields": 5, "directives": 10, "enumValues": 2, "inputFields": 2}
# The executor spends as much time on one value of introspection as the reads on three of theirs.
INTROSPECTION_VALUE = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest document accepted.

    `depth` counts nested fields, `fields` those of an operation with its fragments written out,
    `cost` the values that an answer may have if its pages are full, `repeats` how often one
    response name may stand in one selection: validation compares each with each.
    """

    depth: int
    fields: int
    cost: int
    repeats: int = 100


@dataclass(slots=True)
class Size:
    """What a selection comes to, with fragments written out; `names` are its response names."""

    depth: int = 0
    fields: int = 0
    cost: int = 0
    names: Counter[str] = field(default_factory=Counter)


def excess(document: DocumentNode, limits: Limits, schema: GraphQLSchema) -> str | None:
    """What is too large about a document, in a sentence; None if nothing is.

    The depth of introspection is not counted: a validation rule of its own limits that.
    """
    try:
        return _excess(document, limits, schema)
    except RecursionError:
        return f"Fields are nested too deep. At most {limits.depth} levels are allowed."


def _excess(document: DocumentNode, limits: Limits, schema: GraphQLSchema) -> str | None:
    ruler = _Ruler(document, schema)
    for node in document.definitions:
        if isinstance(node, FragmentDefinitionNode):
            ruler.fragment(node.name.value)
        if not isinstance(node, OperationDefinitionNode):
            continue
        size = ruler.selections(node.selection_set, schema.get_root_type(node.operation))
        if size.depth > limits.depth:
            return f"Fields are nested {size.depth} deep. At most {limits.depth} are allowed."
        if size.fields > limits.fields:
            return (
                f"With its fragments written out the operation has {_count(size.fields)} fields."
                f" At most {limits.fields} are allowed."
            )
        if size.cost > limits.cost:
            return (
                f"With full pages the answer could have {_count(size.cost)} values. At most"
                f" {limits.cost} are allowed: ask for smaller pages (a variable counts as"
                f" {MAX_SIZE}), or for fewer lists within lists."
            )
    if ruler.repeats > limits.repeats:
        return (
            f"One field is repeated {_count(ruler.repeats)} times side by side."
            " Use aliases, or one."
        )
    return None


class _Ruler:
    def __init__(self, document: DocumentNode, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._sizes: dict[str, Size] = {}
        self.repeats = 0

    def selections(
        self, selection_set: SelectionSetNode | None, parent: GraphQLCompositeType | None
    ) -> Size:
        """The size of a selection on a type; None for one that the schema does not have."""
        total = Size()
        for node in selection_set.selections if selection_set else ():
            size = self._selection(node, parent)
            total.depth = max(total.depth, size.depth)
            total.fields += size.fields
            total.cost += size.cost
            total.names.update(size.names)
        self.repeats = max(self.repeats, *total.names.values(), 0)
        return total

    def fragment(self, name: str) -> Size:
        """The size of a fragment. One of unknown name is empty."""
        if name not in self._sizes:
            # Until it is measured it counts as empty: a fragment that spreads itself, which
            # validation refuses afterwards, ends here.
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
        found = self._schema.get_field(parent, name) if parent else None
        target = get_named_type(found.type) if found else None
        below = self.selections(node.selection_set, target if is_composite_type(target) else None)
        items = self._items(node, found, parent) if found else 1
        introspection = name in ("__schema", "__type")
        cost = below.cost * (INTROSPECTION_VALUE if introspection else items)
        if name == "ofType":
            # Not half of all types are wrapped, and of those not half are twice.
            cost //= 2
        return Size(
            1 if introspection else below.depth + 1,
            below.fields + 1,
            cost + 1,
            Counter([node.alias.value if node.alias else name]),
        )

    def _items(
        self, node: FieldNode, found: GraphQLField, parent: GraphQLCompositeType | None
    ) -> int:
        """How many objects a field stands for: 1, or as many as its list is expected to have."""
        within = parent.name if parent else ""
        if "first" in found.args or "ids" in found.args:
            return _page_size(node)
        if not is_list_type(get_nullable_type(found.type)) or within.endswith("Connection"):
            return 1
        if within.startswith("__"):
            all_types = len(self._schema.type_map) if node.name.value == "types" else 1
            return INTROSPECTION_LISTS.get(node.name.value, all_types)
        return PLAIN_LIST

    def _type(self, name: str) -> GraphQLCompositeType | None:
        found = self._schema.get_type(name)
        return found if is_composite_type(found) else None


def _page_size(node: FieldNode) -> int:
    sizes = []
    for argument in node.arguments or ():
        if argument.name.value not in ("first", "last", "ids"):
            continue
        if isinstance(argument.value, IntValueNode) and len(argument.value.value) <= 3:
            sizes.append(min(int(argument.value.value), MAX_SIZE))
        elif isinstance(argument.value, ListValueNode):
            sizes.append(len(argument.value.values))
        elif isinstance(argument.value, (VariableNode, IntValueNode)):
            sizes.append(MAX_SIZE)
    return max(1, *sizes) if sizes else DEFAULT_SIZE


def _count(number: int) -> str:
    return str(number) if number < 1_000_000 else "more than a million"
