"""Serving: the ASGI server with the limits that this service needs."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette

from app.server.collector import collect_rarely
from app.server.connections import Config
from app.server.http_connection import HttpConnection
from app.server.signals import told_to_stop
from app.server.socket_connection import PONG_SECONDS, SocketConnection
from app.settings import Settings

# A subscriber is a connection: this is how many a process holds before it answers 503.
MAX_CONNECTIONS = 10_000
MAX_WEBSOCKET_MESSAGE_BYTES = 65_536
SHUTDOWN_SECONDS = 10
# For whoever is told that this was not enough.
LAST_WORDS_SECONDS = 1
PING_SECONDS = 6.0

log = structlog.get_logger()


class Server(uvicorn.Server):
    """A server that tells on which port it listens, once it does."""

    def __init__(
        self, config: uvicorn.Config, drain_seconds: float, started: Callable[[int], None]
    ) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._tell = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM. Unlike the original it does not raise them again at the end:
        what the caller has open is closed in peace.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        with told_to_stop(self.stop):
            yield

    def stop(self) -> None:
        """Begin to stop: from now on the service is not ready; it serves until it is drained.

        Then no connection is taken any more, and event streams end. What runs goes on to its end,
        for so long at most as `SHUTDOWN_SECONDS`; WebSockets are closed with 1012.
        """
        self.config.app.state.draining = True  # type: ignore[union-attr]
        if self._drain_seconds:
            asyncio.get_running_loop().call_later(self._drain_seconds, self._end)
        else:
            self._end()

    def _end(self) -> None:
        self.should_exit = True
        self.config.app.state.stopping.set()  # type: ignore[union-attr]

    async def shutdown(self, sockets: Any = None) -> None:
        """Stop; event streams, which end by themselves never, end first."""
        self._end()
        await super().shutdown(sockets)

    async def _wait_tasks_to_complete(self) -> None:
        try:
            async with asyncio.timeout(SHUTDOWN_SECONDS):
                await super()._wait_tasks_to_complete()
        except TimeoutError:
            await self._cut_off()

    async def _cut_off(self) -> None:
        """Have what does not come to an end tell so to who waits for it."""
        tasks = set(self.server_state.tasks)
        log.warning("stopped_with_work_left", requests=len(tasks))
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_WORDS_SECONDS)

    async def startup(self, sockets: Any = None) -> None:
        """Start, and tell."""
        collect_rarely()
        await super().startup(sockets)
        if self.started and self.servers:
            self._tell(self.servers[0].sockets[0].getsockname()[1])


def server(
    app: Starlette, settings: Settings, started: Callable[[int], None] = lambda port: None
) -> Server:
    """A server for the application; `await` its `serve()`. `started` is told the port."""
    config = Config(
        app,
        settings,
        MAX_CONNECTIONS,
        host=settings.host,
        port=settings.port,
        http=HttpConnection,
        ws=SocketConnection,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Who may say on whose behalf it calls; uvicorn would believe any program of this machine.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=[str(proxy) for proxy in settings.trusted_proxies],
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        # 44 kB instead of 80 kB of memory for each subscriber.
        ws_per_message_deflate=False,
        # One that neither reads nor answers is let go within 15 seconds, whatever buffers hide.
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PONG_SECONDS,
    )
    return Server(config, settings.drain_seconds, started)
