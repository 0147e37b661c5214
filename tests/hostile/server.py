"""`python -m tests.hostile.server serve ...`: the service, which tells when it keeps its loop busy.

One line `STALL <milliseconds> <step>` on standard error for each step of the loop that takes as
long as the limit, `COLLECTED <milliseconds>` for each in which Python's collector takes half of it:
it looks through all that is kept, whatever was sent. Time of the processor, not of the wall: a
machine that is busy stalls nobody here. On the plain loop of asyncio instead of uvloop, whose steps
cannot be seen.
"""

import asyncio
import gc
import sys
import time
from typing import Any

LIMIT_SECONDS = 0.1


def watch() -> None:
    """Measure each step of the loop from now on."""
    run: Any = asyncio.events.Handle._run
    collecting = collected = 0.0

    def note(phase: str, _: Any) -> None:
        nonlocal collecting, collected
        if phase == "start":
            collecting = time.thread_time()
        else:
            collected += time.thread_time() - collecting

    def measured(self: Any) -> None:
        nonlocal collected
        collected, started = 0.0, time.thread_time()
        run(self)
        took = time.thread_time() - started
        if collected >= LIMIT_SECONDS / 2:
            print(f"COLLECTED {collected * 1000:.0f}", file=sys.stderr, flush=True)
        if took - collected >= LIMIT_SECONDS:
            print(f"STALL {took * 1000:.0f} {self!r:.500}", file=sys.stderr, flush=True)

    gc.callbacks.append(note)
    asyncio.events.Handle._run = measured  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.modules["uvloop"] = None  # type: ignore[assignment]
    from app.cli import run

    watch()
    run()
