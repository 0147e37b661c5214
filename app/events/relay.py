"""The relay: gives committed events their place in the order, and wakes who waits for them.

A row id says when a row was written, not when it was committed: a subscriber that follows ids would
miss the row of a transaction that began earlier and ended later. So the order is given after
commit, by one transaction at a time: whoever sees a sequence can see all smaller ones.

Among those committed it is the order in which they were written, as the database counts: clocks of
several machines differ. So what followed from an event, having seen it or waited for it, is behind.
"""

import asyncio
import logging

from tortoise.connection import get_connection

from app.events.backoff import Pauses
from app.events.bus import Bus
from app.events.notifications import News
from app.persistence.database import WRITER, Database, Dialect
from app.persistence.sql import bind

log = logging.getLogger(__name__)

BATCH = 500
# Finds what a lost wake-up left.
POLL_SECONDS = 1.0

# On which the other processes hear of what was numbered.
NEWS = "partnergraph_news"
# Any number, as long as nothing else in the database takes the lock of the same name.
_PUBLISHING_LOCK = 4_707_261

_ASSIGN = """
UPDATE event SET sequence = numbered.sequence, partner_sequence = numbered.partner_sequence
FROM (
    SELECT fresh.id,
        (SELECT COALESCE(MAX(e.sequence), 0) FROM event e)
            + ROW_NUMBER() OVER (ORDER BY fresh.written, fresh.tie) AS sequence,
        CASE WHEN fresh.partner_id IS NOT NULL THEN
            (SELECT COALESCE(MAX(e.partner_sequence), 0) FROM event e
                WHERE e.partner_id = fresh.partner_id)
            + ROW_NUMBER() OVER (PARTITION BY fresh.partner_id ORDER BY fresh.written, fresh.tie)
        END AS partner_sequence
    FROM (
        SELECT id, partner_id, written, {tie} AS tie FROM event{hint}
        WHERE sequence IS NULL ORDER BY written, {tie} LIMIT :batch
    ) fresh
) numbered
WHERE event.id = numbered.id
RETURNING event.sequence, event.partner_id
"""
_DIALECT: dict[Dialect, dict[str, str]] = {
    # Rows of before the count have 0.
    "postgres": {"tie": "id", "hint": ""},
    # One writer, and rows that count themselves. Left to itself it sorts the backlog each time.
    "sqlite": {"tie": "rowid", "hint": " INDEXED BY ix_event_unpublished"},
}


class Relay:
    """Publishes the outbox of one database. At work in the process that leads.

    It wakes the subscribers of its own process by itself, and those of others by a notification.
    """

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at the outbox soon."""
        self._woken.set()

    async def run(self) -> None:
        """Publish until cancelled: at once what is there, then whatever comes.

        A database that fails is asked again, after pauses that grow; nothing else ends it.
        """
        pauses = Pauses(
            log,
            "Events cannot be published now; trying again until they can",
            "Events are published again",
        )
        while True:
            # Before reading: what is committed from here on wakes it again. Its own commit does
            # too, and that round finds the outbox empty.
            self._woken.clear()
            try:
                published = await self.publish()
            except Exception:
                await pauses.failed()
                continue
            pauses.worked()
            if not published:
                await self._wait()

    async def publish(self) -> int:
        """Number one batch of committed events, and wake their subscribers.

        Returns how many were numbered; 0 if there was nothing left to do.
        """
        # A look costs less than a transaction: most commits carry no event.
        look = "SELECT 1 FROM event WHERE sequence IS NULL LIMIT 1"
        if not await self._database.read(lambda: self._database.rows(look, ())):
            return 0
        news = await self._database.transaction(self._number)
        if news is None:
            return 0
        self._bus.tell(news)
        return news.newest - news.behind

    async def _number(self) -> News | None:
        connection = get_connection(WRITER)
        dialect = self._database.dialect
        if dialect == "postgres":
            # Who led before and has not noticed waits here, and then sees the numbers given.
            await connection.execute_query(
                "SELECT pg_advisory_xact_lock($1::bigint)", [_PUBLISHING_LOCK]
            )
        sql, values = bind(_ASSIGN.strip().format(**_DIALECT[dialect]), {"batch": BATCH}, dialect)
        numbered = await connection.execute_query_dict(sql, values)
        if not numbered:
            return None
        news = News.of(numbered)
        if dialect == "postgres":
            # Sent by the commit, or never.
            await connection.execute_query("SELECT pg_notify($1, $2)", [NEWS, news.to_text()])
        return news

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            pass
