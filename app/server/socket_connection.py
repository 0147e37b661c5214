"""A WebSocket: its handshake, its frames, and how many of them."""

import asyncio

import structlog
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode
from websockets.http11 import Response
from websockets.server import ServerProtocol

from app.graphql.websocket import RESTART
from app.server.connections import Connection, failure
from resolvers.error_mapping import Code

PONG_SECONDS = 9.0
# When the server stops: how long a client may take to answer that its connection is closed.
CLOSE_SECONDS = 2.0
# Messages, parts of messages, pings: a client that begins with hundreds of operations is fine, one
# that goes on and on takes time from others.
FRAMES_AT_ONCE = 2_000
FRAMES_PER_SECOND = 500

log = structlog.get_logger()


class Frames(ServerProtocol):
    """The protocol itself, which tells of a handshake that fails as the API tells of errors."""

    def reject(self, status: int, text: str) -> Response:
        """The answer to a handshake that fails."""
        found = super().reject(status, text)
        code = Code.FORBIDDEN if found.status_code == 403 else Code.BAD_REQUEST
        message = text.strip() or "There is no WebSocket for you here."
        found.body = failure(code, message)
        found.headers["X-Content-Type-Options"] = "nosniff"
        for name, value in (
            ("Content-Length", str(len(found.body))),
            ("Content-Type", "application/json; charset=utf-8"),
        ):
            del found.headers[name]
            found.headers[name] = value
        return found


class SocketConnection(Connection, WebSocketsSansIOProtocol):
    """A WebSocket."""

    # What came before the handshake was answered; None from then on.
    _early: bytes | None = b""
    # How many frames came lately, and when the last ones did.
    _frames = 0.0
    _counted_at = 0.0

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, object]
    ) -> None:
        super().__init__(config, server_state, app_state)
        self.conn = Frames(max_size=config.ws_max_size, logger=self.conn.logger)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake has come; its connection has left its place."""
        super().connection_made(transport)
        self.take_place()

    def shutdown(self) -> None:
        """Have the application close, which answers first what it has begun."""
        if self.handshake_complete and not self.close_sent:
            self.close_timeout = CLOSE_SECONDS
            self.queue.put_nowait({"type": "websocket.disconnect", "code": RESTART})
        else:
            super().shutdown()

    def serve(self, data: bytes) -> None:
        """Serve a turn's worth of bytes: once there is a WebSocket."""
        if self.handshake_initiated and self._early is not None:
            self._early += data
            self.transport.pause_reading()
            return
        super().serve(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            # The handshake, which comes whole, was not understood.
            told = b"".join(self.conn.data_to_send())
            if not told:
                response = self.conn.reject(400, "This is no handshake of a WebSocket.")
                told = response.serialize()
            self.transport.write(told)
            self.transport.close()

    def wants_no_more(self) -> bool:
        """Whether the application has a message to handle first."""
        return self.read_paused or bool(self._early)

    def handle_events(self) -> None:
        """Handle frames; too many in too short a time end the connection."""
        now = self.loop.time()
        due = (now - self._counted_at) * FRAMES_PER_SECOND
        self._frames = max(0.0, self._frames - due) + len(self.conn.events)
        self._counted_at = now
        if self._frames <= FRAMES_AT_ONCE:
            super().handle_events()
            return
        log.info("connection_dropped", why="too many messages")
        self.conn.events.clear()
        self._end(4429, "Too many messages")

    def send_receive_event_to_app(self) -> None:
        """Hand a message on; one of text that is none ends the connection."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self._end(CloseCode.INVALID_DATA, "A message is text in UTF-8.")
                return
        super().send_receive_event_to_app()

    def start_keepalive(self) -> None:
        """Begin to send pings, right after the handshake; and serve what came with it."""
        super().start_keepalive()
        self.loop.call_soon(self._serve_early)
        # Not looked at again, and several kB for each subscriber.
        del self.request, self.response

    def _serve_early(self) -> None:
        early, self._early = self._early, None
        if early and not self.transport.is_closing():
            self.serve(early)
            if self._unserved is None and not self.wants_no_more():
                self.transport.resume_reading()

    def keepalive_timeout(self) -> None:
        """Drop a client that does not answer a ping, with all that was not sent.

        One that has not been sent the ping yet, behind something long, is watched anyway.
        """
        if self.transport.get_write_buffer_size() > 0:
            loop = asyncio.get_running_loop()
            self.pong_timer = loop.call_later(PONG_SECONDS, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self.transport.abort()

    def _end(self, code: int, reason: str) -> None:
        """Close, without waiting for the application or for an answer."""
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()
        else:
            self.transport.abort()
