"""Serving: the ASGI server with the limits that this service needs."""

import asyncio
import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.settings import Settings

# A subscriber is a connection: this is how many a process holds before it answers 503.
MAX_CONNECTIONS = 10_000
MAX_WEBSOCKET_MESSAGE_BYTES = 65_536
SHUTDOWN_SECONDS = 10
# How long a client may read nothing of what the server has sent: it comes back and resumes after
# its last cursor.
STALLED_SECONDS = 5.0
PING_SECONDS, PONG_SECONDS = 6.0, 9.0
# New objects without an owner's end in sight until the youngest generation is looked through, then
# how many of those rounds until the next ones are.
COLLECTOR_THRESHOLDS = (50_000, 10, 5)

log = structlog.get_logger()


class LetsGo(asyncio.Protocol):
    """A connection whose reader is let go once it has not read for a while.

    Only the server can: what was written waits in its buffer, and closing would wait for that.
    """

    transport: asyncio.Transport
    _stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """More is buffered than the reader takes: from now on it is watched."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """The reader reads again."""
        self._forgive()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The reader is gone."""
        self._forgive()
        super().connection_lost(exc)

    def _forgive(self) -> None:
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None

    def _watch(self) -> None:
        loop, unread = asyncio.get_running_loop(), self.transport.get_write_buffer_size()
        self._stalled = loop.call_later(STALLED_SECONDS, self._look, unread)

    def _look(self, unread: int) -> None:
        # Slow is not stalled: nothing is added while writing is paused.
        if self.transport.get_write_buffer_size() < unread:
            self._watch()
            return
        log.info("connection_dropped", why="the client does not read")
        self.transport.abort()


class HttpConnection(LetsGo, HttpToolsProtocol):
    """An HTTP connection, maybe with an event stream."""


class SocketConnection(LetsGo, WebSocketsSansIOProtocol):
    """A WebSocket."""

    def start_keepalive(self) -> None:
        """Begin to send pings, right after the handshake."""
        super().start_keepalive()
        # Not looked at again, and several kB for each subscriber.
        del self.request, self.response

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


class Server(uvicorn.Server):
    """A server that tells on which port it listens, once it does."""

    def __init__(self, config: uvicorn.Config, started: Callable[[int], None]) -> None:
        super().__init__(config)
        self._tell = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM. Unlike the original it does not raise them again at the end:
        what the caller has open is closed in peace.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    async def shutdown(self, sockets: Any = None) -> None:
        """Stop; event streams, which end by themselves never, end first."""
        self.config.app.state.stopping.set()  # type: ignore[union-attr]
        await super().shutdown(sockets)

    async def startup(self, sockets: Any = None) -> None:
        """Start, and tell."""
        _collect_rarely()
        await super().startup(sockets)
        if self.started and self.servers:
            self._tell(self.servers[0].sockets[0].getsockname()[1])


def _collect_rarely() -> None:
    """Look for reference cycles less often than Python does.

    An event that wakes thousands of subscribers makes as many objects at once, none of them in a
    cycle: with the thresholds of a small program, looking through them and through all that every
    subscriber holds takes longer than delivering the event.
    """
    gc.collect()
    # What the program itself is made of stays for ever, and needs no looking through.
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def server(
    app: Starlette, settings: Settings, started: Callable[[int], None] = lambda port: None
) -> Server:
    """A server for the application; `await` its `serve()`. `started` is told the port."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=HttpConnection,
        ws=SocketConnection,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        # 44 kB instead of 80 kB of memory for each subscriber.
        ws_per_message_deflate=False,
        # One that neither reads nor answers is let go within 15 seconds, whatever buffers hide.
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PONG_SECONDS,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    return Server(config, started)
