"""What all connections of the server have in common, whatever is spoken on them.

Each is served in turns, and is let go once its other side does not read, or is not there.
"""

import asyncio
import socket
from typing import Any

import structlog

from app.encoding import to_json
from resolvers.error_mapping import Code

# How much of what arrived on one connection is looked at before the others have their turn: a few
# hundred of the smallest messages.
TURN_BYTES = 16_384
# How long a client may read nothing of what the server has sent: it comes back and resumes after
# its last cursor.
STALLED_SECONDS = 5.0
# How long what was sent may go unacknowledged by the other machine. An event stream is sent
# something every 15 seconds, so one whose reader's machine is gone ends within 35.
UNACKNOWLEDGED_MILLISECONDS = 20_000

log = structlog.get_logger()


class Connection(asyncio.Protocol):
    """A connection that is served in turns, and whose reader is let go once it does not read.

    Only the server can: what was written waits in its buffer, and closing would wait for that.
    """

    transport: asyncio.Transport
    _stalled: asyncio.TimerHandle | None = None
    _unserved: bytearray | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        connected = transport.get_extra_info("socket")
        if connected is not None and connected.family in (socket.AF_INET, socket.AF_INET6):
            # Without it Linux tries for a quarter of an hour to reach a machine that is gone.
            option = getattr(socket, "TCP_USER_TIMEOUT", None)
            if option is not None:
                connected.setsockopt(socket.IPPROTO_TCP, option, UNACKNOWLEDGED_MILLISECONDS)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Serve what arrived: what is more than a turn's worth, bit by bit."""
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
        """Whether nothing more is to be read for now."""
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
        if self._unserved is None and not self.wants_no_more():
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        """More is buffered than the reader takes: from now on it is watched."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """The reader reads again."""
        self._forgive()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._unserved = None
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


def failure(code: Code, message: str, **extensions: Any) -> bytes:
    """The body that tells of one error, in the form of GraphQL's."""
    return to_json({"errors": [{"message": message, "extensions": {"code": code, **extensions}}]})
