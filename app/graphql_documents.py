"""Documents that were parsed and validated are kept, by their text: clients send the same few."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    Token,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    visit,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.schema.schema import validate_document
from strawberry.types.graphql import OperationType

from app.graphql_limits import Limits, excess
from app.settings import Settings
from resolvers.error_mapping import Code

# How much comparing of fields of one name validation may do: at the library's own limit a new
# document keeps everybody waiting for half a second. A hundred fields side by side take 10,000.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000

# What all documents kept may weigh: a token takes as much memory as 300 bytes of text, so this is
# some 30 MB.
MAX_WEIGHT = 100_000
# Enough for a page that somebody sees who has just accepted an invitation.
NEWCOMERS_TOKENS = 500


class Invalid(Exception):
    """A request that cannot be executed: `errors` say why."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(errors[0].message)
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: its operations by name, and the variables in its @skip and @include.

    `weight` is in tokens, with the text.
    """

    ast: DocumentNode
    weight: int
    operations: Mapping[str | None, OperationType]
    switches: tuple[str, ...]

    def operation(self, name: str | None) -> OperationType:
        """The kind of the operation of this name, or of the only one without.

        Raises CannotGetOperationTypeError if there is none, Invalid if it could be several.
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


class Documents:
    """Prepares documents, and keeps the valid ones used last, up to a weight in all."""

    def __init__(
        self, schema: GraphQLSchema, settings: Settings, max_weight: int = MAX_WEIGHT
    ) -> None:
        self._schema = schema
        self._tokens = settings.max_document_tokens
        # Fragments may not make of a document what could not be written out within its tokens.
        self._limits = Limits(settings.max_document_depth, self._tokens, settings.max_document_cost)
        self._rules = tuple(specified_rules)
        if not settings.explorer:
            self._rules += (NoSchemaIntrospectionCustomRule,)
        self._kept: LRUCache[str, Document] = LRUCache(
            max_weight, getsizeof=lambda document: document.weight
        )

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, text: str) -> bool:
        """Whether the document of a text is kept."""
        return text in self._kept

    def prepare(self, text: str, operation_name: str | None) -> tuple[Document, OperationType]:
        """The document of a text, and what kind of operation is asked for.

        Raises Invalid, GraphQLSyntaxError or CannotGetOperationTypeError.
        """
        kept = self._kept.get(text)
        document = kept or _read(text, _parsed(text, self._tokens))
        kind = document.operation(operation_name)
        if kept is None:
            self._validate(document)
            if document.weight <= self._kept.maxsize:
                self._kept[text] = document
        return document, kind

    def _validate(self, document: Document) -> None:
        """Raise Invalid for a document that is too large, or not valid."""
        # First what costs least.
        if problem := excess(document.ast, self._limits, self._schema):
            code = {"code": Code.DOCUMENT_TOO_COMPLEX}
            raise Invalid(GraphQLError(problem, extensions=code))
        errors = validate_document(self._schema, document.ast, self._rules)
        for error in errors:
            error.extensions = {"code": Code.GRAPHQL_VALIDATION_FAILED, **(error.extensions or {})}
            if error.message == "Validation aborted.":
                error.message = "Too many fields of one name stand side by side. Write each once."
                error.extensions = {"code": Code.DOCUMENT_TOO_COMPLEX}
        if errors:
            raise Invalid(*errors)


def only_root_field(text: str, operation_name: str | None) -> str | None:
    """The field that an operation asks for at its root; None for several, or no such document."""
    try:
        ast = parse(text, max_tokens=NEWCOMERS_TOKENS)
    except GraphQLError:
        return None
    found = [
        definition.selection_set.selections
        for definition in ast.definitions
        if isinstance(definition, OperationDefinitionNode)
        and operation_name in (None, definition.name and definition.name.value)
    ]
    if len(found) != 1 or len(found[0]) != 1 or not isinstance(found[0][0], FieldNode):
        return None
    return found[0][0].name.value


def _parsed(text: str, max_tokens: int) -> DocumentNode:
    """Parse a text, and keep of its tokens only those at which nodes begin and end.

    All of them in a chain, as the parser leaves them, are ten times the document, and a cycle that
    only Python's collector would end.
    """
    ast = parse(text, max_tokens=max_tokens)
    token: Token | None = ast.loc.start_token if ast.loc else None
    while token:
        following = token.next
        token.prev = token.next = None
        token = following
    return ast


def _read(text: str, ast: DocumentNode) -> Document:
    operations = {
        definition.name.value if definition.name else None: OperationType(
            definition.operation.value
        )
        for definition in ast.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
    switches = _Switches()
    visit(ast, switches)
    weight = ast.token_count + len(text) // 300 + 1
    return Document(ast, weight, operations, tuple(switches.names))


class _Switches(Visitor):
    """Collects the variables that decide which fields are in the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names[argument.value.name.value] = None
