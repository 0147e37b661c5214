"""The outermost middleware: correlation ids, security headers and the request log."""

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.observability import metrics, tracing
from app.observability.logs import correlation_id, log_request
from app.observability.tracebacks import harmless
from app.persistence.database import TOO_LATE
from app.persistence.outages import is_away
from resolvers.error_mapping import AWAY, AWAY_SECONDS, LATE, STOPPING, Code

EXPLORER_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline';"
    " font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

REQUESTS = "app.requests"
MAX_PATH = 300
# Requested by machines every few seconds.
_PROBES = ("/livez", "/readyz", "/metrics")
_EVENT_STREAM = (b"content-type", b"text/event-stream; charset=utf-8")

log = structlog.get_logger(REQUESTS)
_requests = logging.getLogger(REQUESTS)

# Requests that take this long are always logged.
SLOW_SECONDS = 1.0


class Envelope:
    """The outermost middleware of the application."""

    def __init__(self, app: ASGIApp, log_share: float = 1.0) -> None:
        self.app, self._log_share = app, log_share

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        id = correlation_id(_proposed_id(scope))
        scope.setdefault("state", {})["correlation_id"] = id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=id)
        if trace := tracing.trace_id():
            structlog.contextvars.bind_contextvars(trace_id=trace)
        if scope["type"] == "websocket":
            # Each operation over it gets its own correlation id.
            structlog.contextvars.bind_contextvars(connection_id=id)
            metrics.websockets.inc()
            try:
                await self.app(scope, receive, send)
            except asyncio.CancelledError:
                if not _stops(scope):
                    raise
                log.warning("websocket_cut_off")
                with suppress(OSError, RuntimeError):
                    await send({"type": "websocket.close", "code": 1012})
            finally:
                metrics.websockets.dec()
        else:
            await _Exchange(self.app, scope, receive, send, id).run(self._log_share)


class _Exchange:
    """One HTTP request and its response."""

    __slots__ = ("_app", "_extra", "_id", "_receive", "_scope", "_send", "_status", "_streams")

    def __init__(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, correlation_id: str
    ) -> None:
        self._app, self._scope, self._receive, self._send = app, scope, receive, send
        self._id = correlation_id
        self._extra = [(b"x-request-id", correlation_id.encode()), *_headers(scope["path"])]
        self._status = 0
        self._streams = False

    async def run(self, log_share: float) -> None:
        """Serve the request, then log and count it."""
        started = time.perf_counter()
        try:
            await self._app(self._scope, self._receive, self._answer)
        except ClientDisconnect:
            pass
        except TOO_LATE:
            log.warning("request_given_up", path=_path(self._scope))
            await self._end(504, LATE, {"code": Code.DEADLINE_EXCEEDED})
        except asyncio.CancelledError:
            if not _stops(self._scope):
                raise
            log.warning("request_cut_off", path=_path(self._scope))
            await self._end(503, STOPPING, {"code": Code.UNAVAILABLE})
        except Exception as error:
            if is_away(error):
                log.warning("database_away", path=_path(self._scope), why=harmless(error))
                await self._end(503, AWAY, {"code": Code.UNAVAILABLE})
                return
            # Logged only here: no outer layer sees the exception.
            log.exception("request_failed", path=_path(self._scope))
            await self._internal_error()
        finally:
            seconds = time.perf_counter() - started
            if self._streams:
                metrics.streams.dec()
            _log_request(self._scope, self._status, seconds, log_share)
            _count(self._scope, self._status, self._streams, seconds)

    async def _answer(self, message: Message) -> None:
        """Send a part of the response, adding our headers."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            brought = message.get("headers", [])
            # Headers that the response has already set are not replaced.
            names = {name for name, _ in brought}
            message["headers"] = [*brought, *(each for each in self._extra if each[0] not in names)]
            if _EVENT_STREAM in brought:
                self._streams = True
                metrics.streams.inc()
        await self._send(message)

    async def _internal_error(self) -> None:
        message = f"Internal error. Quote the correlation id {self._id} when you report it."
        await self._end(500, message, {"code": Code.INTERNAL, "correlationId": self._id})

    async def _end(self, status: int, message: str, extensions: Mapping[str, str]) -> None:
        """Respond with an error. If the response has begun, return: the server then aborts it."""
        if self._status:
            return
        content = {"errors": [{"message": message, "extensions": extensions}]}
        headers = {"retry-after": str(AWAY_SECONDS)} if status == 503 else None
        await JSONResponse(content, status, headers)(self._scope, self._receive, self._answer)


def _stops(scope: Scope) -> bool:
    """Return whether the server is stopping: it cancels what does not end in time."""
    return "app" in scope and scope["app"].state.stopping.is_set()


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


_PAGE_HEADERS, _API_HEADERS = _fixed(EXPLORER_POLICY), _fixed(API_POLICY)


def _headers(path: str) -> tuple[tuple[bytes, bytes], ...]:
    return _PAGE_HEADERS if path == "/" or path.startswith("/explorer") else _API_HEADERS


def _path(scope: Scope) -> str:
    """Return the path as it was sent, escaped, so that no line break gets into the log. Leaves out
    the query string, which may contain a signature.
    """
    raw: bytes | None = scope.get("raw_path")
    return (raw.decode("latin-1") if raw else quote(scope["path"]))[:MAX_PATH]


def _log_request(scope: Scope, status: int, seconds: float, share: float) -> None:
    level = logging.DEBUG if scope["path"] in _PROBES else logging.INFO
    if not _requests.isEnabledFor(level):
        return
    if share < 1 and status < 400 and seconds < SLOW_SECONDS and random.random() >= share:
        return
    values = {
        "method": scope["method"],
        "path": _path(scope),
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
    }
    log_request(REQUESTS, level, values)


def _count(scope: Scope, status: int, streams: bool, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", metrics.OTHER)
    transport = "sse" if streams else "json"
    metrics.request_series(route, status, transport).observe(seconds)
