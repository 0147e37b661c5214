"""GraphQL over HTTP: POST only, JSON in, and JSON or server-sent events out.

Follows the GraphQL-over-HTTP specification: `application/graphql-response+json` carries status
codes, `application/json` is 200 for every well-formed request. A request that is not well formed is
400 for both; nothing a caller can send is 500.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema import BaseSchema
from strawberry.types.graphql import OperationType

from app.auth.actor import Actor
from app.auth.authenticate import Authenticator, UnknownSubject
from app.auth.refusal import Unauthenticated
from app.context import Context, Runtime
from app.encoding import to_json
from app.graphql_documents import only_root_field
from app.graphql_messages import operation_problem
from app.graphql_negotiation import EVENT_STREAM, JSON, RESPONSE_JSON, negotiate
from app.graphql_rechecks import Rechecks
from app.graphql_sse import EventStream
from app.logs import correlation_id
from resolvers.error_mapping import Code, present_exception

log = structlog.get_logger()

# All that a valid token of somebody who is nobody here lets ask for.
NEWCOMERS_FIELD = "acceptInvitation"
_SINGLE_ANSWER = {OperationType.QUERY, OperationType.MUTATION}


class BadHttp(Exception):
    """A request that is not GraphQL over HTTP: its status, code and what to do instead."""

    def __init__(self, status: int, code: Code, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Operation:
    """What a well-formed request asks for."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


class HttpEndpoint:
    """Answers the HTTP requests of the GraphQL endpoint."""

    def __init__(
        self,
        schema: BaseSchema,
        runtime: Runtime,
        authenticator: Authenticator,
        rechecks: Rechecks,
    ) -> None:
        self.schema = schema
        self.runtime = runtime
        self.authenticator = authenticator
        self.rechecks = rechecks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        id = request_id(scope)
        try:
            response = await self._respond(scope, receive, id)
        except BadHttp as bad:
            response = _failure(bad.status, str(bad), {"code": bad.code}, bad.headers)
        except Unauthenticated as refusal:
            response = _unauthenticated(refusal)
        except ClientDisconnect:
            return
        except Exception as error:
            told = present_exception(error, id)
            response = _failure(500, told.message, told.extensions or {}, {})
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive, id: str) -> ASGIApp:
        if scope["method"] != "POST":
            raise BadHttp(405, Code.METHOD_NOT_ALLOWED, "Send GraphQL by POST.", allow="POST")
        # The first of each name, as Starlette's Headers would find it; those look through all of
        # them every time.
        headers = {name: value.decode("latin-1") for name, value in reversed(scope["headers"])}
        media_type = negotiate(headers.get(b"accept"))
        if media_type is None:
            raise BadHttp(
                406, Code.NOT_ACCEPTABLE, f"Accept {RESPONSE_JSON}, {JSON} or {EVENT_STREAM}."
            )
        _check_content(headers)
        body = await _read_body(headers, receive, self.runtime.settings.max_body_bytes)
        authorization = headers.get(b"authorization")
        actor = await self._actor(authorization, body)
        operation = parse_operation(body)
        context = Context(self.runtime, actor, id)
        if media_type == EVENT_STREAM:
            results = await self.schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
            )
            return EventStream(results, self.rechecks, authorization, actor)
        result = await self.schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
            allowed_operation_types=_SINGLE_ANSWER,
        )
        return _answer(result, media_type)

    async def _actor(self, authorization: str | None, body: bytes) -> Actor:
        """Who calls. A valid token of somebody new is good for accepting an invitation alone."""
        try:
            return await self.authenticator.authenticate(authorization)
        except UnknownSubject as refusal:
            asked = parse_operation(body)
            if only_root_field(asked.query, asked.operation_name) != NEWCOMERS_FIELD:
                raise
            return refusal.newcomer


def request_id(scope: Scope) -> str:
    """The correlation id that the middleware gave this request; a new one without it."""
    found = scope.get("state", {}).get("correlation_id")
    return found if found is not None else correlation_id(None)


def parse_operation(body: bytes) -> Operation:
    """The operation in a JSON body. Raises BadHttp for whatever else it is."""
    try:
        data = orjson.loads(body)
    except ValueError as error:
        raise _malformed(f"The body is not JSON in UTF-8: {error}.") from error
    if not isinstance(data, dict):
        hint = " Batches are not supported." if isinstance(data, list) else ""
        raise _malformed(f"The body must be a JSON object with a `query`.{hint}")
    problem = operation_problem(data)
    if problem:
        raise _malformed(problem)
    return Operation(data["query"], data.get("variables"), data.get("operationName"))


def _malformed(message: str) -> BadHttp:
    return BadHttp(400, Code.BAD_REQUEST, message)


def _check_content(headers: Mapping[bytes, str]) -> None:
    # Only JSON: a form, which any web page may post without asking, never gets here.
    kind, _, parameters = headers.get(b"content-type", "").partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if kind.strip().lower() != JSON or (charset and "charset=utf-8" not in charset):
        message = "Send the body as `application/json`, in UTF-8."
        raise BadHttp(415, Code.UNSUPPORTED_MEDIA_TYPE, message)
    if headers.get(b"content-encoding", "identity").lower() != "identity":
        raise BadHttp(415, Code.UNSUPPORTED_MEDIA_TYPE, "Send the body uncompressed.")


async def _read_body(headers: Mapping[bytes, str], receive: Receive, limit: int) -> bytes:
    too_large = BadHttp(
        413, Code.BODY_TOO_LARGE, f"The body may have {limit} bytes at most.", connection="close"
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
    if result.data is not None or any(error.path is not None for error in errors):
        content: dict[str, Any] = {"data": result.data}
        status = 200
    else:
        # Nothing was executed: such an answer has no `data`, and says so in its status.
        content = {}
        status = _request_error_status(errors) if media_type == RESPONSE_JSON else 200
    if errors:
        content["errors"] = [error.formatted for error in errors]
    return _json(status, content, media_type, {})


def _request_error_status(errors: list[GraphQLError]) -> int:
    bug = any((error.extensions or {}).get("code") == Code.INTERNAL for error in errors)
    return 500 if bug else 400


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
