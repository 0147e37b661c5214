"""A client that holds thousands of subscriptions and costs little: its own WebSocket, no library.

Each event carries a number in its reason, `#17 ...`, that counts the events of its partner; so a
subscriber can tell that it got every event once and in order.
"""

import asyncio
import json
import re
import resource
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

HANDSHAKES = 64
OPEN_SECONDS = 120
_NUMBER = re.compile(rb'"reason": ?"#(\d+) ')
_MASK = b"\0\0\0\0"  # A mask must be there; this one changes nothing.
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


@dataclass
class Group:
    """Subscribers that were opened together, and what they received.

    `faults` says what went wrong: a lost, doubled or misplaced event, an error, a lost connection.
    """

    port: int
    members: "list[Subscriber]" = field(default_factory=list)
    received: int = 0
    faults: list[str] = field(default_factory=list)
    sample: bytes = b""
    _target: int = 0
    _reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, count: int, seconds: float) -> None:
        """Wait until `count` events have arrived since the group was opened.

        Raises RuntimeError if they have not after so many seconds, or if there was a fault.
        """
        self._target = count
        self._reached.clear()
        self._tell()
        try:
            async with asyncio.timeout(seconds):
                await self._reached.wait()
        except TimeoutError:
            self.faults.append(f"{self.received} of {count} events after {seconds} s")
        if self.faults:
            raise RuntimeError(f"{len(self.faults)} faults, the first: {self.faults[0]}")

    def close(self) -> None:
        """Leave."""
        for member in self.members:
            member.leave()
        self.members.clear()

    def _tell(self) -> None:
        if self.received >= self._target or self.faults:
            self._reached.set()

    def took(self, message: bytes) -> None:
        self.received += 1
        self.sample = message
        if self.received == self._target:
            self._reached.set()

    def fault(self, words: str) -> None:
        self.faults.append(words)
        self._reached.set()


class Subscriber(asyncio.Protocol):
    """One connection with one subscription, of which `subscribe` is the first message."""

    __slots__ = ("buffer", "group", "init", "last", "left", "ready", "subscribe", "transport")

    def __init__(self, group: Group, init: bytes, subscribe: bytes) -> None:
        self.group = group
        self.init = init
        self.subscribe = subscribe
        self.last: int | None = None
        self.left = False
        self.buffer = b""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.transport.write(
            b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
            % self.group.port
        )

    def data_received(self, data: bytes) -> None:
        data = self.buffer + data if self.buffer else data
        start = 0
        if self.init:
            head, blank, _ = data.partition(b"\r\n\r\n")
            if not blank:
                self.buffer = data
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.lose(f"no WebSocket: {head[:200]!r}")
                return
            self.send(_TEXT, self.init)
            self.init = b""
            start = len(head) + 4
        while (frame := _frame(data, start)) is not None:
            kind, payload, start = frame
            self.take(kind, payload)
        self.buffer = data[start:]

    def take(self, kind: int, payload: bytes) -> None:
        number = _NUMBER.search(payload) if kind == _TEXT else None
        if number:
            this = int(number[1])
            if self.last is not None and this != self.last + 1:
                self.group.fault(f"event {this} came after {self.last}")
            self.last = this
            self.group.took(payload)
        elif kind == _TEXT:
            self._control(payload)
        elif kind == _PING:
            self.send(_PONG, payload)
        elif kind == _CLOSE:
            self.lose(f"closed: {payload!r}")

    def _control(self, payload: bytes) -> None:
        message = json.loads(payload)
        if message["type"] == "connection_ack":
            self.send(_TEXT, self.subscribe)
            self.ready.set_result(None)
        elif message["type"] == "ping":
            self.send(_TEXT, b'{"type":"pong"}')
        elif message["type"] != "pong":
            self.lose(f"not an event: {payload[:300]!r}")

    def send(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        head = bytes([0x80 | kind])
        head += bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self.transport.write(head + _MASK + payload)

    def connection_lost(self, reason: Exception | None) -> None:
        if not self.left:
            self.lose(f"connection lost: {reason}")

    def lose(self, words: str) -> None:
        self.group.fault(words)
        if not self.ready.done():
            self.ready.set_exception(RuntimeError(words))
        self.leave()

    def leave(self) -> None:
        self.left = True
        self.transport.close()


def _frame(data: bytes, start: int) -> tuple[int, bytes, int] | None:
    """The kind and payload of the frame that starts here, and where it ends; None if cut short."""
    if len(data) < start + 2:
        return None
    size, body = data[start + 1], start + 2
    if size == 126:
        size, body = int.from_bytes(data[body : body + 2], "big"), body + 2
    elif size == 127:
        size, body = int.from_bytes(data[body : body + 8], "big"), body + 8
    end = body + size
    if len(data) < end:
        return None
    return data[start] & 0x0F, data[body:end], end


@dataclass(frozen=True)
class Login:
    """As whom to subscribe, and to what."""

    authorization: str | None
    variables: Mapping[str, Any]


async def subscribe(
    group: Group, document: str, logins: Iterable[Login], receive_buffer: int = 0
) -> None:
    """Open one more subscription for each login; it returns when all are acknowledged and sent.

    Whether the server has them in place by then only the server knows: wait until it is quiet.
    `receive_buffer` sets the bytes that the system keeps for a reader. Raises RuntimeError.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    gate = asyncio.Semaphore(HANDSHAKES)

    async def one(login: Login) -> None:
        init: dict[str, Any] = {"type": "connection_init"}
        if login.authorization:
            init["payload"] = {"authorization": login.authorization}
        payload = {"query": document, "variables": login.variables}
        message = {"id": "1", "type": "subscribe", "payload": payload}
        member = Subscriber(group, _json(init), _json(message))
        async with gate:
            await _connect(member, receive_buffer)
            await member.ready
        group.members.append(member)

    async with asyncio.timeout(OPEN_SECONDS):
        await asyncio.gather(*(one(login) for login in logins))


def _json(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


async def _connect(member: Subscriber, receive_buffer: int) -> None:
    loop = asyncio.get_running_loop()
    connection = socket.socket()
    connection.setblocking(False)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    await loop.sock_connect(connection, ("127.0.0.1", member.group.port))
    await loop.create_connection(lambda: member, sock=connection)
