"""The ASGI server, with the limits that this service needs."""

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
from app.server.signals import stop_signals
from app.server.socket_connection import PONG_SECONDS, SocketConnection
from app.settings import Settings

# Connections of a process, including subscribers. Above this it responds with 503.
MAX_CONNECTIONS = 10_000
MAX_WEBSOCKET_MESSAGE_BYTES = 65_536
SHUTDOWN_SECONDS = 10
# Then the time to send errors to the clients whose requests were cut off.
CUT_OFF_SECONDS = 1
PING_SECONDS = 6.0

log = structlog.get_logger()


class Server(uvicorn.Server):
    """A server that reports its port once it listens."""

    def __init__(
        self, config: uvicorn.Config, drain_seconds: float, started: Callable[[int], None]
    ) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._tell = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM. Unlike the original it does not raise them again at the end,
        so that the caller can close its resources.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        with stop_signals(self.stop):
            yield

    def stop(self) -> None:
        """Begin to stop: the service is no longer ready, but continues to serve until it is
        drained.

        Then no more connections are accepted, and event streams end. Running requests get at most
        `SHUTDOWN_SECONDS` to complete. WebSockets are closed with 1012.
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
        """Stop. Event streams are ended first, since they never end by themselves."""
        self._end()
        await super().shutdown(sockets)

    async def _wait_tasks_to_complete(self) -> None:
        try:
            async with asyncio.timeout(SHUTDOWN_SECONDS):
                await super()._wait_tasks_to_complete()
        except TimeoutError:
            await self._cut_off()

    async def _cut_off(self) -> None:
        """Cancel what has not ended, so that waiting clients get an error."""
        tasks = set(self.server_state.tasks)
        log.warning("stopped_with_work_left", requests=len(tasks))
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CUT_OFF_SECONDS)

    async def startup(self, sockets: Any = None) -> None:
        """Start, and report the port."""
        collect_rarely()
        await super().startup(sockets)
        if self.started and self.servers:
            self._tell(self.servers[0].sockets[0].getsockname()[1])


def server(
    app: Starlette, settings: Settings, started: Callable[[int], None] = lambda port: None
) -> Server:
    """Return a server for the application; `await` its `serve()`. `started` is called with the
    port.
    """
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
        # Proxies whose forwarded addresses are trusted. By default uvicorn trusts every local
        # program.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=[str(proxy) for proxy in settings.trusted_proxies],
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        # Takes 44 kB instead of 80 kB of memory for each subscriber.
        ws_per_message_deflate=False,
        # A client that neither reads nor answers is dropped within 15 seconds, even if buffers hide
        # it.
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PONG_SECONDS,
    )
    return Server(config, settings.drain_seconds, started)
