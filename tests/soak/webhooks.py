"""Two thousand events for three endpoints, and `serve` that is killed while it delivers them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2

from app.domain.ids import global_id
from tests.faults.operations import named
from tests.faults.prepared_calls import SECRET, Request, requests_of
from tests.faults.servers import Place, until
from tests.faults.state import Outside, outside
from tests.receivers import Received, Receiver, receiving, tls
from tests.serving import ROOT, free_port, wait_until_ready
from tests.soak.harness import Bench

KILLS, CALLS_EACH, FACTS, ENDPOINTS = 20, 4, 25, 3
# Of the requests of one endpoint each so-and-so-many-th is refused.
REFUSED_EACH = 7
# As slow as a receiver over the internet: a kill falls into attempts under way.
ANSWER_SECONDS = 0.1
# A lease runs out after the three seconds of an attempt and fifteen more.
DELIVERED_SECONDS = 300
SETTINGS = {
    "SECRET": SECRET,
    "WEBHOOK_NETWORKS": "127.0.0.0/8,::1/128",
    "WEBHOOK_TIMEOUT_SECONDS": "3",
    "WEBHOOK_SCHEDULE": ",".join("1" * 20),
    "LOG_LEVEL": "WARNING",
}


async def run(bench: Bench, database: str) -> dict[str, Any]:
    """Two processes; the one that delivers is killed each time, and the other goes on."""
    origin = bench.origins[database]
    requests = requests_of(origin.data)
    record = named(requests, "recordActivities")
    async with AsyncExitStack() as stack:
        place = stack.enter_context(origin.copy(bench.new_folder()))
        view = await stack.enter_async_context(outside(place))
        serves = [await stack.enter_async_context(serving(place)) for _ in range(2)]
        receivers = [
            await stack.enter_async_context(receiving(_answers(refuses=number == 0)))
            for number in range(ENDPOINTS)
        ]
        create = named(requests, "createWebhookEndpoint")
        for receiver in receivers:
            await _call(serves, create, f"endpoint {receiver.port}", _input(receiver))
        # What tells of their creation has its number: all that comes later is for all of them.
        await until(lambda: _all_numbered(view))
        began = await view.number("SELECT MAX(sequence) FROM event")
        for kill in range(KILLS):
            await _kill_while_it_delivers(serves, kill, record, receivers)
        async with asyncio.timeout(DELIVERED_SECONDS):
            while not await _all_delivered(view, began):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return await _judged(view, began, receivers)


class Serving:
    """`python -m app serve` at one address, as often as it is started there."""

    def __init__(self, place: Place) -> None:
        self._port = free_port()
        self._log = place.data / f"serve-{self._port}.log"
        certificate = place.data / "receiver.pem"
        certificate.write_text(tls().certificate)
        given = {**SETTINGS, "DATA_DIR": str(place.data), "DATABASE_URL": place.database_url}
        self._environment = os.environ | {f"PARTNERGRAPH_{name}": given[name] for name in given}
        self._environment["SSL_CERT_FILE"] = str(certificate)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        self._process = self._begun()
        await asyncio.to_thread(wait_until_ready, self.url, self._process, self._log)

    def _begun(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "app", "serve", "--port", str(self._port)],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End it as `kill -9` does."""
        assert self._process
        self._process.kill()
        self._process.wait()


@asynccontextmanager
async def serving(place: Place) -> AsyncIterator[Serving]:
    """One that is killed at the end."""
    serve = Serving(place)
    await serve.start()
    try:
        yield serve
    finally:
        serve.kill()


def _answers(refuses: bool) -> Any:
    count = 0

    async def answer(_: Received) -> str:
        nonlocal count
        count += 1
        refused = refuses and count % REFUSED_EACH == 0
        await asyncio.sleep(ANSWER_SECONDS)
        return "503 Service Unavailable" if refused else "200 OK"

    return answer


def _input(receiver: Receiver) -> dict[str, Any]:
    # All types, of all partners: the vendor's own.
    return {"url": receiver.url(host="localhost"), "partnerId": None, "types": None}


async def _kill_while_it_delivers(
    serves: list[Serving], kill: int, record: Request, receivers: list[Receiver]
) -> None:
    """Record facts; in the middle of their webhooks kill who leads, and start it again."""
    before = sum(len(each.received) for each in receivers)

    async def in_the_middle() -> bool:
        return sum(len(each.received) for each in receivers) >= before + CALLS_EACH * FACTS

    async with asyncio.TaskGroup() as group:
        group.create_task(_record(serves, kill, record))
        await until(in_the_middle)
        # Whoever was started again does not lead: the other one took over.
        leader = serves[kill % 2]
        await asyncio.to_thread(leader.kill)
        await leader.start()


async def _record(serves: list[Serving], kill: int, record: Request) -> None:
    facts = {"activities": [record.input["activities"][0]] * FACTS}
    for number in range(CALLS_EACH):
        await _call(serves, record, f"Load {kill}.{number}", facts)


async def _call(serves: list[Serving], request: Request, key: str, changes: dict[str, Any]) -> None:
    """Call until it is acknowledged, each time the other one."""
    body = request.body(key, **changes)
    async with asyncio.timeout(DELIVERED_SECONDS), httpx2.AsyncClient(timeout=30) as http:
        while True:
            for serve in serves:
                try:
                    answer = await http.post(
                        f"{serve.url}/graphql", json=body, headers=request.headers()
                    )
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)
                    continue
                told = answer.json()
                assert "errors" not in told, told
                assert told["data"][request.name]["userErrors"] == [], told
                return


async def _all_numbered(view: Outside) -> bool:
    return not await view.number("SELECT COUNT(*) FROM event WHERE sequence IS NULL")


async def _all_delivered(view: Outside, began: int) -> bool:
    """Whether each event since has its delivery to each endpoint, and none waits."""
    events = await view.number(f"SELECT COUNT(*) FROM event WHERE sequence > {began}")
    return await _all_numbered(view) and await _log(view, began) == [
        ("DELIVERED", events * ENDPOINTS)
    ]


async def _log(view: Outside, began: int) -> list[tuple[Any, ...]]:
    return await view.select(
        "SELECT d.status, COUNT(*) FROM webhook_delivery d JOIN event e ON e.id = d.event_id"
        f" WHERE e.sequence > {began} GROUP BY d.status"
    )


async def _judged(view: Outside, began: int, receivers: list[Receiver]) -> dict[str, Any]:
    """Every event reached every endpoint, under one id and with one body; so says the log."""
    rows = await view.select(f"SELECT id FROM event WHERE sequence > {began}")
    ids = {global_id("Event", UUID(str(id))) for (id,) in rows}
    assert len(ids) >= KILLS * CALLS_EACH * FACTS
    sent = 0
    for receiver in receivers:
        came = [each for each in receiver.received if each.headers["webhook-id"] in ids]
        missing = ids - {each.headers["webhook-id"] for each in came}
        assert not missing, f"{len(missing)} of {len(ids)} events are missing"
        assert len({each.body for each in came}) == len(ids)
        assert all(each.json["id"] == each.headers["webhook-id"] for each in came)
        sent += len(came)
    refused = len(receivers[0].received) // REFUSED_EACH
    return {
        "events": len(ids),
        "kills": KILLS,
        "endpoints": ENDPOINTS,
        "requests": sent,
        "refused": refused,
        "missing": 0,
        "cut off and sent again": sent - refused - len(ids) * ENDPOINTS,
    }
