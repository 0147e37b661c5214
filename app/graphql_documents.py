"""Documents that were parsed and validated are kept, by their text: clients send the same few.

Which ones are answered at all may be limited to those that the operator trusts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
    validate,
    visit,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.graphql import OperationType

from app.graphql_limits import ASIDE, Limits, excess
from app.graphql_sizes import PAGES, Ruler, page_size
from app.settings import Settings
from app.trusted_documents import PREFIX, Trusted, without_heading
from resolvers.error_mapping import ApiError, Code

# How much comparing of fields of one name validation may do: at the library's own limit a new
# document keeps everybody waiting for half a second. A hundred fields side by side take 10,000.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 25_000
# Each error about a name looks for others that it might be a slip of: a hundred take 0.3 seconds.
MAX_ERRORS = 10
# What all documents kept may weigh, some 30 MB: a token takes as much as 300 bytes of text.
MAX_WEIGHT = 100_000
# Enough for a page that somebody sees who has just accepted an invitation.
NEWCOMERS_TOKENS = 500
# Costs that are kept with a document, by the sizes of pages that requests said.
COSTS = 32


class Invalid(Exception):
    """A request that cannot be executed: `errors` say why."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(errors[0].message)
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an operation costs, in values; `aside` if it asks for much of the schema."""

    values: int
    aside: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: its operations by name, and what its variables decide.

    `switches` are those in @skip and @include, `sizes` those that say how large a page is.
    `weight` is in tokens, with the text; `costs` are by operation and sizes.
    """

    ast: DocumentNode
    weight: int
    operations: Mapping[str | None, OperationDefinitionNode]
    switches: tuple[str, ...]
    sizes: tuple[str, ...]
    costs: dict[Any, Cost] = field(default_factory=dict, compare=False, repr=False)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The one of this name, or the only one. Raises CannotGetOperationTypeError or Invalid."""
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
        """The name of the operation asked for, by its name or as the only one; None without."""
        return asked or next(iter(self.operations), None)


class Documents:
    """Prepares documents, and keeps the valid ones used last, up to a weight in all."""

    def __init__(
        self, schema: GraphQLSchema, settings: Settings, max_weight: int = MAX_WEIGHT
    ) -> None:
        """Raises ValueError for a manifest of trusted documents that is wrong."""
        self._schema = schema
        self._tokens = settings.max_document_tokens
        # Fragments may not make of a document what could not be written out within its tokens.
        self._limits = Limits(settings.max_document_depth, self._tokens, settings.max_document_cost)
        self._rules = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
        if not settings.shows_schema:
            self._rules += (NoSchemaIntrospectionCustomRule,)
        self._kept: LRUCache[str, Document] = LRUCache(
            max_weight, getsizeof=lambda document: document.weight
        )
        self._trusted = Trusted(settings)
        self._check_trusted()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, text: str) -> bool:
        """Whether the document of a text is kept."""
        return text in self._kept

    def prepare(self, asked: str, operation_name: str | None) -> tuple[Document, OperationType]:
        """The document of a text, or `sha256:` and its hash, and the kind of operation asked for.

        Raises Invalid, ApiError, GraphQLSyntaxError or CannotGetOperationTypeError.
        """
        text = self._trusted.text(asked)
        kept = self._kept.get(text)
        if kept is None:
            # Before it costs anything.
            self._trusted.check(text)
        document = kept or _read(text, _parsed(text, self._tokens))
        kind = OperationType(document.operation(operation_name).operation.value)
        if kept is None:
            self._validate(document)
            self._trusted.tell(text, document.name(operation_name))
            if document.weight <= self._kept.maxsize:
                self._kept[text] = document
        return document, kind

    def cost(
        self, document: Document, operation_name: str | None, variables: Mapping[str, Any] | None
    ) -> Cost:
        """What an operation of a valid document costs with these variables."""
        node = document.operation(operation_name)
        sizes = tuple([page_size(name, node, variables or {}) for name in document.sizes])
        found = document.costs.get((operation_name, sizes))
        if found is None:
            given = dict(zip(document.sizes, sizes, strict=True))
            size = Ruler(document.ast, self._schema, given).operation(node)
            found = Cost(size.cost, size.introspects and size.cost > ASIDE)
            if len(document.costs) >= COSTS:
                document.costs.clear()
            document.costs[operation_name, sizes] = found
        return found

    def only_root_field(self, asked: str, operation_name: str | None) -> str | None:
        """The field that an operation asks for at its root; None for several, or no document."""
        try:
            ast = parse(self._trusted.text(asked), max_tokens=NEWCOMERS_TOKENS)
        except (ApiError, GraphQLError):
            return None
        found = [
            node.selection_set.selections
            for name, node in _operations(ast)
            if operation_name in (None, name)
        ]
        if len(found) != 1 or len(found[0]) != 1 or not isinstance(found[0][0], FieldNode):
            return None
        return found[0][0].name.value

    def _check_trusted(self) -> None:
        for hash, text in self._trusted.documents.items():
            try:
                document = _read(text, _parsed(text, self._tokens))
                self._validate(document)
            except (Invalid, GraphQLError) as error:
                begin = " ".join(without_heading(text).split())[:60]
                raise ValueError(
                    f"The trusted document {PREFIX}{hash}, `{begin}`, cannot be answered: {error}"
                ) from error

    def _validate(self, document: Document) -> None:
        """Raise Invalid for a document that is too large, or not valid."""
        # First what costs least.
        if problem := excess(document.ast, self._limits, self._schema):
            raise Invalid(GraphQLError(problem, extensions={"code": Code.DOCUMENT_TOO_COMPLEX}))
        errors = validate(self._schema, document.ast, self._rules, max_errors=MAX_ERRORS)
        for error in errors:
            error.extensions = {"code": Code.GRAPHQL_VALIDATION_FAILED, **(error.extensions or {})}
            if error.message == "Validation aborted.":
                error.message = "Too many fields of one name stand side by side. Write each once."
                error.extensions = {"code": Code.DOCUMENT_TOO_COMPLEX}
        if errors:
            raise Invalid(*errors)


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


def _operations(ast: DocumentNode) -> Iterator[tuple[str | None, OperationDefinitionNode]]:
    for node in ast.definitions:
        if isinstance(node, OperationDefinitionNode):
            yield node.name.value if node.name else None, node


def _read(text: str, ast: DocumentNode) -> Document:
    deciding = _Deciding()
    visit(ast, deciding)
    weight = ast.token_count + len(text) // 300 + 1
    operations = dict(_operations(ast))
    return Document(ast, weight, operations, tuple(deciding.switches), tuple(deciding.sizes))


class _Deciding(Visitor):
    """Collects the variables that decide which fields are in the answer, and how many items."""

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
