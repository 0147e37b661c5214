"""Documents that were parsed and validated are kept, by their text: clients send the same few."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import ExecutionContext
from strawberry.types.graphql import OperationType

from app.graphql_limits import Limits, excess
from app.reads.budget import one_budget
from app.settings import Settings
from resolvers.error_mapping import Code

# How much comparing of fields of one name validation may do: at the library's own limit a new
# document keeps everybody waiting for half a second. A hundred fields side by side take 10,000.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000

# What all documents kept may weigh: a token takes as much memory as 300 bytes of text, so this is
# some 30 MB.
MAX_WEIGHT = 100_000


class Documents:
    """The valid documents used last, up to a weight in all."""

    def __init__(self, max_weight: int = MAX_WEIGHT) -> None:
        self._kept: OrderedDict[str, DocumentNode] = OrderedDict()
        self._max_weight = max_weight
        self.weight = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, text: str) -> DocumentNode | None:
        """The document of this text, if it is kept."""
        document = self._kept.get(text)
        if document is not None:
            self._kept.move_to_end(text)
        return document

    def keep(self, text: str, document: DocumentNode) -> None:
        """Keep a valid document; those not used for longest make room."""
        if text in self._kept:
            return
        self._kept[text] = document
        self.weight += _weight(text, document)
        while self.weight > self._max_weight:
            self.weight -= _weight(*self._kept.popitem(last=False))


def _weight(text: str, document: DocumentNode) -> int:
    return document.token_count + len(text) // 300 + 1


def _ambiguity(operation: ExecutionContext) -> GraphQLError | None:
    """Several operations and none named: nobody can say which is meant (GraphQL, 6.1)."""
    document = operation.graphql_document
    if operation._provided_operation_name is not None or document is None:
        return None
    found = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(found) < 2:
        return None
    names = ", ".join(d.name.value for d in found if d.name)
    message = f"The document has several operations. Say which in `operationName`: {names}."
    return GraphQLError(message, extensions={"code": Code.UNKNOWN_OPERATION})


class PreparedDocuments(SchemaExtension):
    """Parses and validates a text once, within the limits of the settings."""

    def __init__(self, documents: Documents, settings: Settings) -> None:
        self._documents = documents
        self._settings = settings
        self._known = False

    def on_parse(self) -> Iterator[None]:
        """Take the document that is kept, or set the limits for the parser."""
        operation = self.execution_context
        document = self._documents.get(operation.query or "")
        if document is not None:
            self._known = True
            operation.graphql_document = document
        operation.parse_options = {"max_tokens": self._settings.max_document_tokens}
        yield

    def on_validate(self) -> Iterator[None]:
        """Measure and validate a new document; keep it if it is valid."""
        operation = self.execution_context
        if problem := _ambiguity(operation):
            operation.pre_execution_errors = [problem]
            yield
            return
        if self._known:
            operation.pre_execution_errors = []
            yield
            return
        document = operation.graphql_document
        assert document is not None
        if problem := self._excess(document):
            # An error that is set already keeps the other rules, which cost more, from running.
            operation.pre_execution_errors = [problem]
        elif not self._settings.explorer:
            operation.validation_rules += (NoSchemaIntrospectionCustomRule,)
        yield
        for error in operation.pre_execution_errors or ():
            if error.message == "Validation aborted.":
                error.message = "Too many fields of one name stand side by side. Write each once."
                error.extensions = {"code": Code.DOCUMENT_TOO_COMPLEX}
            error.extensions = {"code": Code.GRAPHQL_VALIDATION_FAILED, **(error.extensions or {})}
        if not operation.pre_execution_errors:
            self._documents.keep(operation.query or "", document)

    def on_execute(self) -> Iterator[None]:
        """Let all root fields share what an answer may hold; each event of a stream has its own."""
        if self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            yield
            return
        with one_budget():
            yield

    def _excess(self, document: DocumentNode) -> GraphQLError | None:
        # Fragments may not make of a document what could not be written out within its tokens.
        settings = self._settings
        limits = Limits(
            settings.max_document_depth, settings.max_document_tokens, settings.max_document_cost
        )
        problem = excess(document, limits, self.execution_context.schema._schema)
        code: dict[str, Any] = {"code": Code.DOCUMENT_TOO_COMPLEX}
        return GraphQLError(problem, extensions=code) if problem else None
