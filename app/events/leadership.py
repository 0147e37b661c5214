"""One process of a database leads: it does what is to be done once, however many processes serve.

On PostgreSQL each process holds a connection of its own, beside the pool, and the leader holds a
lock with it: when the leader or its connection dies the database frees the lock, and another
process takes it. On that connection processes also tell each other that there is something to do.
What they tell is never all that there is: whoever misses it finds the rest by looking.

On SQLite there is one process, and it leads.
"""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import asyncpg

from app.events.backoff import Pauses
from app.events.bus import Bus
from app.events.notifications import News
from app.events.relay import NEWS
from app.persistence.database import Database

log = logging.getLogger(__name__)

# How often a process looks for news that nobody told it, and tries to lead; and the leader makes
# sure of its connection.
LOOK_SECONDS = 1.0
# A connection that does not answer for so long is dead, and with it the lead.
ANSWER_SECONDS = 5.0

# On which the leader hears that another process committed, and all, that there is no leader.
COMMITS = "partnergraph_commits"
VACANT = "partnergraph_vacant"
# Any number, as long as nothing else in the database takes the lock of the same name.
LEADING_LOCK = 4_707_262

_NEWEST = "SELECT COALESCE(MAX(sequence), 0) AS newest FROM event"


class Worker(Protocol):
    """Work that is done by one process at a time."""

    def wake(self) -> None:
        """Something was committed: look soon."""

    async def run(self) -> None:
        """Work until cancelled; safe to end at any await."""


class Leadership:
    """This process's part in it; `leads` says whether it leads now.

    A leader that was deposed and has not noticed does no harm: what its workers write is held
    together by locks and conditions in the database, and they end within seconds.
    """

    def __init__(
        self, database: Database, bus: Bus, workers: Callable[[], Sequence[Worker]]
    ) -> None:
        """`workers` makes them again each time that this process begins to lead."""
        self.leads = False
        self._database = database
        self._bus = bus
        self._make_workers = workers
        self._workers: Sequence[Worker] = ()
        # The leader is to be told of a commit, or there may be none.
        self._stirred = asyncio.Event()
        self._untold = False

    def wake(self) -> None:
        """Something was committed here: the leader looks soon. For `Database.after_commit`."""
        if self.leads:
            self._wake_workers()
        else:
            self._untold = True
            self._stirred.set()

    async def run(self) -> None:
        """Lead, or wait to, until cancelled; whatever fails is tried again."""
        if self._database.dialect == "sqlite":
            await self._again_and_again(self._lead_alone)
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again_and_again(self._take_part))
            group.create_task(self._watch())

    async def _again_and_again(self, turn: Any) -> None:
        pauses = Pauses(
            log,
            "This process cannot take part in leading; trying again until it can",
            "This process takes part in leading again",
        )
        while True:
            try:
                await turn(pauses)
            except Exception:
                await pauses.failed()

    async def _lead_alone(self, _: Pauses) -> None:
        await self._lead(asyncio.get_running_loop().create_future())

    async def _take_part(self, pauses: Pauses) -> None:
        async with self._connected() as connection:
            pauses.worked()
            while not await connection.fetchval(f"SELECT pg_try_advisory_lock({LEADING_LOCK})"):
                await self._wait()
                # One message at a time: what was committed meanwhile goes into the next.
                if self._untold:
                    self._untold = False
                    await connection.execute(f"NOTIFY {COMMITS}")
            await connection.add_listener(COMMITS, lambda *_: self._wake_workers())
            try:
                await self._lead(self._hold(connection))
            finally:
                with suppress(Exception):
                    await connection.execute(
                        f"SELECT pg_advisory_unlock({LEADING_LOCK}); NOTIFY {VACANT}"
                    )

    async def _lead(self, until: Awaitable[None]) -> None:
        self._workers = self._make_workers()
        self.leads = True
        log.info("This process leads")
        try:
            async with asyncio.TaskGroup() as group:
                for worker in self._workers:
                    group.create_task(worker.run())
                await until
        finally:
            self.leads = False
            self._workers = ()

    async def _hold(self, connection: asyncpg.Connection) -> None:
        """Return never, but raise once the connection, and with it the lock, is gone."""
        while True:
            await self._wait()
            await connection.execute("SELECT 1")

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._stirred.wait()
        self._stirred.clear()

    async def _watch(self) -> None:
        """Ring for news that nobody told this process, such as while it had no connection."""
        pauses = Pauses(
            log,
            "News cannot be looked for now; trying again until they can",
            "News are looked for again",
        )
        while True:
            try:
                told = self._bus.told
                [row] = await self._database.read(lambda: self._database.rows(_NEWEST, ()))
            except Exception:
                await pauses.failed()
                continue
            pauses.worked()
            if self._bus.told == told != row["newest"]:
                self._bus.tell(News(0, row["newest"], None))
            await asyncio.sleep(LOOK_SECONDS)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await self._database.connect_apart(
            # By which an operator finds out who leads.
            application_name=f"partnergraph {socket.gethostname()[:40]} {os.getpid()}",
            answer_seconds=ANSWER_SECONDS,
        )
        try:
            connection.add_termination_listener(lambda _: self._stirred.set())
            await connection.add_listener(NEWS, self._hear)
            await connection.add_listener(VACANT, lambda *_: self._stirred.set())
            yield connection
        finally:
            with suppress(Exception):
                await connection.close(timeout=ANSWER_SECONDS)
            connection.terminate()

    def _hear(self, _connection: object, _pid: int, _channel: str, text: object) -> None:
        self._bus.hear(News.from_text(str(text)))

    def _wake_workers(self) -> None:
        for worker in self._workers:
            worker.wake()
