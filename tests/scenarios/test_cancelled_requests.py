"""Callers who hang up: whatever they were waiting for, no connection and no lock stays behind.

The service runs as a process; its database has few connections, so that a leak would be felt soon.
"""

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from websockets.asyncio.client import connect

from tests.serving import Service, demo_service

PAGE = "{ clients(first: 50) { nodes { name partner { name } advisors { nodes { role } } } } }"
SUBSCRIPTION = "subscription { tierChanged { cursor partner { name } } }"
INVITE = """mutation($input: InviteAdvisorInput!) {
  inviteAdvisor(input: $input) { advisor { id } userErrors { code } } }"""
STORM = 150


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    demo = request.getfixturevalue(f"{request.param}_demo")
    with demo_service(*demo, pool_size=3) as running:
        yield running


async def test_requests_cut_at_any_moment(service: Service) -> None:
    dice = random.Random(1)
    for _ in range(STORM // 10):
        await asyncio.gather(
            *(cut_request(service, PAGE, {}, dice.uniform(0, 0.05)) for _ in range(5)),
            *(cut_request(service, INVITE, invitation(), dice.uniform(0, 0.05)) for _ in range(5)),
        )
    await still_answers(service)


async def test_operations_ended_as_soon_as_they_began(service: Service) -> None:
    """The server cancels an operation where it is: on a lock, in a transaction, reading a page."""
    dice = random.Random(2)
    async with connect(service.websocket_url, subprotocols=["graphql-transport-ws"]) as socket:
        await begin(service, socket)
        for number in range(STORM):
            await subscribe(socket, str(number), [SUBSCRIPTION, PAGE, INVITE][number % 3])
            if number % 2:
                await asyncio.sleep(dice.uniform(0, 0.01))
            await socket.send(json.dumps({"id": str(number), "type": "complete"}))
        await socket.send(json.dumps({"type": "ping"}))
        while json.loads(await asyncio.wait_for(socket.recv(), 20))["type"] != "pong":
            pass
    await still_answers(service)


async def test_sockets_reset_with_operations_under_way(service: Service) -> None:
    for _ in range(STORM // 10):
        socket = await connect(service.websocket_url, subprotocols=["graphql-transport-ws"])
        await begin(service, socket)
        for number in range(6):
            await subscribe(socket, str(number), [SUBSCRIPTION, PAGE, INVITE][number % 3])
        socket.transport.abort()
    await still_answers(service)


async def cut_request(
    service: Service, document: str, variables: dict[str, Any], after: float
) -> None:
    """Send a request over a connection of its own and reset that after so many seconds."""
    host, port = service.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps({"query": document, "variables": variables}).encode()
    authorization = service.headers("partner_admin")["Authorization"]
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Authorization: {authorization}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    await asyncio.sleep(after)
    writer.transport.abort()


async def begin(service: Service, socket: Any) -> None:
    authorization = service.headers("partner_admin")["Authorization"]
    hello = {"type": "connection_init", "payload": {"authorization": authorization}}
    await socket.send(json.dumps(hello))
    assert json.loads(await socket.recv())["type"] == "connection_ack"


async def subscribe(socket: Any, id: str, document: str) -> None:
    payload = {"query": document, "variables": invitation() if document == INVITE else {}}
    message = {"id": id, "type": "subscribe", "payload": payload}
    await socket.send(json.dumps(message))


async def still_answers(service: Service) -> None:
    """More reads and writes at once than there are connections, all of them answered."""
    async with httpx2.AsyncClient(timeout=30) as http:

        async def ask(document: str, variables: dict[str, Any]) -> dict[str, Any]:
            response = await http.post(
                f"{service.url}/graphql",
                json={"query": document, "variables": variables},
                headers=service.headers("partner_admin"),
            )
            answer: dict[str, Any] = response.json()
            return answer

        answers = await asyncio.gather(
            *(ask(PAGE, {}) for _ in range(8)), *(ask(INVITE, invitation()) for _ in range(8))
        )
        assert all("errors" not in answer for answer in answers), answers
        invited = [answer["data"]["inviteAdvisor"] for answer in answers[8:]]
        assert all(payload["userErrors"] == [] for payload in invited)
        ready = await http.get(f"{service.url}/readyz")
        assert ready.status_code == 200


def invitation() -> dict[str, Any]:
    key = uuid4().hex
    return {"input": {"idempotencyKey": key, "name": "Ann Other", "email": f"{key}@team.example"}}
