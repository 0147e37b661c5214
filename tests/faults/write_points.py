"""Killing servers around the statements of mutations, and looking at what is left."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2

from tests.faults.prepared_calls import Request
from tests.faults.servers import Place, Server, Servers, until
from tests.faults.state import Outside, Rows, alike, differences, known

_WAITING = """SELECT (SELECT COUNT(*) FROM event WHERE sequence IS NULL)
    + (SELECT COUNT(*) FROM standing WHERE due_at <= '{now}')
    + (SELECT COUNT(*) FROM subscription WHERE due_at <= '{now}')"""


@dataclass
class Tally:
    """What came of the kills; `seconds` are how long each server took until it was ready."""

    kills: int = 0
    mutations: int = 0
    seconds: list[float] = field(default_factory=list)


class Walk:
    """Makes the calls of one place, whose servers are killed in each of them.

    What must hold, whatever was killed where: nothing is half done, what was acknowledged is there,
    and a repeat with the same idempotency key comes to what an undisturbed call does.
    """

    def __init__(self, servers: Servers, place: Place, view: Outside) -> None:
        self._servers, self._place, self._view = servers, place, view
        self._server: Server | None = None
        self.tally = Tally()

    async def undisturbed(self, requests: Iterable[Request]) -> dict[str, Rows]:
        """Make each call; what the database holds after it, apart from new ids."""
        before = known(await self._view.rows())
        after = {}
        for request in requests:
            answered(await self._post(request), request)
            after[request.name] = alike(await self._settled(), before)
        await self.stop()
        return after

    async def disturbed(
        self, request: Request, faults: Iterable[str], expected: Rows, before: set[str]
    ) -> None:
        """Make one call, with kills; in the end it is done as if there had been none."""
        untouched = await self._settled()
        done = False
        for fault in faults:
            answer = await self._killed(request, fault)
            rows = await self._view.rows()
            if answer is not None:
                # It had no such statement.
                answered(answer, request)
                break
            assert await self._view.whole(), (request.name, fault)
            assert not done or rows != untouched, f"{request.name}: lost after {fault}"
            done = done or rows != untouched
            if done:
                changed = differences(rows, untouched)
                assert await self._on_file(request) == 1, (request.name, fault, changed)
        first = answered(await self._post(request), request)
        found = alike(await self._settled(), before)
        assert found == expected, (request.name, differences(found, expected))
        assert answered(await self._post(request), request) == first
        assert alike(await self._settled(), before) == expected, request.name
        self.tally.mutations += 1

    async def stop(self) -> None:
        """Kill the server that runs."""
        if self._server:
            await self._server.kill()
            self._server = None

    async def _killed(self, request: Request, fault: str) -> httpx2.Response | None:
        """The answer, if it was not killed."""
        try:
            return await self._post(request, fault)
        except httpx2.TransportError:
            assert self._server
            await self._server.gone()
            self._server = None
            self.tally.kills += 1
            return None

    async def _post(self, request: Request, fault: str = "") -> httpx2.Response:
        if self._server is None:
            self._server = await self._servers.start(self._place)
            self.tally.seconds.append(self._server.seconds)
        return await self._server.http.post(
            "/graphql", json=request.body(request.name), headers=request.headers(fault)
        )

    async def _on_file(self, request: Request) -> int:
        """How many audit entries and keys with a result the call has; 1 is one of each."""
        entries = await self._view.number(
            f"SELECT COUNT(*) FROM audit_entry WHERE action = '{request.name}'"
            f" AND correlation_id <> 'test-correlation'"
        )
        keys = await self._view.number(
            f"SELECT COUNT(*) FROM idempotency_key WHERE key = '{request.name}'"
            " AND result IS NOT NULL"
        )
        assert entries == keys, (request.name, entries, keys)
        return keys

    async def _settled(self) -> Rows:
        """What the database holds once the server has seen to what is due."""
        if self._server is None:
            return await self._view.rows()
        await until(self._nothing_due)
        return await self._view.rows()

    async def _nothing_due(self) -> bool:
        return not await self._view.number(_WAITING.format(now=await self._now()))

    async def _now(self) -> str:
        offset = await self._view.number("SELECT clock_offset_seconds FROM vendor")
        now = datetime.fromisoformat(self._place.now) + timedelta(seconds=offset)
        return now.isoformat(" ")


def answered(answer: httpx2.Response, request: Request) -> Any:
    """The payload of a mutation that was done."""
    told = json.loads(answer.content)
    assert "errors" not in told, (request.name, told)
    payload = told["data"][request.name]
    assert payload["userErrors"] == [], (request.name, payload)
    return payload
