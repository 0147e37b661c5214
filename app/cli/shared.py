"""What all commands share: settings, an open database, and how a fault is told."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from tortoise.exceptions import BaseORMException

from app.domain.clock import Clock, SandboxClock, SystemClock
from app.observability.logs import configure_logs
from app.persistence.database import Database, DatabaseInUse
from app.persistence.migrate import BrokenReferences, DatabaseTooNew
from app.server.startup import NotMigrated, require_migrated
from app.services.vendor.sandbox import stored_offset
from app.settings import Settings

out = Console()
err = Console(stderr=True)
# Real time: what credentials go by.
clock = SystemClock()


class Wrong(Exception):
    """Something the operator can fix; the message says how."""


# What goes wrong without being a bug: one line, no traceback.
EXPECTED = (
    Wrong,
    NotMigrated,
    DatabaseInUse,
    DatabaseTooNew,
    BrokenReferences,
    BaseORMException,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    sqlite3.Error,
    OSError,
)


def tell(error: BaseException) -> None:
    """Say in one line what went wrong."""
    text = str(error).strip() or type(error).__name__
    err.print(f"[red]Error:[/] {escape(text)}", highlight=False, soft_wrap=True)


def read_settings() -> Settings:
    """The settings of the environment; logs are set up from them. Raises Wrong."""
    try:
        settings = Settings()
        configure_logs(settings.log_level, settings.log_json)
    except ValidationError as error:
        told = (
            f"PARTNERGRAPH_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}"
            for e in error.errors(include_input=False, include_url=False)
        )
        raise Wrong("; ".join(told)) from None
    except ValueError as error:
        raise Wrong(f"PARTNERGRAPH_LOG_LEVEL: {error}") from None
    return settings


@asynccontextmanager
async def opened(
    settings: Settings, statement_seconds: float | None = None
) -> AsyncIterator[Database]:
    """The database, open; `statement_seconds` is how long one statement may take."""
    try:
        database = Database(settings.resolved_database_url, settings.pool_size, statement_seconds)
    except ValueError as error:
        raise Wrong(str(error)) from error
    try:
        await database.open()
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def migrated(settings: Settings) -> AsyncIterator[Database]:
    """The database, open and of this release. Raises NotMigrated."""
    async with opened(settings) as database:
        await require_migrated(database)
        yield database


async def service_clock(settings: Settings, database: Database) -> Clock:
    """The clock that the server of this database goes by: a demo's time may have been moved."""
    ahead = await stored_offset(database)
    if settings.demo:
        return SandboxClock(clock, ahead)
    if ahead:
        err.print(
            f"The time of this demo was moved {ahead} seconds ahead. Set PARTNERGRAPH_DEMO=true to"
            " go by it; this command goes by real time.",
            highlight=False,
        )
    return clock


def run_loop(main: Any) -> Any:
    """Run a coroutine on the fastest event loop there is here."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
