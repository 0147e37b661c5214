"""Event streams: what a subscriber missed, then what happens, in order and without a gap.

The bus only wakes; events are always read from the table. So a subscriber that is slow, or was
away, loses nothing: it reads on from where it was.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from app.auth.actor import Actor
from app.auth.scope import audience, predicate, values
from app.domain.events import EventType
from app.events import cursors
from app.events.bus import Bus
from app.events.cursors import InvalidCursor
from app.persistence.database import Database
from app.persistence.models import Event
from app.persistence.sql import bind, in_list

# Rows read at once: what a subscriber that stops reading can hold in memory.
BATCH = 100


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """One event with its place in the order. `data` is what `outbox.append` was given."""

    id: UUID
    sequence: int
    type: EventType
    partner_id: UUID | None
    client_id: UUID | None
    subject_id: UUID
    occurred_at: datetime
    data: Mapping[str, Any]

    @property
    def cursor(self) -> str:
        """Where to go on after this event."""
        return cursors.encode(self.sequence)


Read = Callable[[int, int], Awaitable[list[PublishedEvent]]]


class EventStream:
    """The way to subscribe; one for each process."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus

    async def events(
        self,
        actor: Actor,
        *,
        types: Iterable[EventType],
        partner_id: UUID | None = None,
        after: str | None = None,
    ) -> AsyncGenerator[PublishedEvent, None]:
        """Events of these types, of one partner or of all, that the actor may see; without end.

        With `after`, first everything since that cursor; without, from the first `anext` on.
        Raises InvalidCursor at the first `anext`. Whether the actor sees an event is asked when it
        is read, not when it happened. Close it (`contextlib.aclosing`) or cancel the task that
        reads it; either takes it off the bus at once.
        """
        read = self._reader(actor, types, partner_id)
        # Outside of the vendor every visible event is of the actor's own partner. On the bus
        # before the table is read: what is published in between rings, and is read again below.
        with self._bus.subscribe(partner_id or actor.partner_id) as wakeup:
            position = await self._start(after)
            while True:
                # Sequences are committed in order, so what is read up to here is complete; and a
                # rare type does not read the same long stretch at every wake-up.
                newest = await self._newest()
                while position < newest:
                    events = await read(position, newest)
                    for event in events:
                        yield event
                    position = events[-1].sequence if len(events) == BATCH else newest
                await wakeup.wait()

    async def _start(self, after: str | None) -> int:
        """The sequence to start behind. A cursor that events were deleted after is for here too."""
        if after is None:
            return await self._newest()
        position = cursors.decode(after)
        if position > await self._newest():
            raise InvalidCursor(
                "This cursor is ahead of the newest event: it is from another database, or this one"
                " was restored from a backup. Subscribe without it, then read the current state."
            )
        return position

    async def _newest(self) -> int:
        rows = await self._rows("SELECT COALESCE(MAX(sequence), 0) AS newest FROM event", {})
        newest: int = rows[0]["newest"]
        return newest

    def _reader(self, actor: Actor, types: Iterable[EventType], partner_id: UUID | None) -> Read:
        """The reader of one batch of a stream: all behind one sequence, up to another."""
        sql = (
            "SELECT t.id, t.sequence, t.type, t.partner_id, t.client_id, t.subject_id,"
            " t.occurred_at, t.data FROM event t"
            " WHERE t.sequence > :behind AND t.sequence <= :up_to"
            f" AND {in_list('t.type', 'types', self._database.dialect)}"
            f" AND {predicate(Event.tenancy, audience(actor))}"
            f"{' AND t.partner_id = :only_partner' if partner_id else ''}"
            f" ORDER BY t.sequence LIMIT {BATCH}"
        )
        fixed = {**values(actor), "only_partner": partner_id, "types": [t.value for t in types]}

        async def read(behind: int, up_to: int) -> list[PublishedEvent]:
            rows = await self._rows(sql, {**fixed, "behind": behind, "up_to": up_to})
            return [_event(row) for row in rows]

        return read

    async def _rows(self, sql: str, named: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        text, bound = bind(sql, named, self._database.dialect)
        return await self._database.read(lambda: self._database.rows(text, bound))


def _event(row: Mapping[str, Any]) -> PublishedEvent:
    """An event from its row: SQLite gives text where PostgreSQL gives ids and times."""
    at, data = row["occurred_at"], row["data"]
    return PublishedEvent(
        id=UUID(str(row["id"])),
        sequence=row["sequence"],
        type=EventType(row["type"]),
        partner_id=_id(row["partner_id"]),
        client_id=_id(row["client_id"]),
        subject_id=UUID(str(row["subject_id"])),
        occurred_at=datetime.fromisoformat(at) if isinstance(at, str) else at,
        data=orjson.loads(data) if isinstance(data, str) else data,
    )


def _id(value: Any) -> UUID | None:
    return None if value is None else UUID(str(value))
