"""Operations to be started and ended, and their bytes on the wire."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection

from app.events.cursors import encode
from tests.faults.prepared_calls import Request

PAGE = "{ clients(first: 50) { nodes { name partner { name } advisors { nodes { role } } } } }"
NODES = (
    "{ viewer { role } partners(first: 10) { nodes { name clients(first: 5) { totalCount } } } }"
)
# With all events that there ever were, and then waiting for more.
SUBSCRIPTION = (
    f'subscription {{ tierChanged(after: "{encode(0)}") {{ cursor partner {{ name }} }} }}'
)


@dataclass(frozen=True)
class Operation:
    """What is started again and again; `input` is that of a mutation."""

    document: str
    authorization: str
    input: dict[str, Any] | None = None
    endless: bool = False

    def payload(self) -> dict[str, Any]:
        """Its JSON, with an idempotency key of its own."""
        if self.input is None:
            return {"query": self.document, "variables": {}}
        input = {"idempotencyKey": str(uuid4()), **self.input}
        return {"query": self.document, "variables": {"input": input}}


def operations(requests: Sequence[Request]) -> list[Operation]:
    """Queries, a subscription and all mutations. Of a mutation that can be done once, later rounds
    are refused: they end in a roll-back."""
    vendor = named(requests, "createPartner").authorization
    return [
        Operation(PAGE, vendor),
        Operation(NODES, vendor),
        Operation(SUBSCRIPTION, vendor, endless=True),
        *(Operation(each.document, each.authorization, each.input) for each in requests),
    ]


def named(requests: Sequence[Request], name: str) -> Request:
    """The request of a mutation."""
    return next(each for each in requests if each.name == name)


async def hello(socket: ClientConnection, authorization: str) -> None:
    """Have a socket acknowledged."""
    await socket.send(
        json.dumps({"type": "connection_init", "payload": {"authorization": authorization}})
    )
    assert json.loads(await socket.recv())["type"] == "connection_ack"


def http_bytes(operation: Operation, accept: str = "application/json") -> bytes:
    """An operation as it is sent over HTTP."""
    body = json.dumps(operation.payload()).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Accept: {accept}\r\nAuthorization: {operation.authorization}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def websocket_bytes(operation: Operation) -> bytes:
    """The handshake of a WebSocket, its hello and an operation, all at once."""
    hello = {"type": "connection_init", "payload": {"authorization": operation.authorization}}
    subscribe = {"id": "1", "type": "subscribe", "payload": operation.payload()}
    head = (
        "GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    return head.encode() + b"".join(_frame(json.dumps(each)) for each in (hello, subscribe))


def _frame(text: str) -> bytes:
    """A masked frame; the mask is of zeros."""
    data = text.encode()
    return b"\x81\xfe" + struct.pack(">H", len(data)) + bytes(4) + data
