"""Delivery across processes: from a change in one to a subscriber of another, a third one leading.

On its own: `python -m benchmarks.delivery`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from random import Random
from statistics import quantiles
from typing import Any

import httpx2
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.measure import Server, free_port, serving
from benchmarks.peers.subscriptions.world import World, made_world
from benchmarks.report import Options, Report

CHANGES = 300
WARM_UP = 10
# Unloaded: one change at a time, at no fixed distance from whatever happens once a second.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 0.06
TARGET_MS = 100.0

CHANGE = """mutation($input: SetPartnerTierInput!) {
  setPartnerTier(input: $input) { userErrors { message } } }"""
SUBSCRIPTION = "subscription { tierChanged { reason } }"
NOTING = (
    "CREATE TABLE committed (at timestamptz)",
    "CREATE FUNCTION note() RETURNS trigger AS $$ BEGIN"
    " INSERT INTO committed VALUES (clock_timestamp()); RETURN NULL; END $$ LANGUAGE plpgsql",
    "CREATE CONSTRAINT TRIGGER note AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW WHEN (NEW.type = 'TIER_CHANGED') EXECUTE FUNCTION note()",
)


async def measure(options: Options, report: Report) -> None:
    """The milliseconds from the beginning of COMMIT, which waits for the disk, to the arrival."""
    print("delivery, three processes on postgres ...", file=sys.stderr)
    async with made_world("postgres") as world:
        await _note_commits(world)
        with ExitStack() as stack:
            _, writer, reader = (
                _server(stack, world, name) for name in ("leader", "writer", "reader")
            )
            arrived = await _changes(world, writer, reader)
        committed = await _rows(world, "SELECT at FROM committed ORDER BY at")
    pairs = list(zip(arrived, committed, strict=True))[WARM_UP:]
    took = [(arrival - row["at"].timestamp()) * 1000 for arrival, row in pairs]
    cuts = quantiles(took, n=100)
    report.figure("delivery_median", cuts[49], f"ms, {CHANGES} changes")
    report.figure("delivery_p99", cuts[98], f"ms (at most {TARGET_MS:.0f})")
    report.figure("delivery_longest", max(took), "ms")
    report.ratio("delivery_p99_of_target", cuts[98] / TARGET_MS, 1.0, "100 ms", at_most=True)


def _server(stack: ExitStack, world: World, name: str) -> Server:
    """One process; the first of them leads."""
    port = free_port()
    command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
    return stack.enter_context(serving(name, command, port, world.environment))


async def _note_commits(world: World) -> None:
    """Have the database note when the transaction of each change begins to commit."""
    for sql in NOTING:
        await _rows(world, sql)


async def _rows(world: World, sql: str) -> Sequence[Mapping[str, Any]]:
    assert world.database
    return await world.database.rows(sql, [])


async def _changes(world: World, writer: Server, reader: Server) -> list[float]:
    """When each change arrived, in seconds since 1970."""
    team, dice = world.partners[1], Random(1)
    headers = {"authorization": f"Bearer {world.vendor_key}"}
    address = f"ws://127.0.0.1:{reader.port}/graphql"
    arrived: list[float] = []
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        connect(address, subprotocols=["graphql-transport-ws"]) as socket,  # type: ignore[list-item]
    ):
        await _subscribe(socket, team.keys[0])
        for number in range(WARM_UP + CHANGES):
            await asyncio.sleep(dice.uniform(SHORTEST_PAUSE, LONGEST_PAUSE))
            arrival = asyncio.create_task(_arrival(socket))
            given = {
                "idempotencyKey": f"change {number}",
                "partnerId": team.public_id,
                "programKey": "sixclicks",
                "tierKey": team.next_tier(),
                "reason": f"{number}",
            }
            answer = await http.post(
                f"http://127.0.0.1:{writer.port}/graphql",
                json={"query": CHANGE, "variables": {"input": given}},
            )
            if answer.json()["data"]["setPartnerTier"]["userErrors"]:
                raise RuntimeError(answer.text)
            arrived.append(await arrival)
    return arrived


async def _subscribe(socket: ClientConnection, key: str) -> None:
    hello = {"type": "connection_init", "payload": {"authorization": f"Bearer {key}"}}
    await socket.send(json.dumps(hello))
    await socket.recv()
    ask = {"id": "1", "type": "subscribe", "payload": {"query": SUBSCRIPTION}}
    await socket.send(json.dumps(ask))
    # It is at work once what came after it is answered.
    await socket.send(json.dumps({"type": "ping"}))
    await socket.recv()
    await asyncio.sleep(0.5)


async def _arrival(socket: ClientConnection) -> float:
    """When the next event arrived."""
    message = json.loads(await socket.recv())
    now = time.time()
    if "tierChanged" not in message["payload"]["data"]:
        raise RuntimeError(f"not an event: {message}")
    return now


def run(options: Options, report: Report) -> None:
    """All there is."""
    uvloop.run(measure(options, report))


if __name__ == "__main__":
    found = Report()
    run(Options(), found)
    found.print()
