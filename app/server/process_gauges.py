"""Gauges that are sampled a few times a second: event loop lag and database pool use."""

import asyncio
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

from app.observability import metrics
from app.persistence.database import Database

PAUSE_SECONDS = 0.25
# Looking at what the system knows of the process takes a while if it has many files open.
_ROUNDS = 20

# Linux; where there is none, memory and files are not told.
_SELF = Path("/proc/self")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


async def sample(database: Database, leads: Callable[[], bool]) -> None:
    """Keep the gauges of this process as they are, until cancelled."""
    loop, used = asyncio.get_running_loop(), 0.0
    for round in itertools.count():
        due = loop.time() + PAUSE_SECONDS
        await asyncio.sleep(PAUSE_SECONDS)
        metrics.loop_lag.observe(max(loop.time() - due, 0.0))
        working, waiting = database.load()
        metrics.connections_used.set(working)
        metrics.connections_wanted.set(waiting)
        metrics.leads.set(leads())
        if round % _ROUNDS == 0:
            before, used = used, time.process_time()
            metrics.cpu.inc(used - before)
            _look_at_the_process()


def _look_at_the_process() -> None:
    if _SELF.exists():
        resident = int((_SELF / "statm").read_text(encoding="ascii").split()[1])
        metrics.memory.set(resident * _PAGE_BYTES)
        metrics.open_files.set(len(os.listdir(_SELF / "fd")))
