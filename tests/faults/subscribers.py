"""Subscribers over WebSocket who come back after the last cursor they have."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from app.events.cursors import encode
from schema.node import decode
from tests.faults.operations import hello
from tests.faults.state import Outside

PAUSE_SECONDS = 0.02
EVENTS = """subscription($after: Cursor) {
  partnerEvents(after: $after) { id cursor sequence partner { id } } }"""


class Subscriber:
    """Who has been told what. `urls` are the servers, which may change meanwhile."""

    def __init__(self, urls: list[str], authorization: str, number: int = 0) -> None:
        self._urls, self._authorization, self._number = urls, authorization, number
        self._cursor = encode(0)
        self.heard: list[str] = []
        self.connected = 0
        # Cleared, it stays away once its socket has ended.
        self.wanted = asyncio.Event()
        self.wanted.set()
        # The socket, while there is one.
        self.socket: ClientConnection | None = None

    async def run(self) -> None:
        """Listen until cancelled."""
        for number in count(self._number):
            await self.wanted.wait()
            try:
                await self._listen(self._urls[number % len(self._urls)])
            except (OSError, WebSocketException, EOFError):
                await asyncio.sleep(PAUSE_SECONDS)
            finally:
                self.socket = None

    async def _listen(self, url: str) -> None:
        address = url.replace("http://", "ws://") + "/graphql"
        async with connect(
            address, subprotocols=["graphql-transport-ws"], ping_interval=None
        ) as socket:
            await hello(socket, self._authorization)
            payload = {"query": EVENTS, "variables": {"after": self._cursor}}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            self.socket = socket
            self.connected += 1
            async for text in socket:
                told = json.loads(text)
                if told["type"] == "ping":
                    await socket.send('{"type": "pong"}')
                    continue
                assert told["type"] == "next" and "errors" not in told["payload"], told
                event = told["payload"]["data"]["partnerEvents"]
                self.heard.append(event["id"])
                self._cursor = event["cursor"]


@asynccontextmanager
async def listening(subscribers: list[Subscriber]) -> AsyncIterator[None]:
    """They listen as long as this lasts."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each.run()) for each in subscribers]
        yield
        for task in tasks:
            task.cancel()


async def published(view: Outside) -> list[str]:
    """The ids of all events, in their order."""
    assert not await view.number("SELECT COUNT(*) FROM event WHERE sequence IS NULL")
    rows = await view.select("SELECT id FROM event ORDER BY sequence")
    return [str(id) for (id,) in rows]


def told_all(subscriber: Subscriber, events: list[str]) -> int:
    """How many it was told twice. Raises AssertionError if one is missing or out of order."""
    heard = [str(decode(id, "Event")) for id in subscriber.heard]
    assert list(dict.fromkeys(heard)) == events
    return len(heard) - len(events)
