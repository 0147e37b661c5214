"""Callers who write all the time, and try again with the same key until they are answered."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx2

from tests.faults.prepared_calls import Request
from tests.faults.servers import PATIENCE_SECONDS
from tests.faults.state import Outside

PAUSE_SECONDS = 0.02
Changes = Callable[[str], dict[str, Any]]


class Writers:
    """Callers of one mutation; `changes` makes each call's input from its name.

    `urls` are the servers, which may change while they call.
    """

    def __init__(
        self, request: Request, urls: list[str], changes: Changes, callers: int = 6
    ) -> None:
        self._request, self._changes = request, changes
        self._urls, self._callers = urls, callers
        self._number = count(1)
        self._stopped = False
        self.acknowledged: set[str] = set()
        self.failed = 0

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """They call as long as this lasts, and each finishes the call that it is at."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.run())
            yield
            self._stopped = True

    async def run(self, at_most: int | None = None) -> None:
        """Call until so many calls are acknowledged, or for as long as they are at work."""
        limits = httpx2.Limits(max_keepalive_connections=0)
        async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS, limits=limits) as http:
            await asyncio.gather(*(self._call(http, at_most) for _ in range(self._callers)))

    async def nothing_lost(self, view: Outside) -> None:
        """Each call was acknowledged, is there, and was done once."""
        keys = await view.select(
            "SELECT key FROM idempotency_key WHERE key LIKE 'Load %' AND result IS NOT NULL"
        )
        assert sorted(key for (key,) in keys) == sorted(self.acknowledged)
        entries = await view.number(
            f"SELECT COUNT(*) FROM audit_entry WHERE action = '{self._request.name}'"
            " AND correlation_id <> 'test-correlation'"
        )
        assert entries == len(self.acknowledged)

    async def _call(self, http: httpx2.AsyncClient, at_most: int | None) -> None:
        while not self._stopped:
            number = next(self._number)
            if at_most is not None and number > at_most:
                return
            name = f"Load {number}"
            while not await self._done(http, name, number):
                self.failed += 1
                await asyncio.sleep(PAUSE_SECONDS)
            self.acknowledged.add(name)

    async def _done(self, http: httpx2.AsyncClient, name: str, number: int) -> bool:
        """Whether the call was acknowledged. It must be answered in time, one way or another."""
        url = self._urls[number % len(self._urls)]
        try:
            answer = await http.post(
                f"{url}/graphql",
                json=self._request.body(name, **self._changes(name)),
                headers=self._request.headers(),
            )
        except (httpx2.ConnectError, httpx2.ReadError, httpx2.RemoteProtocolError):
            return False
        told = json.loads(answer.content)
        if "errors" in told:
            # What was asked for may be done.
            codes = {each["extensions"]["code"] for each in told["errors"]}
            assert codes == {"UNAVAILABLE"}, told
            assert answer.status_code == 503 or told["data"], told
            return False
        assert told["data"][self._request.name]["userErrors"] == [], told
        return True
