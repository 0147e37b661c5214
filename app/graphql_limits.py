"""How large a GraphQL document may be, measured before anything expensive looks at it.

Each fragment is measured once, however often it is spread: shipped depth limiters expand fragments
again at every use, and 700 bytes keep them busy for seconds.
"""

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest document accepted.

    `depth` counts nested fields, `fields` those of an operation with its fragments written out,
    `repeats` how often one response name may stand in one selection: validation compares each
    with each.
    """

    depth: int
    fields: int
    repeats: int = 100


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection comes to: its depth, and its fields with fragments written out."""

    depth: int = 0
    fields: int = 0


def excess(document: DocumentNode, limits: Limits) -> str | None:
    """What is too large about a document, in a sentence; None if nothing is.

    The depth of introspection is not counted: a validation rule of its own limits that.
    """
    try:
        return _excess(document, limits)
    except RecursionError:
        return f"Fields are nested too deep. At most {limits.depth} levels are allowed."


def _excess(document: DocumentNode, limits: Limits) -> str | None:
    ruler = _Ruler(document)
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        size = ruler.selections(node.selection_set)
        if size.depth > limits.depth:
            return f"Fields are nested {size.depth} deep. At most {limits.depth} are allowed."
        if size.fields > limits.fields:
            return (
                f"With its fragments written out the operation has {_count(size.fields)} fields."
                f" At most {limits.fields} are allowed."
            )
    if ruler.repeats > limits.repeats:
        return f"One field is repeated {ruler.repeats} times side by side. Use aliases, or one."
    return None


class _Ruler:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._sizes: dict[str, Size] = {}
        self.repeats = 0

    def selections(self, selection_set: SelectionSetNode | None) -> Size:
        if selection_set is None:
            return Size()
        depth = fields = 0
        names: dict[str, int] = {}
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                name = node.alias.value if node.alias else node.name.value
                names[name] = names.get(name, 0) + 1
                size = self._field(node)
            elif isinstance(node, InlineFragmentNode):
                size = self.selections(node.selection_set)
            else:
                assert isinstance(node, FragmentSpreadNode)
                size = self._fragment(node.name.value)
            depth, fields = max(depth, size.depth), fields + size.fields
        self.repeats = max(self.repeats, *names.values()) if names else self.repeats
        return Size(depth, fields)

    def _field(self, node: FieldNode) -> Size:
        below = self.selections(node.selection_set)
        depth = 0 if node.name.value in ("__schema", "__type") else below.depth
        return Size(depth + 1, below.fields + 1)

    def _fragment(self, name: str) -> Size:
        if name not in self._sizes:
            # Until it is measured it counts as empty: a fragment that spreads itself, which
            # validation refuses afterwards, ends here.
            self._sizes[name] = Size()
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._sizes[name] = self.selections(fragment.selection_set)
        return self._sizes[name]


def _count(number: int) -> str:
    return str(number) if number < 1_000_000 else "more than a million"
