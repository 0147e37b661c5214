"""GraphQL over HTTP: JSON requests by POST; responses as JSON or server-sent events.

Follows the GraphQL-over-HTTP specification: `application/graphql-response+json` carries status
codes, `application/json` is 200 for every well-formed request. A request that is not well formed is
400 for both; nothing a caller can send is 500.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog
from graphql import GraphQLError
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema import BaseSchema
from strawberry.types.graphql import OperationType

from app.auth.actor import Admitted
from app.auth.authenticate import Authenticator, UnknownSubject
from app.auth.refusal import Unauthenticated
from app.context import Context, Runtime
from app.encoding import to_json
from app.graphql.credential_checks import Rechecks
from app.graphql.document_cache import Documents
from app.graphql.limits.connections import Places, TooMany, address_of
from app.graphql.negotiation import EVENT_STREAM, JSON, RESPONSE_JSON, negotiate
from app.graphql.requests import asked_document, operation_problem
from app.graphql.sse import EventStream
from app.observability import metrics
from app.observability.logs import correlation_id
from resolvers.error_mapping import AWAY_SECONDS, Code, present_exception

log = structlog.get_logger()

# The only field that a valid token of an unknown person may request.
NEWCOMERS_FIELD = "acceptInvitation"
# The `Retry-After` for a caller that has reached its limit of event streams.
RETRY_SECONDS = 5
_QUERY = {OperationType.QUERY}
_SINGLE_ANSWER = {OperationType.QUERY, OperationType.MUTATION}
# Statuses of responses without data, for the media type that carries a status. All others are 400.
_STATUS: Mapping[str, int] = {
    Code.INTERNAL: 500,
    Code.DEADLINE_EXCEEDED: 504,
    Code.UNAVAILABLE: 503,
}


class BadHttp(Exception):
    """A request that is not valid GraphQL over HTTP: status, code, and what to do instead."""

    def __init__(self, status: int, code: Code, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Operation:
    """A well-formed request. `document` is a text, or `sha256:` and its hash."""

    document: str
    variables: dict[str, Any] | None
    operation_name: str | None


class HttpEndpoint:
    """Answers the HTTP requests of the GraphQL endpoint."""

    def __init__(
        self,
        schema: BaseSchema,
        documents: Documents,
        runtime: Runtime,
        authenticator: Authenticator,
        rechecks: Rechecks,
        places: Places,
    ) -> None:
        self.schema = schema
        self.documents = documents
        self.runtime = runtime
        self.authenticator = authenticator
        self.rechecks = rechecks
        self.places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        id = request_id(scope)
        try:
            response = await self._respond(scope, receive, id)
        except BadHttp as bad:
            metrics.errors.labels(bad.code).inc()
            response = _failure(bad.status, str(bad), {"code": bad.code}, bad.headers)
        except Unauthenticated as refusal:
            metrics.errors.labels(Code.UNAUTHENTICATED).inc()
            response = _unauthenticated(refusal)
        except ClientDisconnect:
            return
        except Exception as error:
            presented = present_exception(error, id)
            extensions = presented.extensions or {}
            status = _STATUS.get(extensions["code"], 500)
            response = _failure(
                status, presented.message, extensions, _come_back(extensions["code"])
            )
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, id: str) -> ASGIApp:
        # Not in production: query strings end up in logs.
        by_get = scope["method"] == "GET" and self.runtime.settings.shows_schema
        if scope["method"] != "POST" and not by_get:
            raise BadHttp(405, Code.METHOD_NOT_ALLOWED, "Send GraphQL by POST.", allow="POST")
        # The first header of each name, as in Starlette's Headers, which search the whole list each
        # time.
        headers = {name: value.decode("latin-1") for name, value in reversed(scope["headers"])}
        media_type = negotiate(headers.get(b"accept"))
        if media_type is None:
            raise BadHttp(
                406, Code.NOT_ACCEPTABLE, f"Accept {RESPONSE_JSON}, {JSON} or {EVENT_STREAM}."
            )
        if by_get:
            if media_type == EVENT_STREAM:
                raise BadHttp(
                    405, Code.METHOD_NOT_ALLOWED, "Send subscriptions by POST.", allow="POST"
                )
            operation = _in_address(scope["query_string"])
        else:
            _check_content(headers)
            body = await _read_body(headers, receive, self.runtime.settings.max_body_bytes)
            operation = parse_operation(body)
        admitted = await self._admit(headers.get(b"authorization"), operation)
        address = address_of(scope)
        context = Context(self.runtime, admitted.actor, id, address=address or "")
        if media_type == EVENT_STREAM:
            return await self._stream(operation, context, admitted, address)
        result = await self.schema.execute(
            operation.document,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
            allowed_operation_types=_QUERY if by_get else _SINGLE_ANSWER,
        )
        if by_get and _code(result.errors) == Code.OPERATION_NOT_ALLOWED:
            raise BadHttp(405, Code.METHOD_NOT_ALLOWED, "Send mutations by POST.", allow="POST")
        return _answer(result, media_type)

    async def _stream(
        self, operation: Operation, context: Context, admitted: Admitted, address: str | None
    ) -> ASGIApp:
        try:
            give_back = self.places.take_stream(address, admitted.actor)
        except TooMany as refused:
            headers = {"retry-after": str(RETRY_SECONDS)}
            raise BadHttp(429, refused.code, str(refused), **headers) from refused
        try:
            results = await self.schema.stream(
                operation.document,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
            )
        except BaseException:
            give_back()
            raise
        return EventStream(results, self.rechecks, admitted, give_back)

    async def _admit(self, authorization: str | None, asked: Operation) -> Admitted:
        """Authenticate the caller. A valid token of an unknown person may only accept an
        invitation.
        """
        try:
            return await self.authenticator.admit(authorization)
        except UnknownSubject as refusal:
            field = self.documents.only_root_field(asked.document, asked.operation_name)
            if field != NEWCOMERS_FIELD:
                raise
            return refusal.newcomer


def request_id(scope: Scope) -> str:
    """Return the correlation id that the middleware assigned, or a new one without middleware."""
    found = scope.get("state", {}).get("correlation_id")
    return found if found is not None else correlation_id(None)


def parse_operation(body: bytes) -> Operation:
    """Return the operation in a JSON body. Raises BadHttp if there is none."""
    try:
        data = orjson.loads(body)
    except ValueError as error:
        raise _malformed(f"The body is not JSON in UTF-8: {error}.") from error
    if not isinstance(data, dict):
        hint = " Batches are not supported." if isinstance(data, list) else ""
        raise _malformed(f"The body must be a JSON object with a `query`.{hint}")
    return _operation(data)


def _in_address(query_string: bytes) -> Operation:
    """Return the operation in a query string. Raises BadHttp if there is none."""
    data: dict[str, Any] = dict(parse_qsl(query_string.decode("latin-1")))
    try:
        for name in ("variables", "extensions"):
            if name in data:
                data[name] = orjson.loads(data[name])
    except ValueError as error:
        raise _malformed(f"`{name}` is not JSON: {error}.") from error
    return _operation(data)


def _operation(data: Mapping[str, Any]) -> Operation:
    if problem := operation_problem(data):
        raise _malformed(problem)
    return Operation(asked_document(data), data.get("variables"), data.get("operationName"))


def _malformed(message: str) -> BadHttp:
    return BadHttp(400, Code.BAD_REQUEST, message)


def _check_content(headers: Mapping[bytes, str]) -> None:
    # JSON only: any web page may post a form without a CORS preflight.
    kind, _, parameters = headers.get(b"content-type", "").partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if kind.strip().lower() != JSON or (charset and "charset=utf-8" not in charset):
        message = "Send the body as `application/json`, in UTF-8."
        raise BadHttp(415, Code.UNSUPPORTED_MEDIA_TYPE, message)
    if headers.get(b"content-encoding", "identity").lower() != "identity":
        raise BadHttp(415, Code.UNSUPPORTED_MEDIA_TYPE, "Send the body uncompressed.")


async def _read_body(headers: Mapping[bytes, str], receive: Receive, limit: int) -> bytes:
    too_large = BadHttp(
        413, Code.BODY_TOO_LARGE, f"The body may have at most {limit} bytes.", connection="close"
    )
    length = headers.get(b"content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise too_large
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > limit:
            raise too_large
        if not message.get("more_body", False):
            return bytes(body)


def _answer(result: Any, media_type: str) -> Response:
    errors: list[GraphQLError] = result.errors or []
    headers: Mapping[str, str] = {}
    content: dict[str, Any]
    if result.data is None and _code(errors) == Code.UNAVAILABLE:
        # For both media types: a caller that only checks the status should try again.
        content, status = {}, 503
        headers = _come_back(Code.UNAVAILABLE)
    elif result.data is not None or any(error.path is not None for error in errors):
        content = {"data": result.data}
        status = 200
    else:
        # Nothing was executed: the response has no `data`, and its status says so.
        content = {}
        extensions = errors[0].extensions or {}
        status = _STATUS.get(extensions["code"], 400) if media_type == RESPONSE_JSON else 200
        if extensions["code"] == Code.BUDGET_EXCEEDED:
            # For both media types, like 401: the error is about the caller, not the request.
            status = 429
            headers = {"retry-after": str(extensions["retryAfterSeconds"])}
    if errors:
        content["errors"] = [error.formatted for error in errors]
    if result.extensions:
        content["extensions"] = result.extensions
    return _json(status, content, media_type, headers)


def _code(errors: list[GraphQLError] | None) -> str | None:
    """Return the code of the first error; None if there is none."""
    return (errors[0].extensions or {}).get("code") if errors else None


def _come_back(code: str) -> Mapping[str, str]:
    return {"retry-after": str(AWAY_SECONDS)} if code == Code.UNAVAILABLE else {}


def _unauthenticated(refusal: Unauthenticated) -> Response:
    extensions = {"code": Code.UNAUTHENTICATED, "reason": refusal.reason}
    return _failure(401, str(refusal), extensions, {"www-authenticate": "Bearer"})


def _failure(
    status: int, message: str, extensions: Mapping[str, Any], headers: Mapping[str, str]
) -> Response:
    content = {"errors": [{"message": message, "extensions": dict(extensions)}]}
    return _json(status, content, JSON, headers)


def _json(status: int, content: Any, media_type: str, headers: Mapping[str, str]) -> Response:
    return Response(
        to_json(content),
        status,
        {
            "content-type": f"{media_type}; charset=utf-8",
            "cache-control": "no-store",
            "vary": "Accept",
            **headers,
        },
    )
