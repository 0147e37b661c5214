"""Ending operations wherever they wait: cancelled at each await, cut at any byte.

Each operation is started again and again, and ended one step further each time, until it gets
through. Whatever it held must be free then: connections to the database, tasks, sockets, places in
the list of subscribers.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Iterable, Sequence
from itertools import count

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.faults.operations import PAGE, Operation, hello, named
from tests.faults.prepared_calls import Request
from tests.faults.servers import PATIENCE_SECONDS, Server

# In which a subscriber that is not cancelled has got to where it waits for news.
QUIET_SECONDS = 0.2
POINTS = ("await", "statement")
LEFT = ("units", "taken", "connections", "subscribers", "tasks")


class Storm:
    """Ends operations of one server; `started` counts them."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.started = 0

    async def over_http(self, operations: Iterable[Operation]) -> None:
        """Cancel each at every await and statement of its request; the endless as event stream."""
        async with httpx2.AsyncClient(base_url=self._server.url, timeout=PATIENCE_SECONDS) as http:
            for operation in operations:
                for point in POINTS:
                    for step in count(1):
                        if await self._cancelled_request(http, operation, f"{point} {step}"):
                            break

    async def over_websocket(self, operations: Iterable[Operation]) -> None:
        """Cancel each at every await and statement, all over one socket for each caller."""
        for authorization, some in _by_caller(operations).items():
            async with connect(
                self._server.websocket_url, subprotocols=["graphql-transport-ws"]
            ) as socket:
                await hello(socket, authorization)
                for operation in some:
                    for point in POINTS:
                        for step in count(1):
                            if await self._cancelled_operation(
                                socket, operation, f"{point} {step}"
                            ):
                                break

    async def cut(self, sent: bytes, step: int) -> None:
        """Connect, send part of a request, and reset the connection: one byte more each `step`."""
        for length in range(1, len(sent) + 1, step):
            await self._reset(sent[:length], read=0)

    async def cut_answers(self, sent: bytes, lengths: Iterable[int]) -> None:
        """Send all of a request, and reset the connection after so many bytes of the answer."""
        for length in lengths:
            await self._reset(sent, read=length)

    async def _cancelled_request(
        self, http: httpx2.AsyncClient, operation: Operation, fault: str
    ) -> bool:
        """Whether the request got through."""
        self.started += 1
        headers = {"authorization": operation.authorization, "x-fault": f"cancel {fault}"}
        if operation.endless:
            headers["accept"] = "text/event-stream"
        try:
            async with http.stream(
                "POST", "/graphql", json=operation.payload(), headers=headers
            ) as answer:
                if not operation.endless:
                    await answer.aread()
                    return answer.status_code < 500
                async with asyncio.timeout(QUIET_SECONDS):
                    async for _ in answer.aiter_raw():
                        pass
                return False
        except TimeoutError:
            return True
        except httpx2.TransportError:
            return False

    async def _cancelled_operation(
        self, socket: ClientConnection, operation: Operation, fault: str
    ) -> bool:
        """Whether the operation got through."""
        self.started += 1
        id = str(self.started)
        payload = operation.payload()
        payload["variables"]["fault"] = fault
        await socket.send(json.dumps({"id": id, "type": "subscribe", "payload": payload}))
        while True:
            patience = QUIET_SECONDS if operation.endless else PATIENCE_SECONDS
            try:
                told = json.loads(await asyncio.wait_for(socket.recv(), patience))
            except TimeoutError:
                if not operation.endless:
                    raise
                await socket.send(json.dumps({"id": id, "type": "complete"}))
                return True
            if told.get("payload") == {"cancelled": id}:
                return False
            if told["type"] in ("complete", "error") and told["id"] == id:
                return True

    async def _reset(self, sent: bytes, read: int) -> None:
        self.started += 1
        reader, writer = await asyncio.open_connection("127.0.0.1", self._server.port)
        # Closed, it is reset: the other side is told nothing else.
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.write(sent)
        await writer.drain()
        if read:
            await asyncio.wait_for(reader.readexactly(read), PATIENCE_SECONDS)
        writer.transport.abort()


async def all_free(server: Server, before: dict[str, int]) -> dict[str, int]:
    """Wait until nothing more is in use than before. Raises TimeoutError, with what is left."""
    state: dict[str, int] = {}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                state = await server.state()
                if all(state[name] <= before[name] for name in LEFT):
                    return state
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise AssertionError(f"Left in use: {state}, before: {before}") from error


async def quiet(server: Server) -> dict[str, int]:
    """What a server has in use that has been asked something once."""
    await server.ready()
    return await all_free(server, {**dict.fromkeys(LEFT, 0), "connections": 1, "tasks": 99})


async def still_answers(server: Server, requests: Sequence[Request]) -> None:
    """More reads and writes at once than there are connections, all of them answered."""
    request = named(requests, "createPartner")
    page = {"query": PAGE}
    answers = await asyncio.gather(
        *(server.http.post("/graphql", json=page, headers=request.headers()) for _ in range(8)),
        *(
            server.http.post(
                "/graphql",
                json=request.body(f"after {number}", name=f"After {number}"),
                headers=request.headers(),
            )
            for number in range(8)
        ),
    )
    for answer in answers:
        assert answer.status_code == 200 and "errors" not in answer.json(), answer.text
    assert await server.ready() == 200


def _by_caller(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for operation in operations:
        # A newcomer has no socket.
        if "acceptInvitation" not in operation.document:
            found.setdefault(operation.authorization, []).append(operation)
    return found
