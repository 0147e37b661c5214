"""What all connections of the server have in common, for any protocol.

Connections are served in turns. One is dropped if its peer stops reading or has gone.
"""

import asyncio
import socket
from collections.abc import Hashable
from ipaddress import ip_address
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette

from app.encoding import to_json
from app.graphql.limits.connections import Counted, address_of
from app.settings import Settings
from resolvers.error_mapping import Code

# Bytes processed on one connection before the others get their turn: a few hundred of the smallest
# messages.
TURN_BYTES = 16_384
# How long a client may leave sent data unread. After that it has to reconnect, and resumes after
# its last cursor.
STALLED_SECONDS = 5.0
# How long sent data may stay unacknowledged by the peer's machine. An event stream sends something
# every 15 seconds, so it ends within 35 if that machine has gone.
UNACKNOWLEDGED_MILLISECONDS = 20_000

log = structlog.get_logger()


class Config(uvicorn.Config):
    """Uvicorn's settings, and the limit on connections."""

    def __init__(
        self, app: Starlette, settings: Settings, max_connections: int, **options: Any
    ) -> None:
        super().__init__(app, **options)
        self.max_connections = max_connections
        self.of_addresses = Counted(
            settings.max_connections_per_address,
            Code.TOO_MANY_CONNECTIONS,
            "Your address already has {} connections. Close some first.",
        )
        self._proxies = settings.trusted_proxies

    def holder(self, client: tuple[str, int] | None) -> Hashable:
        """Return the address that a connection counts towards. None for a local socket, and for a
        trusted proxy, which stands for many clients.
        """
        if client and any(ip_address(client[0]) in proxy for proxy in self._proxies):
            return None
        return address_of({"client": client})


class Connection(asyncio.Protocol):
    """A connection that is served in turns, and dropped if its peer stops reading.

    Only the server can drop it: written data waits in its buffer, and closing would wait for that
    data.
    """

    transport: asyncio.Transport
    config: uvicorn.Config
    client: tuple[str, int] | None
    # The address that it counts towards, once it is counted.
    _holder: Hashable = None
    _stalled: asyncio.TimerHandle | None = None
    _unserved: bytearray | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        connected = transport.get_extra_info("socket")
        if connected is not None and connected.family in (socket.AF_INET, socket.AF_INET6):
            # Otherwise Linux retries for a quarter of an hour to reach a machine that has gone.
            option = getattr(socket, "TCP_USER_TIMEOUT", None)
            if option is not None:
                connected.setsockopt(socket.IPPROTO_TCP, option, UNACKNOWLEDGED_MILLISECONDS)
        super().connection_made(transport)

    def take_place(self) -> None:
        """Count this connection towards the client's address. Raises TooMany."""
        assert isinstance(self.config, Config)
        holder = self.config.holder(self.client)
        self.config.of_addresses.take(holder)
        self._holder = holder

    def give_place_back(self) -> None:
        """Stop counting this connection. Does nothing if it is not counted."""
        assert isinstance(self.config, Config)
        holder, self._holder = self._holder, None
        self.config.of_addresses.give_back(holder)

    def data_received(self, data: bytes) -> None:
        """Serve received bytes, in several turns if there are many."""
        if self._unserved is not None:
            self._unserved += data
            self.transport.pause_reading()
        elif len(data) <= TURN_BYTES:
            self.serve(data)
        else:
            self._unserved = bytearray(data)
            self.transport.pause_reading()
            self._take_turn()

    def serve(self, data: bytes) -> None:
        """Serve a turn's worth of bytes."""
        super().data_received(data)

    def wants_no_more(self) -> bool:
        """Return whether reading should pause."""
        return False

    def _take_turn(self) -> None:
        waiting = self._unserved
        if waiting is None or self.transport.is_closing():
            return
        data = bytes(waiting[:TURN_BYTES])
        del waiting[:TURN_BYTES]
        if waiting:
            asyncio.get_running_loop().call_soon(self._take_turn)
        else:
            self._unserved = None
        self.serve(data)
        mine = self.transport.get_protocol() is self
        if mine and self._unserved is None and not self.wants_no_more():
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        """Start watching the reader, since the write buffer is full."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Stop watching the reader, since it reads again."""
        self._forgive()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._unserved = None
        self._forgive()
        self.give_place_back()
        super().connection_lost(exc)

    def _forgive(self) -> None:
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None

    def _watch(self) -> None:
        loop, unread = asyncio.get_running_loop(), self.transport.get_write_buffer_size()
        self._stalled = loop.call_later(STALLED_SECONDS, self._look, unread)

    def _look(self, unread: int) -> None:
        # A slow reader is not a stalled one. Nothing is added to the buffer while writing is
        # paused.
        if self.transport.get_write_buffer_size() < unread:
            self._watch()
            return
        log.info("connection_dropped", why="the client does not read")
        self.transport.abort()


def failure(code: Code, message: str, **extensions: Any) -> bytes:
    """Return the response body for one error, in GraphQL's format."""
    return to_json({"errors": [{"message": message, "extensions": {"code": code, **extensions}}]})
