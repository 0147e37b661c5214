"""A parsed document: its operations, and the variables that affect its cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    Token,
    VariableNode,
    Visitor,
    parse,
    visit,
)
from strawberry.schema.exceptions import CannotGetOperationTypeError

from app.graphql.limits.page_sizes import PAGES
from resolvers.error_mapping import Code


class Invalid(Exception):
    """A request that cannot be executed: `errors` say why."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(errors[0].message)
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of an operation, in values. `aside` if it requests much of the schema."""

    values: int
    aside: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: its operations by name, and the variables that affect its cost.

    `switches` are the variables in @skip and @include, `sizes` those for page sizes. `weight` is in
    tokens, including the text; `costs` are by operation, sizes and switches.
    """

    ast: DocumentNode
    weight: int
    operations: Mapping[str | None, OperationDefinitionNode]
    switches: tuple[str, ...]
    sizes: tuple[str, ...]
    costs: dict[Any, Cost] = field(default_factory=dict, compare=False, repr=False)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation of this name, or the only one. Raises CannotGetOperationTypeError or
        Invalid.
        """
        if name is not None:
            if name not in self.operations:
                raise CannotGetOperationTypeError(name)
            return self.operations[name]
        if len(self.operations) > 1:
            names = ", ".join(known for known in self.operations if known)
            message = f"The document has several operations. Say which in `operationName`: {names}."
            raise Invalid(GraphQLError(message, extensions={"code": Code.UNKNOWN_OPERATION}))
        if not self.operations:
            raise CannotGetOperationTypeError(None)
        return next(iter(self.operations.values()))

    def name(self, asked: str | None) -> str | None:
        """Return the name of the requested or only operation; None if it has no name."""
        return asked or next(iter(self.operations), None)


def parsed(text: str, max_tokens: int) -> DocumentNode:
    """Parse a text, keeping only the tokens at which nodes begin and end.

    The parser's chain of all tokens is ten times as large as the document, and a reference cycle
    that only the garbage collector would free.
    """
    ast = parse(text, max_tokens=max_tokens)
    token: Token | None = ast.loc.start_token if ast.loc else None
    while token:
        following = token.next
        token.prev = token.next = None
        token = following
    return ast


def operations_of(ast: DocumentNode) -> Iterator[tuple[str | None, OperationDefinitionNode]]:
    """Yield the operations of a document, each with its name."""
    for node in ast.definitions:
        if isinstance(node, OperationDefinitionNode):
            yield node.name.value if node.name else None, node


def document_of(text: str, ast: DocumentNode) -> Document:
    """Return the document for a parsed text."""
    deciding = _Deciding()
    visit(ast, deciding)
    weight = ast.token_count + len(text) // 300 + 1
    operations = dict(operations_of(ast))
    return Document(ast, weight, operations, tuple(deciding.switches), tuple(deciding.sizes))


class _Deciding(Visitor):
    """Collects the variables that decide which fields and how many items are in the response."""

    def __init__(self) -> None:
        super().__init__()
        self.switches: dict[str, None] = {}
        self.sizes: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.switches[argument.value.name.value] = None

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode) and argument.name.value in PAGES:
                self.sizes[argument.value.name.value] = None
