"""Authentication and error responses of the HTTP routes, in the same format as GraphQL's."""

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.auth.actor import Actor
from app.auth.authenticate import Authenticator
from app.auth.policy import Action, decide
from app.auth.refusal import Unauthenticated
from app.auth.signed_urls import BadLink, UrlSigner
from app.domain.errors import ErrorCode, Refused
from app.domain.identity import Role
from app.observability.logs import correlation_id

_STATUS = {
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.VERSION_IMMUTABLE: 409,
    ErrorCode.CONTENT_RETIRED: 409,
    ErrorCode.DUPLICATE: 409,
    ErrorCode.CONFLICT: 409,
    ErrorCode.IDEMPOTENCY_KEY_REUSED: 409,
}


class Refusal(Exception):
    """An error response that ends a request."""

    def __init__(self, status: int, code: str, message: str, **extensions: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.extensions = status, code, extensions

    def response(self) -> Response:
        """Return the HTTP response."""
        extensions = {"code": self.code, **self.extensions}
        content = {"errors": [{"message": str(self), "extensions": extensions}]}
        return _json(self.status, content)


async def admit(authenticator: Authenticator, request: Request, action: Action) -> Actor:
    """Return the actor of a request if it may do the action. Raises Refusal otherwise."""
    try:
        actor = await authenticator.authenticate(request.headers.get("authorization"))
    except Unauthenticated as refused:
        raise Refusal(401, "UNAUTHENTICATED", str(refused), reason=refused.reason) from refused
    decision = decide(actor, action)
    if not decision.allowed:
        public = actor.role is Role.PUBLIC
        status, code = (401, "UNAUTHENTICATED") if public else (403, "FORBIDDEN")
        raise Refusal(status, code, decision.reason or "Not allowed.")
    return actor


def check_link(signer: UrlSigner, request: Request, path: str, now: datetime) -> None:
    """Raise Refusal unless the URL is signed for this path and has not expired."""
    given = request.query_params
    try:
        signer.check(path, given.get("expires", ""), given.get("signature", ""), now)
    except BadLink as bad:
        raise Refusal(403, "FORBIDDEN", str(bad), reason=bad.fault) from bad


def request_id(request: Request) -> str:
    """Return the correlation id that the middleware assigned, or a new one without middleware."""
    return getattr(request.state, "correlation_id", None) or correlation_id(None)


def refused_response(refused: Refused) -> Response:
    """Return the response for a refused use case: each problem with its code and, if known, its
    field.
    """
    errors = [
        {
            "message": problem.message,
            "extensions": {"code": problem.code, "field": list(problem.field)},
        }
        for problem in refused.problems
    ]
    return _json(_STATUS.get(refused.problems[0].code, 400), {"errors": errors})


def _json(status: int, content: Any) -> Response:
    headers = {"cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(content, status, headers)
