"""Subscribers to tier changes of a running service, over real sockets."""

import asyncio
import json
from typing import Any

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.serving import Service

CHANGES = "subscription($after: Cursor) { tierChanged(after: $after) { cursor reason } }"
EVENTS = """subscription($after: Cursor) {
  partnerEvents(types: [TIER_CHANGED, ADVISOR_INVITED], after: $after) { cursor type data } }"""


async def ask(service: Service, who: str, document: str, **variables: Any) -> dict[str, Any]:
    async with httpx2.AsyncClient(timeout=30) as http:
        response = await http.post(
            f"{service.url}/graphql",
            json={"query": document, "variables": variables},
            headers=service.headers(who),
        )
    answer: dict[str, Any] = response.json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


class OverSocket:
    """A subscriber over a WebSocket; `code` is how it was closed."""

    def __init__(self, service: Service, after: str) -> None:
        self.reasons: list[str] = []
        self.code: int | None = None
        self.task = asyncio.create_task(self._run(service, after))

    async def _run(self, service: Service, after: str) -> None:
        headers = service.headers("partner_admin")
        async with connect(service.websocket_url, subprotocols=["graphql-transport-ws"]) as line:
            hello = {"authorization": headers["Authorization"]}
            await line.send(json.dumps({"type": "connection_init", "payload": hello}))
            await line.recv()
            payload = {"query": CHANGES, "variables": {"after": after}}
            await line.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            try:
                async for text in line:
                    message = json.loads(text)
                    assert message["type"] == "next", message
                    self.reasons.append(message["payload"]["data"]["tierChanged"]["reason"])
            except ConnectionClosed:
                pass
            self.code = line.close_code


class OverStream:
    """A subscriber to server-sent events; `ended` as the protocol says, not by a cut."""

    def __init__(self, service: Service, after: str) -> None:
        self.reasons: list[str] = []
        self.ended = False
        self.task = asyncio.create_task(self._run(service, after))

    async def _run(self, service: Service, after: str) -> None:
        headers = service.headers("partner_admin") | {"Accept": "text/event-stream"}
        body = {"query": EVENTS, "variables": {"after": after}}
        async with (
            httpx2.AsyncClient(timeout=60) as http,
            http.stream("POST", f"{service.url}/graphql", json=body, headers=headers) as answer,
        ):
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    event = json.loads(line.removeprefix("data: "))["data"]["partnerEvents"]
                    self.reasons.append(event["data"]["reason"])
        self.ended = True
