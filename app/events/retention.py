"""Retention: what has been kept long enough is deleted, the oldest first, a little at a time.

Of events the newest of each partner stays, and the newest of all: numbers go on from them. How far
events were deleted is written in the same transaction, so that no subscriber goes on behind a gap
without being told (app/events/stream.py).
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from app.domain.clock import Clock
from app.persistence.database import WRITER, Database
from app.persistence.models import Event, Vendor
from app.persistence.sql import bind, in_list
from app.settings import Settings

log = logging.getLogger(__name__)

# Few enough that whoever else writes waits for milliseconds.
BATCH = 500
_PAUSE_SECONDS = 3_600.0

_OLD_KEYS = """
DELETE FROM idempotency_key WHERE id IN (
    SELECT id FROM idempotency_key WHERE created_at < :before ORDER BY created_at LIMIT :batch
)
"""
# With them goes what was kept of their partners before, as then their newest.
_SURPASSED = """
SELECT e.id FROM event e
WHERE {partners} AND e.sequence <= :through AND EXISTS (
    SELECT 1 FROM event newer
    WHERE newer.partner_id = e.partner_id AND newer.sequence > e.sequence
)
"""
# Those that refer to others first.
_DELETES = (
    "DELETE FROM webhook_attempt WHERE delivery_id IN"
    " (SELECT id FROM webhook_delivery WHERE {event_ids})",
    "DELETE FROM webhook_delivery WHERE {event_ids}",
    "DELETE FROM event WHERE {ids}",
)


class Retention:
    """Deletes old events and idempotency keys. At work in the process that leads.

    Days are counted by the clock of the service; a setting of 0 days keeps for ever.
    """

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock

    def wake(self) -> None:
        """Nothing: no commit makes anything older."""

    async def run(self) -> None:
        """Delete once an hour until cancelled. A failure is logged and tried again then."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("Old events and idempotency keys cannot be deleted now")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def sweep(self) -> None:
        """Delete all that has been kept long enough now, each batch in a transaction of its own."""
        now = self._clock.now()
        if days := self._settings.event_retention_days:
            while await self._delete(_old_events, now - timedelta(days=days)):
                pass
        if days := self._settings.idempotency_key_retention_days:
            while await self._delete(_old_keys, now - timedelta(days=days)) == BATCH:
                pass

    async def _delete(self, batch: Any, before: datetime) -> int:
        count: int = await self._database.transaction(lambda: batch(self._database, before))
        return count


async def _old_keys(database: Database, before: datetime) -> int:
    return await _execute(database, _OLD_KEYS, before=before, batch=BATCH)


async def _old_events(database: Database, before: datetime) -> int:
    """How many events the batch passed; 0 if there is nothing to delete."""
    vendor = await Vendor.first()
    if vendor is None:
        return 0
    rows = (
        await Event.filter(sequence__gt=vendor.events_deleted_through)
        .order_by("sequence")
        .limit(BATCH + 1)
        .values_list("id", "sequence", "partner_id", "occurred_at")
    )
    # The last may be the newest of all. One that is too young holds up those behind it.
    old = list(takewhile(lambda row: row[3] < before, rows[:-1]))
    if not old:
        return 0
    through = old[-1][1]
    doomed = [id for id, _, partner_id, _ in old if partner_id is None]
    doomed += await _surpassed(database, [row[2] for row in old if row[2]], through)
    for sql in _DELETES:
        text = sql.format(
            event_ids=in_list("event_id", "doomed", database.dialect),
            ids=in_list("id", "doomed", database.dialect),
        )
        await _execute(database, text, doomed=doomed)
    await Vendor.filter(id=vendor.id).update(events_deleted_through=through)
    return len(old)


async def _surpassed(
    database: Database, partner_ids: Sequence[UUID], through: int
) -> Sequence[UUID]:
    sql = _SURPASSED.format(partners=in_list("e.partner_id", "partners", database.dialect))
    given = {"partners": list(set(partner_ids)), "through": through}
    rows = await database.rows(*bind(sql.strip(), given, database.dialect))
    return [UUID(str(row["id"])) for row in rows]


async def _execute(database: Database, sql: str, **given: Any) -> int:
    count, _ = await get_connection(WRITER).execute_query(
        *bind(sql.strip(), given, database.dialect)
    )
    return count
