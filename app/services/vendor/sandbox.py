"""The clock of a demo server: its offset is kept in the database, so a restart keeps the time."""

import asyncio

import structlog

from app.domain.clock import SandboxClock
from app.persistence.database import Database

# How soon a move that another process made is seen here.
LOOK_SECONDS = 1.0

_OFFSET = "SELECT clock_offset_seconds AS ahead FROM vendor"

log = structlog.get_logger()


async def stored_offset(database: Database) -> int:
    """How far ahead of real time the database is, in seconds; 0 before there is a vendor."""
    rows = await database.read(lambda: database.rows(_OFFSET, ()))
    return rows[0]["ahead"] if rows else 0


async def catch_up(database: Database, clock: SandboxClock) -> None:
    """Move a process's clock to the stored offset, and wake all who wait for a change."""
    if clock.move_to(await stored_offset(database)):
        # The commit woke them too, but the clock stood at the old time then.
        for notify in database.after_commit:
            notify()


async def follow(database: Database, clock: SandboxClock) -> None:
    """See, until cancelled, what other processes do, and a move whose caller went away."""
    failed = False
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await catch_up(database, clock)
            failed = False
        except Exception:
            if not failed:
                log.warning("sandbox_clock_unreadable", exc_info=True)
            failed = True
