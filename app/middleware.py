"""What every HTTP response gets: its correlation id, security headers, and one line in the log."""

import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import correlation_id

EXPLORER_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline';"
    " font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

log = structlog.get_logger("app.requests")


class Envelope:
    """The outermost middleware of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see to its response."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        id = correlation_id(Headers(scope=scope).get("x-request-id"))
        scope.setdefault("state", {})["correlation_id"] = id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=id)
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        extra = [(name.encode(), value.encode()) for name, value in _headers(scope["path"], id)]
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            _log_request(scope, status, time.perf_counter() - started)


def _headers(path: str, id: str) -> list[tuple[str, str]]:
    page = path == "/" or path.startswith("/explorer")
    return [
        ("x-request-id", id),
        ("content-security-policy", EXPLORER_POLICY if page else API_POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ]


def _log_request(scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
    # Never the query string: a token may be in it.
    quiet = scope["path"] in ("/livez", "/readyz")
    write = log.debug if quiet else log.info
    write(
        "request",
        method=scope["method"],
        path=scope["path"],
        status=status,
        milliseconds=round(seconds * 1000, 1),
    )
