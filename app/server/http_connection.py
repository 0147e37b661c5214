"""An HTTP connection, maybe with an event stream: with limits on heads, and on waiting for more."""

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

# Request line and headers, trailers, or the extensions of a chunk.
MAX_HEAD_BYTES = 32_768
# From its first byte on until a request's head is complete.
HEAD_SECONDS = 10.0
# Between two pieces of a body; and for all of it, with a second more for so many bytes that came. A
# byte now and then would hold a place for as long as it likes.
BODY_SECONDS = 30.0
BODY_BYTES_PER_SECOND = 10_000
# When whoever found no place should come back.
RETRY_SECONDS = 5
# Asked by machines that would end a process that is merely busy.
_HEALTH = (b"/livez", b"/readyz")

_NOT_HTTP = (400, Code.BAD_REQUEST, "This is no request as HTTP/1.1 has them.")
_HEAD_TOO_LARGE = (
    431,
    Code.HEAD_TOO_LARGE,
    f"Request line and headers may have {MAX_HEAD_BYTES} bytes at most.",
)
_CROWDED = (
    503,
    Code.TOO_MANY_CONNECTIONS,
    "The server has as many connections as it takes. Try again in a moment.",
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
    # How often something of a request was understood; how many bytes came since, to no avail.
    _steps = 0
    _useless = 0
    # What is served just now, and until when all of a body has to be there.
    _serving = b""
    _due = 0.0
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected, and should send something."""
        super().connection_made(transport)
        try:
            self.take_place()
        except TooMany as refused:
            self._refuse(429, refused.code, str(refused))
            return
        self._wait(HEAD_SECONDS)

    def serve(self, data: bytes) -> None:
        """Serve a turn's worth of bytes, and see to it that they lead somewhere."""
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
        """Whether the application has enough to read for now."""
        return self.flow.read_paused

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._in_head = True
        self._steps += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A request can be answered."""
        self._in_head = False
        self._steps += 1
        self._stop_waiting()
        self._due = self.loop.time() + BODY_SECONDS
        self.app = self._answering()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a request's body."""
        self._steps += 1
        self._due += len(body) / BODY_BYTES_PER_SECOND
        super().on_body(body)

    def handle_websocket_upgrade(self) -> None:
        """From here on it is a WebSocket; not while an answer is due."""
        if self._is_answering():
            self._refuse(*_NOT_HTTP)
            return
        if self._is_crowded():
            self._refuse(*_CROWDED)
            return
        self._stop_waiting()
        # It is the WebSocket's from here on, and so is what came right behind the handshake.
        self.give_place_back()
        upgrade = sys.exception()
        assert isinstance(upgrade, HttpParserUpgrade)
        behind = self._serving[upgrade.args[0] :] + bytes(self._unserved or b"")
        self._unserved = None
        super().handle_websocket_upgrade()
        if behind and not self.transport.is_closing():
            self.transport.get_protocol().data_received(behind)  # type: ignore[attr-defined]

    def _unsupported_upgrade_warning(self) -> None:
        # It is answered as if it had not asked; the parser takes nothing after it.
        if self._is_answering():
            self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser does not understand."""
        if self._is_answering() and not self.cycle.more_body and not self.cycle.response_started:
            # A whole request came first: it gets its answer.
            self.cycle.keep_alive = False
            self.flow.pause_reading()
        else:
            self._refuse(*_NOT_HTTP)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _answering(self) -> Any:
        """The application that answers a request whose head is complete."""
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
        """Bound the time until more must come, if there must."""
        if self._in_head or not self._is_answering():
            # The time runs on while a head comes bit by bit.
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
            # The server is the slow one.
            self._due = self.loop.time() + BODY_SECONDS
            self._wait(HEAD_SECONDS)
        elif self._in_head or self._is_answering():
            log.info("connection_dropped", why="the request does not go on")
            self._refuse(*_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, status: int, code: Code, message: str) -> None:
        """Say what is wrong, unless an answer is on its way already; and close."""
        self._stop_waiting()
        if not (self._is_answering() and self.cycle.response_started):
            told = _refusal(status, code, message)
            lines = [b"%s: %s\r\n" % each for each in told.raw_headers]
            self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", told.body]))
        self.transport.close()


def _until_close(app: Any) -> Any:
    """An application whose responses of unknown length end with the connection.

    HTTP/1.0 has no chunks, and uvicorn sends some to whoever asks.
    """

    async def run(scope: Any, receive: Any, send: Any) -> None:
        cycle: RequestResponseCycle = send.__self__
        has_length = True
        # Nor does it have interim responses.
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
    """The answer that ends a connection."""
    headers = _HEADERS
    if status in (429, 503):
        headers = {**_HEADERS, "retry-after": str(RETRY_SECONDS)}
    return Response(failure(code, message), status, headers)
