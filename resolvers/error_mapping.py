"""What callers are told of an error: its code for faults of theirs, a correlation id for ours."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError, StrawberryInputCoercionError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from app.auth.refusal import Unauthenticated
from app.domain.errors import Refused
from app.events.cursors import CursorExpired, InvalidCursor
from app.observability import metrics
from app.observability.tracebacks import harmless
from app.persistence.database import TOO_LATE
from app.persistence.outages import is_away
from app.reads.errors import BadArgument, NotInScope, TooLarge

log = structlog.get_logger()


class Code(StrEnum):
    """The closed list of `extensions.code` in top-level errors."""

    BAD_REQUEST = "BAD_REQUEST"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    HEAD_TOO_LARGE = "HEAD_TOO_LARGE"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    NOT_FOUND = "NOT_FOUND"
    TOO_MANY_CONNECTIONS = "TOO_MANY_CONNECTIONS"
    TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    DOCUMENT_TOO_COMPLEX = "DOCUMENT_TOO_COMPLEX"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    OPERATION_NOT_ALLOWED = "OPERATION_NOT_ALLOWED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    INVALID_CURSOR = "INVALID_CURSOR"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class ApiError(Exception):
    """A fault of the caller's that a resolver found: message and code reach the caller."""

    def __init__(self, message: str, code: Code, **extensions: Any) -> None:
        super().__init__(message)
        self.code = code
        self.extensions = extensions


Told = tuple[str, Code, Mapping[str, Any]]

# Seconds after which it is worth to come back once something is UNAVAILABLE.
AWAY_SECONDS = 1
AWAY = (
    "The database cannot be reached right now. Try again in a moment; a mutation may have been"
    " done: repeat it with the same idempotency key."
)
STOPPING = (
    "The server is stopping. Send it again; a mutation, which may have been done, with the same"
    " idempotency key."
)
Kind = type[Exception] | tuple[type[Exception], ...]

LATE = "This took too long and was given up. Send it again, with the same idempotency key."

# Errors of other layers, and what callers are told of each: message, code, further extensions.
_KNOWN: list[tuple[Kind, Callable[[Any], Told]]] = [
    (ApiError, lambda e: (str(e), e.code, e.extensions)),
    (Unauthenticated, lambda e: (str(e), Code.UNAUTHENTICATED, {"reason": e.reason})),
    (BadArgument, lambda e: (str(e), Code.BAD_USER_INPUT, {})),
    (NotInScope, lambda e: (str(e), Code.FORBIDDEN, {})),
    (TooLarge, lambda e: (str(e), Code.DOCUMENT_TOO_COMPLEX, {})),
    (InvalidCursor, lambda e: (str(e), Code.INVALID_CURSOR, {})),
    (CursorExpired, lambda e: (str(e), Code.CURSOR_EXPIRED, {})),
    (Refused, lambda e: (str(e), Code.BAD_USER_INPUT, {})),
    (TOO_LATE, lambda e: (LATE, Code.DEADLINE_EXCEEDED, {})),
    (MissingQueryError, lambda e: ("Send a `query`.", Code.BAD_REQUEST, {})),
    (
        CannotGetOperationTypeError,
        lambda e: (e.as_http_error_reason(), Code.UNKNOWN_OPERATION, {}),
    ),
    (
        InvalidOperationTypeError,
        lambda e: (
            "Subscriptions need a WebSocket (graphql-transport-ws), or SSE: send"
            " `Accept: text/event-stream`.",
            Code.OPERATION_NOT_ALLOWED,
            {},
        ),
    ),
    (
        RecursionError,
        lambda e: ("The request is nested too deeply.", Code.DOCUMENT_TOO_COMPLEX, {}),
    ),
]


def present(error: GraphQLError, correlation_id: str, suggestions: bool = True) -> GraphQLError:
    """The error as the caller may see it. What is not known to be the caller's fault is masked.

    Logs it, once: a bug with its traceback, all else without. `suggestions` says whether
    "Did you mean" may name parts of the schema.
    """
    told, original = _told(error), _original(error)
    if told is None and original and is_away(original):
        why = f"{type(original).__name__}: {harmless(original)}"
        log.warning("database_away", correlation_id=correlation_id, why=why)
        told = AWAY, Code.UNAVAILABLE, {}
    elif told is None:
        bug = original or error
        log.error("internal_error", correlation_id=correlation_id, path=error.path, exc_info=bug)
        told = _internal(correlation_id)
    else:
        log.info("client_error", code=told[1], correlation_id=correlation_id)
    message, code, extensions = told
    metrics.errors.labels(code).inc()
    if not suggestions:
        message = message.partition(" Did you mean ")[0]
    return _copy(error, message, {"code": str(code), **extensions})


def present_exception(error: Exception, correlation_id: str) -> GraphQLError:
    """The same for an exception that ended the request outside of any field."""
    return present(GraphQLError(str(error), original_error=error), correlation_id)


def _told(error: GraphQLError) -> Told | None:
    original = _original(error)
    for known, tell in _KNOWN:
        if isinstance(original, known):
            return tell(original)
    if isinstance(error, GraphQLSyntaxError):
        return error.message, Code.GRAPHQL_PARSE_FAILED, {}
    if error.path is None:
        return _before_execution(error, original)
    # The one fault of the caller's that the executor itself finds: a null for a required argument.
    if isinstance(original, GraphQLError) and original.message.startswith("Argument "):
        return error.message, Code.BAD_USER_INPUT, {}
    return None


def _before_execution(error: GraphQLError, original: Exception | None) -> Told | None:
    code = str((error.extensions or {}).get("code"))
    if code in Code.__members__:
        return error.message, Code(code), {}
    # Variables that do not fit are reported at their definition; @oneOf, nowhere.
    if error.nodes or isinstance(error, StrawberryInputCoercionError):
        return error.message, Code.BAD_USER_INPUT, {}
    if original is None:
        return error.message, Code.BAD_REQUEST, {}
    return None


def _original(error: GraphQLError) -> Exception | None:
    original: Exception | None = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    return original


def _internal(correlation_id: str) -> Told:
    message = f"Internal error. Quote the correlation id {correlation_id} when you report it."
    return message, Code.INTERNAL, {"correlationId": correlation_id}


def _copy(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message, error.nodes, error.source, error.positions, error.path, extensions=extensions
    )
