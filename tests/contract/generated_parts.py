"""Small parts of documents, and what is used of them."""

from collections.abc import Sequence
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    NameNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)


def used(
    selections: list[SelectionNode], fragments: list[FragmentDefinitionNode]
) -> tuple[list[FragmentDefinitionNode], set[str]]:
    """The fragments and variables that selections lead to: parts of fields were left out."""
    by_name = {fragment.name.value: fragment for fragment in fragments}
    found: list[FragmentDefinitionNode] = []
    variables: set[str] = set()

    class Finder(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            fragment = by_name[node.name.value]
            if fragment not in found:
                found.append(fragment)
                visit(fragment, self)

        def enter_variable(self, node: VariableNode, *_: object) -> None:
            variables.add(node.name.value)

    visit(selection_set(selections), Finder())
    return found, variables


def is_field_of(interface: Any, node: SelectionNode) -> bool:
    return isinstance(node, FieldNode) and node.name.value in {*interface.fields, "__typename"}


def field_node(
    name: str, inner: Sequence[SelectionNode] = (), arguments: Sequence[ArgumentNode] = ()
) -> FieldNode:
    selections = selection_set(inner) if inner else None
    return FieldNode(name=name_node(name), arguments=tuple(arguments), selection_set=selections)


def name_node(text: str) -> NameNode:
    return NameNode(value=text)


def selection_set(selections: Sequence[SelectionNode]) -> SelectionSetNode:
    return SelectionSetNode(selections=tuple(selections))
