"""A cache of parsed and validated documents by their text: clients send the same few.

The operator may limit execution to trusted documents.
"""

from collections.abc import Mapping
from typing import Any

from cachetools import LRUCache
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.graphql import OperationType

from app.graphql.document import Cost, Document, Invalid, document_of, operations_of, parsed
from app.graphql.limits.cost import Ruler
from app.graphql.limits.documents import ASIDE, Limits, excess
from app.graphql.limits.page_sizes import page_size, switch
from app.graphql.trusted_documents import PREFIX, Trusted, without_heading
from app.settings import Settings
from resolvers.error_mapping import ApiError, Code

# Limit on comparisons of fields of one name in validation. At the library's own limit, a new
# document blocks the event loop for half a second. A hundred fields in one selection take 10,000.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 25_000
# Each error about an unknown name searches for similar names: a hundred errors take 0.3 seconds.
MAX_ERRORS = 10
# Total weight of the cache, about 30 MB: a token takes as much memory as 300 bytes of text.
MAX_WEIGHT = 100_000
# Enough for a page that is shown after somebody has accepted an invitation.
NEWCOMERS_TOKENS = 500
# Costs cached per document, by the page sizes of requests.
COSTS = 32


class Documents:
    """Prepares documents, and caches the most recently used valid ones up to a total weight."""

    def __init__(
        self, schema: GraphQLSchema, settings: Settings, max_weight: int = MAX_WEIGHT
    ) -> None:
        """Raises ValueError for an invalid manifest of trusted documents."""
        self._schema = schema
        self._tokens = settings.max_document_tokens
        # Fragments must not expand a document beyond what fits into its tokens.
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
        """Whether the document of a text is cached."""
        return text in self._kept

    def prepare(self, asked: str, operation_name: str | None) -> tuple[Document, OperationType]:
        """Return the document of a text, or of `sha256:` and its hash, and the kind of the
        requested operation.

        Raises Invalid, ApiError, GraphQLSyntaxError or CannotGetOperationTypeError.
        """
        text = self._trusted.text(asked)
        kept = self._kept.get(text)
        if kept is None:
            # Checked first, before any work.
            self._trusted.check(text)
        document = kept or document_of(text, parsed(text, self._tokens))
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
        """Return the cost of an operation of a valid document with these variables."""
        node = document.operation(operation_name)
        given = variables or {}
        sizes = {name: page_size(name, node, given) for name in document.sizes}
        switches = {name: switch(name, node, given) for name in document.switches}
        key = (operation_name, *sizes.values(), *switches.values())
        found = document.costs.get(key)
        if found is None:
            size = Ruler(document.ast, self._schema, sizes, switches).operation(node)
            found = Cost(size.cost, size.introspects and size.cost > ASIDE)
            if len(document.costs) >= COSTS:
                document.costs.clear()
            document.costs[key] = found
        return found

    def only_root_field(self, asked: str, operation_name: str | None) -> str | None:
        """Return the root field of an operation; None for several, or an invalid document."""
        try:
            ast = parse(self._trusted.text(asked), max_tokens=NEWCOMERS_TOKENS)
        except (ApiError, GraphQLError):
            return None
        found = [
            node.selection_set.selections
            for name, node in operations_of(ast)
            if operation_name in (None, name)
        ]
        if len(found) != 1 or len(found[0]) != 1 or not isinstance(found[0][0], FieldNode):
            return None
        return found[0][0].name.value

    def check(self, text: str) -> None:
        """Raise Invalid or GraphQLSyntaxError for a text that cannot be executed."""
        self._validate(document_of(text, parsed(text, self._tokens)))

    def _check_trusted(self) -> None:
        for hash, text in self._trusted.documents.items():
            try:
                self.check(text)
            except (Invalid, GraphQLError) as error:
                begin = " ".join(without_heading(text).split())[:60]
                raise ValueError(
                    f"The trusted document {PREFIX}{hash}, `{begin}`, cannot be executed: {error}"
                ) from error

    def _validate(self, document: Document) -> None:
        """Raise Invalid for a document that is too large or invalid."""
        # The cheapest check first.
        if problem := excess(document.ast, self._limits, self._schema):
            raise Invalid(GraphQLError(problem, extensions={"code": Code.DOCUMENT_TOO_COMPLEX}))
        errors = validate(self._schema, document.ast, self._rules, max_errors=MAX_ERRORS)
        for error in errors:
            error.extensions = {"code": Code.GRAPHQL_VALIDATION_FAILED, **(error.extensions or {})}
            if error.message == "Validation aborted.":
                error.message = (
                    "Too many fields have the same name in one selection. Write each once."
                )
                error.extensions = {"code": Code.DOCUMENT_TOO_COMPLEX}
        if errors:
            raise Invalid(*errors)
