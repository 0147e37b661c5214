"""A hundred subscribers who vanish: how soon the server is rid of them, and what they miss."""

import socket
import struct
from collections.abc import Callable
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any

from tests.faults.load import Writers
from tests.faults.operations import named
from tests.faults.prepared_calls import requests_of
from tests.faults.servers import Server, until
from tests.faults.state import Outside, outside
from tests.faults.subscribers import Subscriber, listening, published, told_all
from tests.soak.harness import Bench

SUBSCRIBERS, FACTS = 100, 5


async def run(bench: Bench, database: str) -> dict[str, Any]:
    """Reset, silent while nothing is sent, and not reading while there is much to read."""
    origin = bench.origins[database]
    request = named(requests_of(origin.data), "recordActivities")
    fact = request.input["activities"][0]
    async with AsyncExitStack() as stack:
        place = stack.enter_context(origin.copy(bench.new_folder()))
        view = await stack.enter_async_context(outside(place))
        server = await stack.enter_async_context(bench.servers.running(place))
        writers = Writers(request, [server.url], lambda _: {"activities": [fact] * FACTS}, 2)
        all_ = [Subscriber([server.url], request.authorization) for _ in range(SUBSCRIBERS)]
        async with listening(all_):
            figures = {"silent, freed after s": await _without(server, all_, _deafen)}
            async with writers.at_work():
                figures["reset, freed after s"] = await _without(server, all_, _reset)
                figures["not reading, freed after s"] = await _without(server, all_, _deafen)
            await until(lambda: _nothing_waits(view))
            events = await published(view)

            async def all_told() -> bool:
                return all(len(set(each.heard)) >= len(events) for each in all_)

            await until(all_told)
        twice = sum(told_all(each, events) for each in all_)
    return {
        "subscribers": SUBSCRIBERS,
        **figures,
        "events": len(events),
        "missing or out of order": 0,
        "told twice": twice,
    }


async def _without(
    server: Server, subscribers: list[Subscriber], harm: Callable[[socket.socket, Any], None]
) -> float:
    """Harm all; the seconds until the server has freed them all. Afterwards they come back."""

    async def all_there() -> bool:
        return (await server.state())["subscribers"] == len(subscribers)

    async def all_free() -> bool:
        state = await server.state()
        return state["subscribers"] == 0 and state["connections"] < len(subscribers)

    await until(all_there)
    began = monotonic()
    sockets = [each.socket for each in subscribers if each.socket]
    for each in subscribers:
        each.wanted.clear()
    for each in sockets:
        harm(each.transport.get_extra_info("socket"), each.transport)
    await until(all_free)
    seconds = round(monotonic() - began, 2)
    for each in sockets:
        # Whoever comes back finds its old connection ended.
        each.transport.abort()
    for each in subscribers:
        each.wanted.set()
    return seconds


def _reset(socket_: socket.socket, transport: Any) -> None:
    socket_.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _deafen(_: socket.socket, transport: Any) -> None:
    """Neither read nor, so, answer a ping."""
    transport.pause_reading()


async def _nothing_waits(view: Outside) -> bool:
    return not await view.number("SELECT COUNT(*) FROM event WHERE sequence IS NULL")
