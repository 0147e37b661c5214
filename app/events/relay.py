"""The relay: gives committed events their place in the order, and wakes who waits for them.

A row id says when a row was written, not when it was committed: a subscriber that follows ids would
miss the row of a transaction that began earlier and ended later. So the order is given after
commit, by one transaction at a time: whoever sees a sequence can see all smaller ones.
"""

import asyncio
import logging
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from app.events.bus import Bus
from app.persistence.database import WRITER, Database, Dialect
from app.persistence.sql import bind

log = logging.getLogger(__name__)

BATCH = 500
# Finds what other processes wrote, and what a lost wake-up left.
POLL_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0

# Any number, as long as nothing else in the database takes the lock of the same name.
_PUBLISHING_LOCK = 4_707_261

_ASSIGN = """
UPDATE event SET sequence = numbered.sequence, partner_sequence = numbered.partner_sequence
FROM (
    SELECT fresh.id,
        (SELECT COALESCE(MAX(e.sequence), 0) FROM event e)
            + ROW_NUMBER() OVER (ORDER BY fresh.id) AS sequence,
        CASE WHEN fresh.partner_id IS NOT NULL THEN
            (SELECT COALESCE(MAX(e.partner_sequence), 0) FROM event e
                WHERE e.partner_id = fresh.partner_id)
            + ROW_NUMBER() OVER (PARTITION BY fresh.partner_id ORDER BY fresh.id)
        END AS partner_sequence
    FROM (
        SELECT id, partner_id FROM event{hint} WHERE sequence IS NULL ORDER BY id LIMIT :batch
    ) fresh
) numbered
WHERE event.id = numbered.id
"""
# Left to itself SQLite sorts the whole backlog for each batch.
_HINT: dict[Dialect, str] = {"postgres": "", "sqlite": " INDEXED BY ix_event_unpublished"}


class Relay:
    """Publishes the outbox of one database to the subscribers of one process.

    Every process runs one: whichever comes first numbers the rows, each wakes its own subscribers.
    """

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._woken = asyncio.Event()
        # Subscribers of this process have been told of everything up to this sequence.
        self._announced: int | None = None

    def wake(self) -> None:
        """Look at the outbox soon; for `Database.after_commit`."""
        self._woken.set()

    async def run(self) -> None:
        """Publish until cancelled: at once what is there, then whatever comes.

        A database that fails is asked again, after pauses that grow; nothing else ends it.
        """
        pause = 0.0
        while True:
            # Before reading: what is committed from here on wakes it again. Its own commit does
            # too, and that round finds the outbox empty.
            self._woken.clear()
            try:
                published = await self.publish()
            except Exception:
                if not pause:
                    log.exception("Events cannot be published now; trying again until they can")
                pause = min(max(pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
                await asyncio.sleep(pause)
                continue
            if pause:
                log.info("Events are published again")
                pause = 0.0
            if not published:
                await self._wait()

    async def publish(self) -> int:
        """Number one batch of committed events, and wake their subscribers.

        Returns how many were numbered; 0 if there was nothing left to do.
        """
        if self._announced is None:
            await self._begin()
        # A look costs less than a transaction: most commits carry no event.
        waiting = await self._rows("SELECT 1 FROM event WHERE sequence IS NULL LIMIT 1")
        published = await self._database.transaction(self._assign) if waiting else 0
        await self._announce()
        return published

    async def _begin(self) -> None:
        rows = await self._rows("SELECT COALESCE(MAX(sequence), 0) AS newest FROM event")
        self._announced = rows[0]["newest"]
        # Someone may have subscribed, and another process published, before this one looked.
        self._bus.notify_all()

    async def _assign(self) -> int:
        connection = get_connection(WRITER)
        if self._database.dialect == "postgres":
            # Relays of other processes wait here, and then see the numbers given by this one.
            await connection.execute_query(
                "SELECT pg_advisory_xact_lock($1::bigint)", [_PUBLISHING_LOCK]
            )
        sql, values = bind(
            _ASSIGN.strip().format(hint=_HINT[self._database.dialect]),
            {"batch": BATCH},
            self._database.dialect,
        )
        count, _ = await connection.execute_query(sql, values)
        return count

    async def _announce(self) -> None:
        # Read from the table, not taken from the batch: other processes number events as well.
        while True:
            rows = await self._rows(
                "SELECT sequence, partner_id FROM event WHERE sequence > :announced"
                " ORDER BY sequence LIMIT :batch",
                announced=self._announced,
                batch=BATCH,
            )
            if not rows:
                return
            self._bus.notify({row["partner_id"] and UUID(str(row["partner_id"])) for row in rows})
            self._announced = max(self._announced or 0, rows[-1]["sequence"])

    async def _rows(self, sql: str, **values: Any) -> list[Any]:
        text, bound = bind(sql, values, self._database.dialect)
        return await self._database.read(lambda: self._database.rows(text, bound))

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            pass
