"""What is asked of any side: subscribers that are in place, its memory, its processor time."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import Server, cpu_seconds, memory
from benchmarks.peers.subscriptions.client import Group, subscribe
from benchmarks.peers.subscriptions.sides import DOCUMENT, Side

# So busy is a server at most that has nothing to do but to keep thousands of connections alive.
QUIET_SHARE = 0.25
# For what never ends in a server that does not work.
PATIENCE = 600.0


async def listen(side: Side, group: Group, partner: int, count: int) -> None:
    """Put so many more subscribers of a partner in place: the server is at rest again."""
    await subscribe(group, DOCUMENT, side.logins(partner, count))
    await quiet(side.server)


async def listening(side: Side, partner: int, count: int) -> Group:
    """New subscribers of a partner, in place."""
    group = Group(side.server.port)
    await listen(side, group, partner, count)
    return group


async def deliver(side: Side, group: Group, partner: int) -> None:
    """One event of a partner, and wait until every member of the group has it."""
    wanted = group.received + len(group.members)
    await side.publish(partner)
    await group.receive(wanted, PATIENCE)


async def one_event(side: Side, partner: int) -> dict[str, Any]:
    """What a subscriber gets; it leaves after that."""
    group = await listening(side, partner, 1)
    await deliver(side, group, partner)
    group.close()
    event: dict[str, Any] = json.loads(group.sample)["payload"]["data"]["tierChanged"]
    return event


async def quiet(server: Server) -> None:
    """Wait until the server does next to nothing."""
    async with asyncio.timeout(PATIENCE):
        busy = 1.0
        while busy > QUIET_SHARE:
            before, start = cpu_seconds(server.pid), time.monotonic()
            await asyncio.sleep(0.5)
            busy = (cpu_seconds(server.pid) - before) / (time.monotonic() - start)


async def memory_at_rest(side: Side) -> int:
    """Bytes of a side that has nothing to do, after its garbage was collected if it can be told."""
    await quiet(side.server)
    await side.collect()
    await asyncio.sleep(0.2)
    return memory(side.server.pid).pss


def forget_peak(server: Server) -> None:
    """Begin anew to keep the highest memory; see proc(5), clear_refs."""
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")


def peak_memory(server: Server) -> int:
    """Bytes resident at the highest, of the server's first process."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


async def cpu_of(pid: int, work: Callable[[], Awaitable[Any]]) -> float:
    """Processor seconds that a process uses for some work, with what it tidies up afterwards."""
    before = cpu_seconds(pid)
    await work()
    await asyncio.sleep(0.3)
    return cpu_seconds(pid) - before


async def cpu_per_delivery(side: Side, group: Group, partner: int, events: int) -> float:
    """Microseconds of processor time for each event and subscriber; the events come one by one."""

    async def work() -> None:
        for _ in range(events):
            await deliver(side, group, partner)

    return await cpu_of(side.server.pid, work) / (events * len(group.members)) * 1e6


async def until_dropped(server_port: int, client_port: int) -> tuple[float, float]:
    """Wait until the server lets a connection go.

    Gives the seconds from the call, and those from when nothing more could be sent over it.
    """
    ends = f"{server_port:04X} 0100007F:{client_port:04X} "
    table = Path("/proc/net/tcp")
    start = since = time.monotonic()
    queued = -1
    async with asyncio.timeout(PATIENCE):
        while True:
            rows = table.read_text().splitlines()  # noqa: ASYNC240 - it is in memory
            row = next((row.split() for row in rows if ends in row), None)
            now = time.monotonic()
            # 01 is ESTABLISHED; then come the bytes that wait to be sent.
            if row is None or row[3] != "01":
                return now - start, now - since
            size = int(row[4].partition(":")[0], 16)
            if size != queued:
                queued, since = size, now
            await asyncio.sleep(0.1)
