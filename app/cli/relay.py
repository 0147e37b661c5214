"""`relay`: run the background work only."""

import asyncio
from contextlib import suppress

from app.auth.secrets import server_secret
from app.cli.shared import Wrong, migrated, out, read_settings, run_loop, service_clock
from app.domain.clock import SandboxClock
from app.events.bus import Bus
from app.server.background import background
from app.server.signals import stop_signals
from app.services.vendor.sandbox import follow
from app.settings import Settings


def relay() -> None:
    """Lead, or stand by to lead, without serving requests: on PostgreSQL, alongside servers."""
    settings = read_settings()
    if settings.resolved_database_url.startswith("sqlite://"):
        raise Wrong("SQLite is for one process, and `serve` does this too.")
    run_loop(_relay(settings))


async def _relay(settings: Settings) -> None:
    async with migrated(settings) as database:
        clock = await service_clock(settings, database)
        leadership = background(settings, database, clock, Bus(), server_secret(settings))
        database.after_commit.append(leadership.wake)
        work = [leadership.run()]
        if isinstance(clock, SandboxClock):
            work.append(follow(database, clock))
        working = asyncio.gather(*work)
        out.print("Leads, or waits to. Stop with Ctrl+C.")
        with stop_signals(working.cancel), suppress(asyncio.CancelledError):
            await working
