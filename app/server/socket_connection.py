"""WebSocket connections: the handshake, the frames and their rate limit."""

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
# How long a client may take to answer the close frame when the server stops.
CLOSE_SECONDS = 2.0
# Of messages, fragments and pings. A burst of hundreds of operations is fine; a client that keeps
# sending at that rate slows down the others.
FRAMES_AT_ONCE = 2_000
FRAMES_PER_SECOND = 500

log = structlog.get_logger()


class Frames(ServerProtocol):
    """The WebSocket protocol, with failed handshakes in the API's error format."""

    def reject(self, status: int, text: str) -> Response:
        """Return the response to a failed handshake."""
        found = super().reject(status, text)
        code = Code.FORBIDDEN if found.status_code == 403 else Code.BAD_REQUEST
        message = text.strip() or "This WebSocket was refused."
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

    # Bytes that arrived before the handshake was answered; None afterwards.
    _early: bytes | None = b""
    # The recent number of frames, and when the last ones arrived.
    _frames = 0.0
    _counted_at = 0.0

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, object]
    ) -> None:
        super().__init__(config, server_state, app_state)
        self.conn = Frames(max_size=config.ws_max_size, logger=self.conn.logger)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection again: the HTTP connection no longer does."""
        super().connection_made(transport)
        self.take_place()

    def shutdown(self) -> None:
        """Tell the application to close. It first answers the operations that it has begun."""
        if self.handshake_complete and not self.close_sent:
            self.close_timeout = CLOSE_SECONDS
            self.queue.put_nowait({"type": "websocket.disconnect", "code": RESTART})
        else:
            super().shutdown()

    def serve(self, data: bytes) -> None:
        """Serve one turn's bytes, once the handshake is complete."""
        if self.handshake_initiated and self._early is not None:
            self._early += data
            self.transport.pause_reading()
            return
        super().serve(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            # The handshake arrived complete, but was not understood.
            output = b"".join(self.conn.data_to_send())
            if not output:
                response = self.conn.reject(400, "This is not a WebSocket handshake.")
                output = response.serialize()
            self.transport.write(output)
            self.transport.close()

    def wants_no_more(self) -> bool:
        """Return whether the application has a message to handle first."""
        return self.read_paused or bool(self._early)

    def handle_events(self) -> None:
        """Handle frames. Too many in a short time end the connection."""
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
        """Pass a message on. A text message that is not UTF-8 ends the connection."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self._end(CloseCode.INVALID_DATA, "A message must be text in UTF-8.")
                return
        super().send_receive_event_to_app()

    def start_keepalive(self) -> None:
        """Start sending pings after the handshake, and serve the bytes that came with it."""
        super().start_keepalive()
        self.loop.call_soon(self._serve_early)
        # No longer needed, and takes several kB for each subscriber.
        del self.request, self.response

    def _serve_early(self) -> None:
        early, self._early = self._early, None
        if early and not self.transport.is_closing():
            self.serve(early)
            if self._unserved is None and not self.wants_no_more():
                self.transport.resume_reading()

    def keepalive_timeout(self) -> None:
        """Drop a client that does not answer a ping, with all unsent data.

        A client for which the ping is still queued behind a large message is watched anyway.
        """
        if self.transport.get_write_buffer_size() > 0:
            loop = asyncio.get_running_loop()
            self.pong_timer = loop.call_later(PONG_SECONDS, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self.transport.abort()

    def _end(self, code: int, reason: str) -> None:
        """Close without waiting for the application or for the client's close frame."""
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()
        else:
            self.transport.abort()
