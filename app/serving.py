"""Serving: the ASGI server with the limits that this service needs."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from app.settings import Settings

# A subscriber is a connection: this is how many a process holds before it answers 503.
MAX_CONNECTIONS = 10_000
MAX_WEBSOCKET_MESSAGE_BYTES = 65_536
SHUTDOWN_SECONDS = 10


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
        await super().startup(sockets)
        if self.started and self.servers:
            self._tell(self.servers[0].sockets[0].getsockname()[1])


def server(
    app: Starlette, settings: Settings, started: Callable[[int], None] = lambda port: None
) -> Server:
    """A server for the application; `await` its `serve()`. `started` is told the port."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
        # 44 kB instead of 80 kB of memory for each subscriber.
        ws_per_message_deflate=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    return Server(config, started)
