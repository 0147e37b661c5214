"""What every HTTP response gets: its correlation id, security headers, and one line in the log."""

import logging
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import correlation_id

EXPLORER_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline';"
    " font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

REQUESTS = "app.requests"

log = structlog.get_logger(REQUESTS)


class Envelope:
    """The outermost middleware of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see to its response."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        id = correlation_id(_proposed_id(scope))
        scope.setdefault("state", {})["correlation_id"] = id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=id)
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        extra = [(b"x-request-id", id.encode()), *_headers(scope["path"])]
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                brought = message.get("headers", [])
                # A response with a policy of its own keeps it.
                names = {name for name, _ in brought}
                message["headers"] = [*brought, *(each for each in extra if each[0] not in names)]
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            _log_request(scope, status, time.perf_counter() - started)


def _proposed_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value.decode("latin-1")
    return None


def _fixed(policy: str) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    )


_OF_PAGES, _OF_API = _fixed(EXPLORER_POLICY), _fixed(API_POLICY)


def _headers(path: str) -> tuple[tuple[bytes, bytes], ...]:
    return _OF_PAGES if path == "/" or path.startswith("/explorer") else _OF_API


def _log_request(scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
    # Never the query string: a token may be in it.
    level = logging.DEBUG if scope["path"] in ("/livez", "/readyz") else logging.INFO
    if not logging.getLogger(REQUESTS).isEnabledFor(level):
        return
    log.log(
        level,
        "request",
        method=scope["method"],
        path=scope["path"],
        status=status,
        milliseconds=round(seconds * 1000, 1),
    )
