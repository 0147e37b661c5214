"""HTTP connections, with limits on the size of heads and on slow requests."""

import asyncio
import sys
from typing import Any

import structlog
from httptools import HttpParserUpgrade
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from app.graphql.limits.connections import TooMany
from app.server.connections import Config, Connection, failure
from resolvers.error_mapping import Code

# Of the request line with headers, of trailers, and of chunk extensions.
MAX_HEAD_BYTES = 32_768
# From the first byte of a request until its head is complete.
HEAD_SECONDS = 10.0
# Between two parts of a body, and for the whole body, plus one second for this many bytes received.
# Otherwise a client that sends a byte now and then could hold a connection forever.
BODY_SECONDS = 30.0
BODY_BYTES_PER_SECOND = 10_000
# The `Retry-After` when the server is full.
RETRY_SECONDS = 5
# Probes must be answered: they would restart a process that is merely busy.
_HEALTH = (b"/livez", b"/readyz")

_NOT_HTTP = (400, Code.BAD_REQUEST, "This is not a valid HTTP/1.1 request.")
_HEAD_TOO_LARGE = (
    431,
    Code.HEAD_TOO_LARGE,
    f"The request line and headers may have at most {MAX_HEAD_BYTES} bytes.",
)
_CROWDED = (
    503,
    Code.TOO_MANY_CONNECTIONS,
    "The server has reached its limit of connections. Try again in a moment.",
)
_TOO_SLOW = (408, Code.REQUEST_TIMEOUT, "The request did not arrive in time. Send it again.")

_HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "connection": "close",
}

log = structlog.get_logger()


class HttpConnection(Connection, HttpToolsProtocol):
    """An HTTP connection."""

    # Whether a request has begun whose head is not complete.
    _in_head = False
    # How many steps the parser has made, and how many bytes arrived since the last one.
    _steps = 0
    _useless = 0
    # The bytes being served now, and the time by which the whole body must have arrived.
    _serving = b""
    _due = 0.0
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection, and wait for the client to send something."""
        super().connection_made(transport)
        try:
            self.take_place()
        except TooMany as refused:
            self._refuse(429, refused.code, str(refused))
            return
        self._wait(HEAD_SECONDS)

    def serve(self, data: bytes) -> None:
        """Serve one turn's bytes, and refuse a client whose bytes never complete anything."""
        steps = self._steps
        self._serving = data
        super().serve(data)
        self._serving = b""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        self._useless = self._useless + len(data) if self._steps == steps else 0
        if self._useless > MAX_HEAD_BYTES:
            self._refuse(*_HEAD_TOO_LARGE)
        else:
            self._watch_client()

    def wants_no_more(self) -> bool:
        """Return whether the application has enough to read for now."""
        return self.flow.read_paused

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        self._in_head = True
        self._steps += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Answer the request, whose head is complete."""
        self._in_head = False
        self._steps += 1
        self._stop_waiting()
        self._due = self.loop.time() + BODY_SECONDS
        self.app = self._answering()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Extend the time for the body, and pass the part on."""
        self._steps += 1
        self._due += len(body) / BODY_BYTES_PER_SECOND
        super().on_body(body)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to a WebSocket, unless a response is still due."""
        if self._is_answering():
            self._refuse(*_NOT_HTTP)
            return
        if self._is_crowded():
            self._refuse(*_CROWDED)
            return
        self._stop_waiting()
        # The WebSocket takes over the connection, and the bytes that arrived right after the
        # handshake.
        self.give_place_back()
        upgrade = sys.exception()
        assert isinstance(upgrade, HttpParserUpgrade)
        behind = self._serving[upgrade.args[0] :] + bytes(self._unserved or b"")
        self._unserved = None
        super().handle_websocket_upgrade()
        if behind and not self.transport.is_closing():
            self.transport.get_protocol().data_received(behind)  # type: ignore[attr-defined]

    def _unsupported_upgrade_warning(self) -> None:
        # The upgrade is ignored. The parser accepts nothing after it, so close afterwards.
        if self._is_answering():
            self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that the parser does not understand."""
        if self._is_answering() and not self.cycle.more_body and not self.cycle.response_started:
            # A complete request came first. Answer it before closing.
            self.cycle.keep_alive = False
            self.flow.pause_reading()
        else:
            self._refuse(*_NOT_HTTP)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _answering(self) -> Any:
        """Return the application that answers a request whose head is complete."""
        sizes = (len(name) + len(value) + 4 for name, value in self.headers)
        if len(self.url) + sum(sizes) > MAX_HEAD_BYTES:
            return _refusal(*_HEAD_TOO_LARGE)
        if self._is_crowded() and self.url not in _HEALTH:
            return _refusal(*_CROWDED)
        if self.parser.get_http_version() == "1.0":
            return _until_close(self.config.loaded_app)
        return self.config.loaded_app

    def _is_crowded(self) -> bool:
        assert isinstance(self.config, Config)
        return len(self.connections) > self.config.max_connections

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _watch_client(self) -> None:
        """Limit the time until more bytes arrive, if more are needed."""
        if self._in_head or not self._is_answering():
            # The timer is not restarted while a head arrives in small pieces.
            if self._waiting is None:
                self._wait(HEAD_SECONDS)
            return
        self._stop_waiting()
        if self.cycle.more_body:
            self._wait(min(BODY_SECONDS, self._due - self.loop.time()))

    def _wait(self, seconds: float) -> None:
        self._waiting = self.loop.call_later(seconds, self._time_out)

    def _stop_waiting(self) -> None:
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None

    def _time_out(self) -> None:
        self._waiting = None
        if self.flow.read_paused or (self._is_answering() and not self.cycle.more_body):
            # Here it is the server that is slow.
            self._due = self.loop.time() + BODY_SECONDS
            self._wait(HEAD_SECONDS)
        elif self._in_head or self._is_answering():
            log.info("connection_dropped", why="the request does not go on")
            self._refuse(*_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, status: int, code: Code, message: str) -> None:
        """Send the error, unless a response has begun, and close."""
        self._stop_waiting()
        if not (self._is_answering() and self.cycle.response_started):
            refusal = _refusal(status, code, message)
            lines = [b"%s: %s\r\n" % each for each in refusal.raw_headers]
            self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", refusal.body]))
        self.transport.close()


def _until_close(app: Any) -> Any:
    """Return an application whose responses of unknown length end with the connection.

    HTTP/1.0 has no chunked encoding, but uvicorn would use it.
    """

    async def run(scope: Any, receive: Any, send: Any) -> None:
        cycle: RequestResponseCycle = send.__self__
        has_length = True
        # HTTP/1.0 has no interim responses either.
        cycle.waiting_for_100_continue = False

        async def send_plain(message: Any) -> None:
            nonlocal has_length
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message.get("headers", ())}
                has_length = b"content-length" in names
                cycle.chunked_encoding = None if has_length else False
            elif not has_length:
                cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        await app(scope, receive, send_plain)

    return run


def _refusal(status: int, code: Code, message: str) -> Response:
    """Return the response that ends a connection."""
    headers = _HEADERS
    if status in (429, 503):
        headers = {**_HEADERS, "retry-after": str(RETRY_SECONDS)}
    return Response(failure(code, message), status, headers)
