"""Ten thousand events, and servers that are killed while they deliver them."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from tests.faults.load import Writers
from tests.faults.operations import named
from tests.faults.prepared_calls import requests_of
from tests.faults.servers import Server, until
from tests.faults.state import outside
from tests.faults.subscribers import Subscriber, listening, published, told_all
from tests.soak.harness import Bench

CALLS, FACTS, KILLS, SUBSCRIBERS = 400, 25, 50, 10


async def run(bench: Bench, database: str) -> dict[str, Any]:
    """Callers and subscribers go on with another server, or the same one once it is back."""
    origin = bench.origins[database]
    request = named(requests_of(origin.data), "recordActivities")
    fact = request.input["activities"][0]
    async with AsyncExitStack() as stack:
        place = stack.enter_context(origin.copy(bench.new_folder()))
        view = await stack.enter_async_context(outside(place))
        # SQLite is for one process.
        servers: list[Server] = [
            await bench.servers.start(place) for _ in range(1 if database == "sqlite" else 2)
        ]
        urls = [server.url for server in servers]
        before = await view.number("SELECT COUNT(*) FROM event")
        writers = Writers(request, urls, lambda _: {"activities": [fact] * FACTS})
        subscribers = [
            Subscriber(urls, request.authorization, number) for number in range(SUBSCRIBERS)
        ]
        async with listening(subscribers):
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(writers.run(CALLS))
                for kill in range(1, KILLS + 1):
                    await _acknowledged(writers, kill * CALLS // (KILLS + 2))
                    which = kill % len(servers)
                    await servers[which].kill()
                    servers[which] = await bench.servers.start(place)
                    urls[which] = servers[which].url
            assert writing.done()

            async def all_published() -> bool:
                return not await view.number("SELECT COUNT(*) FROM event WHERE sequence IS NULL")

            await until(all_published)
            events = await published(view)

            async def all_told() -> bool:
                return all(len(set(each.heard)) >= len(events) for each in subscribers)

            await until(all_told)
        await writers.nothing_lost(view)
        twice = sum(told_all(each, events) for each in subscribers)
        for server in servers:
            await server.kill()
    return {
        "events": len(events) - before,
        "kills": KILLS,
        "subscribers": SUBSCRIBERS,
        "times resumed": sum(each.connected - 1 for each in subscribers),
        "missing or out of order": 0,
        "told twice": twice,
    }


async def _acknowledged(writers: Writers, calls: int) -> None:
    async def enough() -> bool:
        return len(writers.acknowledged) >= calls

    await until(enough)
