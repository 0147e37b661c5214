"""A hundred callers at once with one idempotency key: one effect, and ninety-nine replays."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults.database_copies import Origin
from tests.faults.operations import named
from tests.faults.prepared_calls import requests_of
from tests.faults.servers import Server, Servers
from tests.faults.state import outside

CALLS = 100
KEY = "one-key"


@pytest.mark.parametrize("name", ["createClient", "recordPayment"])
async def test_a_hundred_calls_with_one_key_have_one_effect(
    servers: Servers, origin: Origin, tmp_path: Path, name: str
) -> None:
    request = named(requests_of(origin.data), name)
    async with AsyncExitStack() as stack:
        place = stack.enter_context(origin.copy(tmp_path / "place"))
        view = await stack.enter_async_context(outside(place))
        # SQLite is for one process.
        running = [
            await stack.enter_async_context(servers.running(place))
            for _ in range(2 if place.database_url else 1)
        ]
        before = await view.rows()

        async def call(server: Server, **changes: object) -> Any:
            body, headers = request.body(KEY, **changes), request.headers()
            answer = await server.http.post("/graphql", json=body, headers=headers)
            return answer.json()["data"][name]

        answers = await asyncio.gather(
            *(call(running[number % len(running)]) for number in range(CALLS))
        )
        assert answers == [answers[0]] * CALLS and answers[0]["userErrors"] == []
        after = await view.rows()
        for table in ("audit_entry", "idempotency_key"):
            assert len(after[table]) == len(before[table]) + 1, table

        for other in await asyncio.gather(*(call(each, **request.change) for each in running)):
            [refusal] = other["userErrors"]
            assert refusal["code"] == "IDEMPOTENCY_KEY_REUSED"
        assert (await view.rows())["audit_entry"] == after["audit_entry"]
