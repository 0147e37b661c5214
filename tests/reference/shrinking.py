"""Makes a document that shows a difference as small as it gets, so that people can read it."""

from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

# What can be left out of a document.
PARTS = (
    FieldNode,
    InlineFragmentNode,
    FragmentSpreadNode,
    ArgumentNode,
    ObjectFieldNode,
)
# How often the question is asked at most.
TRIES = 500
Shows = Callable[[str, dict[str, Any]], Awaitable[bool]]


async def reduce(
    document: str, variables: dict[str, Any], shows: Shows
) -> tuple[str, dict[str, Any]]:
    """Leave out whatever can be left out while the document still shows what it should."""
    skipped = 0
    for _ in range(TRIES):
        candidate = next(islice(_candidates(document), skipped, None), None)
        if candidate is None:
            break
        kept = {name: value for name, value in variables.items() if f"${name}" in candidate}
        if await shows(candidate, kept):
            document, variables = candidate, kept
        else:
            skipped += 1
    return document, variables


def _candidates(text: str) -> Iterator[str]:
    document = parse(text)
    parts: list[Node] = []

    class Finder(Visitor):
        def enter(self, node: Node, *_: Any) -> None:
            if isinstance(node, PARTS):
                parts.append(node)

    visit(document, Finder())
    for part in parts:
        smaller = print_ast(_without(document, part))
        # The parser would take a selection of nothing.
        if "{}" not in smaller and "()" not in smaller:
            yield smaller


def _without(document: DocumentNode, part: Node) -> DocumentNode:
    """The document without a part, and without fragments and variables that nothing names then."""

    class Remover(Visitor):
        def enter(self, node: Node, *_: Any) -> Any:
            return REMOVE if node is part else None

    document = visit(document, Remover())
    named: set[str] = set()

    class Names(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
            named.add(node.name.value)

        def enter_variable(self, node: VariableNode, *ancestors: Any) -> None:
            if not isinstance(ancestors[1], VariableDefinitionNode):
                named.add(node.name.value)

    visit(document, Names())

    class Unnamed(Visitor):
        def enter(self, node: Node, *_: Any) -> Any:
            if isinstance(node, FragmentDefinitionNode) and node.name.value not in named:
                return REMOVE
            if isinstance(node, VariableDefinitionNode) and node.variable.name.value not in named:
                return REMOVE
            return None

    return visit(document, Unnamed())  # type: ignore[no-any-return]
