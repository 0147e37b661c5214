"""A server that stops: what those are told who still wait for something."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from app.domain.clock import Clock
from app.persistence.database import Database
from app.server import serving
from tests.api.small_service import (
    SmallService,
    lingering,
    receive,
    send,
    small_service,
)

LINGER = "mutation { linger }"


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    lingering.begun.clear()
    lingering.may_end.clear()
    yield
    lingering.may_end.set()


async def closed(service: SmallService) -> None:
    """Wait until the server takes no more connections."""
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", service.port)
            except ConnectionError:
                return
            writer.close()
            await asyncio.sleep(0.01)


async def close_code(socket: Any) -> int:
    """The code with which the server closes a WebSocket, whatever it sends before."""
    try:
        async with asyncio.timeout(20):
            while True:
                await socket.recv()
    except ConnectionClosed as ended:
        assert ended.rcvd
        return ended.rcvd.code


async def test_what_does_not_end_in_time_is_told_to_come_back(
    database: Database,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(serving, "SHUTDOWN_SECONDS", 0.1)
    async with small_service(database, clock, tmp_path) as service, service.session() as socket:
        await send(socket, {"type": "subscribe", "id": "1", "payload": {"query": LINGER}})
        asked = asyncio.create_task(service.post(LINGER, {"x-request-id": "mine"}))
        await lingering.begun.wait()
        await asyncio.sleep(0.05)
        service.stop()
        response = await asked
        assert await close_code(socket) == 1012
    assert response.status_code == 503
    assert response.headers["content-type"].startswith("application/json")
    assert response.headers["x-request-id"] == "mine"
    assert response.headers["retry-after"] == "1"
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE"}
    assert "The server is stopping" in error["message"]
    assert "same idempotency key" in error["message"]
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []


async def test_what_was_begun_over_a_websocket_is_answered_before_it_is_closed(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    async with small_service(database, clock, tmp_path) as service, service.session() as socket:
        forever = {"query": "subscription { forever }"}
        await send(socket, {"type": "subscribe", "id": "1", "payload": forever})
        assert (await receive(socket))["id"] == "1"
        await send(socket, {"type": "subscribe", "id": "2", "payload": {"query": LINGER}})
        await lingering.begun.wait()
        service.stop()
        await closed(service)
        lingering.may_end.set()
        answers = []
        while len(answers) < 2:
            message = await receive(socket)
            if message["id"] == "2":
                answers.append(message)
        assert answers[0]["payload"]["data"] == {"linger": "done at last"}
        assert answers[1]["type"] == "complete"
        assert await close_code(socket) == 1012


async def test_a_process_that_drains_serves_and_is_not_ready(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    async with small_service(database, clock, tmp_path, drain_seconds=300) as service:
        service.stop()
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as new:
            answer = await new.get("/readyz")
            assert (answer.status_code, answer.json()["checks"]) == (503, {"stopping": "failed"})
            assert (await new.get("/livez")).status_code == 200
            answer = await new.post("/graphql", json={"query": "{ hello }"})
            assert answer.json()["data"] == {"hello": "Hello world"}
        async with service.session() as socket:
            hello = {"query": "{ hello }"}
            await send(socket, {"type": "subscribe", "id": "1", "payload": hello})
            assert (await receive(socket))["payload"]["data"] == {"hello": "Hello world"}


async def test_once_it_has_drained_it_stops(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    async with small_service(database, clock, tmp_path, drain_seconds=0.05) as service:
        service.stop()
        await closed(service)
