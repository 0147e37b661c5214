"""Subscriptions: what an idle subscriber and a delivered event cost, bursts, readers that stop.

In pieces: `python -m benchmarks.subscriptions --only idle|cpu|wake|burst|slow [--peers]`.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from statistics import median

import uvloop

from benchmarks.measure import cpu_seconds
from benchmarks.peers.subscriptions.bench import SUBSCRIBERS, Bench
from benchmarks.peers.subscriptions.client import Group, subscribe
from benchmarks.peers.subscriptions.probe import (
    PATIENCE,
    cpu_of,
    cpu_per_delivery,
    deliver,
    forget_peak,
    listen,
    listening,
    memory_at_rest,
    peak_memory,
    quiet,
    until_dropped,
)
from benchmarks.peers.subscriptions.sides import DOCUMENT, Side
from benchmarks.peers.subscriptions.world import made_world
from benchmarks.report import Options, Report

MANY_SUBSCRIBERS = 5_000
EVENTS = 5  # In each turn of a side.
CROWDED, SMALL, EMPTY = 0, 1, 2  # Partners: of the many subscribers, of ten, of none.
BURST_PARTNERS = range(1, 501)
BURST_EACH = 20
BURST_SUBSCRIBERS = MANY_SUBSCRIBERS // len(BURST_PARTNERS)  # Of each partner.
SLOW_EVENTS = 4_000  # More than systems keep for a reader.
GROWTH_STEPS = (100, 500, 1_000, 2_000, 5_000)
GROWTH_DELIVERIES = 5_000  # At each step, at least.


async def idle(bench: Bench) -> None:
    """Memory of an idle subscriber, and what 5,000 of them take."""
    # What it keeps of each subscriber's document is most of what graphql-ws needs for one.
    kept = ["graphql_ws_kept"] if bench.options.peers else []
    async with bench.sides(bench.peer_names + kept) as sides:
        found = {}
        for side in sides:
            before = await memory_at_rest(side)
            group = await listening(side, CROWDED, bench.subscribers)
            found[side.name] = (await memory_at_rest(side) - before) / bench.subscribers / 1024
            if side is sides[0]:
                await _idle_many(bench, side, group)
            group.close()
        bench.compare("subscriber_memory", found, "KB", 1.2)


async def _idle_many(bench: Bench, side: Side, group: Group) -> None:
    await listen(side, group, CROWDED, MANY_SUBSCRIBERS - bench.subscribers)
    total = await memory_at_rest(side) / 2**20
    bench.figure(f"memory_with_{MANY_SUBSCRIBERS}_subscribers", total, "MB")
    # Long enough for each to be asked whether it is there, and for its key whether it is valid.
    used = await cpu_of(side.server.pid, lambda: asyncio.sleep(60))
    bench.figure(f"idle_cpu_with_{MANY_SUBSCRIBERS}_subscribers", used / 60 * 100, "% of a core")


async def cpu(bench: Bench) -> None:
    """Processor time of a delivered event, the sides in turn."""
    # The peers do not depend on the database: once is enough.
    beside = bench.peer_names if bench.world.dialect == "postgres" else ()
    async with bench.sides(beside) as sides:
        places = [(side, await listening(side, CROWDED, bench.subscribers)) for side in sides]
        seen: dict[str, list[float]] = {side.name: [] for side in sides}
        for turn in range(bench.options.rounds + 1):
            for side, group in places:
                used = await cpu_per_delivery(side, group, CROWDED, EVENTS if turn else 1)
                # The first turn warms up.
                seen[side.name] += [used] if turn else []
        await _database_cpu(bench, *places[0])
        found = {name: median(values) for name, values in seen.items()}
        bench.compare("delivery_cpu", found, "µs for each event and subscriber", 1.0)


async def _database_cpu(bench: Bench, side: Side, group: Group) -> None:
    if pid := bench.world.database_pid:
        used = await cpu_of(pid, lambda: deliver(side, group, CROWDED)) / len(group.members)
        bench.figure("delivery_cpu_of_the_database", used * 1e6, "µs, not in the above")


async def wake(bench: Bench) -> None:
    """Whom an event wakes: its partner's subscribers; what it costs where nobody listens."""
    async with bench.sides(()) as (side, *_):
        count = 40

        async def unheard() -> None:
            for _ in range(count):
                await side.publish(EMPTY)

        await unheard()
        alone = await cpu_of(side.server.pid, unheard)
        crowd = await listening(side, CROWDED, bench.subscribers)
        few = await listening(side, SMALL, 10)
        beside = await cpu_of(side.server.pid, unheard)
        for _ in range(count):
            await deliver(side, few, SMALL)
        await quiet(side.server)
        bench.figure("events_at_other_partners", crowd.received, "events")
        bench.figure("unheard_event_cpu", alone * 1000 / count, "ms, mutation included")
        others = f"unheard_event_cpu_beside_{bench.subscribers}_subscribers"
        bench.figure(others, beside * 1000 / count, "ms, mutation included")


async def burst(bench: Bench) -> None:
    """10,000 events over 5,000 subscribers: everything arrives, once and in order."""
    async with bench.sides(bench.peer_names) as sides:
        found = {side.name: await _burst(bench, side) for side in sides}
        bench.compare("burst_cpu", found, "µs for each event and subscriber")


async def _burst(bench: Bench, side: Side) -> float:
    group = Group(side.server.port)
    logins = [login for n in BURST_PARTNERS for login in side.logins(n, BURST_SUBSCRIBERS)]
    await subscribe(group, DOCUMENT, logins)
    await quiet(side.server)
    total = len(logins) * BURST_EACH
    forget_peak(side.server)
    before = cpu_seconds(side.server.pid)
    await side.burst(BURST_PARTNERS, BURST_EACH)
    start = time.monotonic()
    await group.receive(total, PATIENCE)
    bench.figure(f"burst_{side.name}", time.monotonic() - start, f"s for {total} deliveries")
    await quiet(side.server)
    used = cpu_seconds(side.server.pid) - before
    bench.figure(f"burst_memory_{side.name}", peak_memory(side.server) / 2**20, "MB at most")
    if group.received != total:
        raise RuntimeError(f"{side.name}: {group.received} events instead of {total}")
    group.close()
    return used / total * 1e6


async def slow(bench: Bench) -> None:
    """A subscriber that stops reading in a burst is dropped, the others get everything."""
    async with bench.sides(()) as (side, *_):
        others, stopped = await listening(side, SMALL, 10), Group(side.server.port)
        await subscribe(stopped, DOCUMENT, side.logins(SMALL, 1), receive_buffer=4096)
        await quiet(side.server)
        await deliver(side, others, SMALL)
        await stopped.receive(1, PATIENCE)
        transport = stopped.members[0].transport
        transport.pause_reading()
        port = transport.get_extra_info("sockname")[1]
        await side.burst([SMALL], SLOW_EVENTS, "As long as a reason may be. " * 34)
        start = time.monotonic()
        watch = asyncio.create_task(until_dropped(side.server.port, port))
        await others.receive(10 * (1 + SLOW_EVENTS), PATIENCE)
        took = time.monotonic() - start
        total, stuck = await watch
        bench.figure("stopped_reader_dropped", total, "s after it stopped (at most 15)")
        bench.figure("stopped_reader_stuck", stuck, "s after nothing more could be sent to it")
        bench.figure("stopped_reader_others", took, f"s for {SLOW_EVENTS} events, all delivered")


Points = list[tuple[int, float]]


async def growth(bench: Bench, steps: Sequence[int] = GROWTH_STEPS) -> dict[str, dict[str, Points]]:
    """How `idle KB` and `cpu µs` per delivered event grow: of each side, (subscribers, value).

    The event's own cost is in it, for ours a whole mutation: few subscribers bear much of it.
    """
    found: dict[str, dict[str, Points]] = {"idle KB": {}, "cpu µs": {}}
    async with bench.sides(bench.peer_names) as sides:
        for side in sides:
            idle_kb, cpu_us = found["idle KB"][side.name], found["cpu µs"][side.name] = [], []
            before, group = await memory_at_rest(side), Group(side.server.port)
            for step in steps:
                await listen(side, group, CROWDED, step - len(group.members))
                grown = await memory_at_rest(side) - before
                idle_kb.append((step, grown / step / 1024))
                events = max(EVENTS, GROWTH_DELIVERIES // step)
                # Once to warm up.
                await cpu_per_delivery(side, group, CROWDED, events)
                cpu_us.append((step, await cpu_per_delivery(side, group, CROWDED, events)))
            group.close()
    return found


PIECES: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "idle": idle,
    "cpu": cpu,
    "wake": wake,
    "burst": burst,
    "slow": slow,
}


async def measure(
    options: Options,
    report: Report,
    pieces: Iterable[str] = PIECES,
    dialect: str = "postgres",
    profile: str = "",
    subscribers: int = SUBSCRIBERS,
) -> None:
    """Measure the pieces named, with ours on one of the databases."""
    async with made_world(dialect) as world:
        bench = Bench(options, report, world, profile, subscribers)
        for piece in pieces:
            print(f"subscriptions, {piece}, on {dialect} ...", file=sys.stderr)
            await PIECES[piece](bench)


def run(options: Options, report: Report) -> None:
    """All pieces on PostgreSQL, and an event's delivery on SQLite."""
    uvloop.run(measure(options, report))
    uvloop.run(measure(options, report, ("cpu",), "sqlite"))


def main() -> None:
    """Some of the pieces: while you work on what they measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.subscriptions")
    parser.add_argument("--only", action="append", choices=PIECES, help="a piece; repeat it")
    parser.add_argument("--peers", action="store_true", help="beside graphql-ws, from npm, too")
    parser.add_argument("--rounds", type=int, default=Options.rounds)
    parser.add_argument("--subscribers", type=int, default=SUBSCRIBERS, help="in idle, cpu, wake")
    parser.add_argument("--sqlite", action="store_true", help="ours on SQLite (idle, cpu, wake)")
    parser.add_argument("--profile", default="", help="a file for what cProfile sees of ours")
    given = parser.parse_args()
    report, dialect = Report(), "sqlite" if given.sqlite else "postgres"
    options = Options(rounds=given.rounds, peers=given.peers)
    pieces, many = given.only or PIECES, given.subscribers
    uvloop.run(measure(options, report, pieces, dialect, given.profile, many))
    report.print()


if __name__ == "__main__":
    main()
