"""Operations that are ended at every point where they wait: nothing they held stays taken.

Here queries, a subscription and some mutations; `make soak` ends all mutations, over ten thousand
operations.
"""

import asyncio
from pathlib import Path

from tests.faults.cancels import Storm, all_free, quiet, still_answers
from tests.faults.database_copies import Origin
from tests.faults.operations import http_bytes, named, operations, websocket_bytes
from tests.faults.prepared_calls import requests_of
from tests.faults.servers import Servers

# One of them takes locks, one writes many rows, one is done again and again.
SOME = ("createClient", "pushContent", "setBillingAddress")


async def test_operations_cancelled_at_each_await_leave_nothing_behind(
    servers: Servers, origin: Origin, tmp_path: Path
) -> None:
    requests = requests_of(origin.data)
    some = [each for each in requests if each.name in SOME]
    chosen = operations([named(requests, "createPartner"), *some])
    with origin.copy(tmp_path / "place", pool_size=3) as place:
        async with servers.running(place) as server:
            before = await quiet(server)
            storm = Storm(server)
            await asyncio.gather(storm.over_http(chosen), storm.over_websocket(chosen))
            assert storm.started > 100
            await all_free(server, before)
            await still_answers(server, requests)


async def test_connections_reset_at_any_byte_leave_nothing_behind(
    servers: Servers, origin: Origin, tmp_path: Path
) -> None:
    requests = requests_of(origin.data)
    page, _, subscription, create = operations([named(requests, "createPartner")])
    with origin.copy(tmp_path / "place", pool_size=3) as place:
        async with servers.running(place) as server:
            before = await quiet(server)
            storm = Storm(server)
            for operation in (page, create):
                await storm.cut(http_bytes(operation), 29)
                await storm.cut_answers(http_bytes(operation), range(1, 200, 61))
            await storm.cut(websocket_bytes(subscription), 29)
            await storm.cut_answers(websocket_bytes(subscription), range(1, 200, 61))
            stream = http_bytes(subscription, "text/event-stream")
            await storm.cut_answers(stream, range(1, 200, 61))
            await all_free(server, before)
            await still_answers(server, requests)
