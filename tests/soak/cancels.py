"""Ten thousand operations that are ended wherever they wait."""

import asyncio
from time import monotonic
from typing import Any

from tests.faults.cancels import Storm, all_free, quiet, still_answers
from tests.faults.operations import http_bytes, operations, websocket_bytes
from tests.faults.prepared_calls import requests_of
from tests.soak.harness import Bench

OPERATIONS = 5_000


async def run(bench: Bench, database: str) -> dict[str, Any]:
    """All queries, mutations and a subscription, over HTTP, event streams and WebSockets."""
    origin = bench.origins[database]
    requests = requests_of(origin.data)
    with origin.copy(bench.new_folder(), pool_size=3) as place:
        async with bench.servers.running(place) as server:
            before = await quiet(server)
            storm = Storm(server)
            chosen = operations(requests)
            while storm.started < OPERATIONS:
                # Several at once: what is ended holds what others wait for.
                await asyncio.gather(
                    *(storm.over_http(chosen[start::4]) for start in range(4)),
                    *(storm.over_websocket(chosen[start::4]) for start in range(4)),
                )
                page, _, subscription, *mutations = chosen
                for operation in (page, mutations[0]):
                    await storm.cut(http_bytes(operation), 1)
                    await storm.cut_answers(http_bytes(operation), range(1, 200))
                await storm.cut(websocket_bytes(subscription), 1)
                await storm.cut_answers(websocket_bytes(subscription), range(1, 200))
                stream = http_bytes(subscription, "text/event-stream")
                await storm.cut_answers(stream, range(1, 200))
            ended = monotonic()
            left = await all_free(server, before)
            seconds = monotonic() - ended
            await still_answers(server, requests)
    return {
        "operations": storm.started,
        "left in use": sum(
            max(0, left[name] - before[name]) for name in before if name != "memory"
        ),
        "free after s": round(seconds, 2),
    }
