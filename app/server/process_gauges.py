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
# Counting the open files takes a while if there are many.
_ROUNDS = 20

# Linux only. Elsewhere memory and files are not reported.
_SELF = Path("/proc/self")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


async def sample(database: Database, leads: Callable[[], bool]) -> None:
    """Update the gauges of this process until cancelled."""
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
            _measure_process()


def _measure_process() -> None:
    if _SELF.exists():
        resident = int((_SELF / "statm").read_text(encoding="ascii").split()[1])
        metrics.memory.set(resident * _PAGE_BYTES)
        metrics.open_files.set(len(os.listdir(_SELF / "fd")))
