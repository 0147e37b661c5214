"""Event streams: what a subscriber missed, then what happens, in order and without a gap.

The bus only wakes; events are always read from the table. So a subscriber that is slow, or was
away, loses nothing: it reads on from where it was. Those who wake together, with equal rights and
wishes, share one reading; each goes on at its own pace.
"""

from collections.abc import AsyncGenerator, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import orjson

from app.auth.actor import Actor
from app.auth.scope import audience, predicate, values
from app.domain.events import EventType
from app.events import cursors
from app.events.bus import Bus
from app.events.cursors import CursorExpired, InvalidCursor
from app.events.single_flight import SingleFlight
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


class _Reader:
    """What equal subscribers read: all behind one sequence, up to another."""

    __slots__ = ("__weakref__", "_database", "_fixed", "_sql")

    def __init__(
        self,
        database: Database,
        actor: Actor,
        types: Iterable[EventType],
        partner_id: UUID | None,
    ) -> None:
        self._database = database
        # First how far events are missing, of the same state of the table as the events: whoever
        # reads on behind what was deleted is told so, even if there is nothing left to read. Of a
        # partner's own events none is missing behind the first that is left.
        self._sql = (
            "SELECT NULL AS id, COALESCE("
            "(SELECT CASE WHEN e.partner_sequence = 1 THEN 0"
            " WHEN e.sequence < v.events_deleted_through THEN e.sequence"
            " ELSE v.events_deleted_through END"
            " FROM event e WHERE e.partner_id = :whole_partner ORDER BY e.sequence LIMIT 1),"
            " v.events_deleted_through) AS sequence, NULL AS type, NULL AS partner_id,"
            " NULL AS client_id, NULL AS subject_id, NULL AS occurred_at, NULL AS data"
            " FROM vendor v UNION ALL SELECT * FROM ("
            "SELECT t.id, t.sequence, t.type, t.partner_id, t.client_id, t.subject_id,"
            " t.occurred_at, t.data FROM event t"
            " WHERE t.sequence > :behind AND t.sequence <= :up_to"
            f" AND {in_list('t.type', 'types', database.dialect)}"
            f" AND {predicate(Event.tenancy, audience(actor))}"
            f"{' AND t.partner_id = :only_partner' if partner_id else ''}"
            f" ORDER BY t.sequence LIMIT {BATCH}) AS found"
        )
        self._fixed = {
            **values(actor),
            "only_partner": partner_id,
            "whole_partner": partner_id or actor.partner_id,
            "types": [t.value for t in types],
        }

    async def read(self, behind: int, up_to: int) -> list[PublishedEvent]:
        """The next events. Raises CursorExpired if some that came after `behind` were deleted."""
        rows = await _rows(
            self._database, self._sql, {**self._fixed, "behind": behind, "up_to": up_to}
        )
        # Whatever order a union comes in, theirs is that of their numbers.
        found = sorted(rows, key=itemgetter("sequence"))
        if any(row["id"] is None and behind < row["sequence"] for row in found):
            raise CursorExpired
        return [_event(row) for row in found if row["id"] is not None]


class EventStream:
    """The way to subscribe; one for each process.

    `under_way` shares what subscribers ask at the same time. `shared` holds what equal subscribers
    have in common, by what makes them equal, for as long as one of them holds it.
    """

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self.under_way = SingleFlight()
        self.shared: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()

    async def events(
        self,
        actor: Actor,
        *,
        types: Iterable[EventType],
        partner_id: UUID | None = None,
        after: str | None = None,
    ) -> AsyncGenerator[list[PublishedEvent], None]:
        """Events of these types, of one partner or of all, that the actor may see; without end.

        In order, as many at once as there are, up to `BATCH`. The lists are shared: do not change
        them.

        With `after`, first everything since that cursor; without, from the first `anext` on.
        Raises InvalidCursor at the first `anext`, and CursorExpired at any at which events that
        came next were deleted. Whether the actor sees an event is asked when it is read, not when
        it happened. Close it (`contextlib.aclosing`) or cancel the task that reads it; either takes
        it off the bus at once.
        """
        reader = self._reader(actor, frozenset(types), partner_id)
        # Outside of the vendor every visible event is of the actor's own partner. On the bus
        # before the table is read: what is published in between rings, and is read again below.
        with self._bus.subscribe(partner_id or actor.partner_id) as wakeup:
            position = await self._start(after)
            while True:
                events, position, newest = await self._behind(reader, position)
                if events:
                    yield events
                # A subscriber that waits for days holds no old events.
                del events
                if position == newest:
                    await wakeup.wait()

    async def _start(self, after: str | None) -> int:
        """The sequence to start behind."""
        # Asked for each: an answer from a moment ago may be behind the cursor.
        newest = await self.newest()
        if after is None:
            return newest
        position = cursors.decode(after)
        if position > newest:
            raise InvalidCursor(
                "This cursor is ahead of the newest event: it is from another database, or this one"
                " was restored from a backup. Subscribe without it, then read the current state."
            )
        return position

    async def _behind(
        self, reader: _Reader, position: int
    ) -> tuple[list[PublishedEvent], int, int]:
        """The next events behind a position, the position behind them, and the newest sequence.

        Shared by all who ask the same between two rings: whoever was woken sees what it was woken
        for.
        """
        rings = self._bus.rings
        key = (reader, position, rings)
        return await self.under_way.ask(key, self._read_behind, reader, position, rings)

    async def _read_behind(
        self, reader: _Reader, position: int, rings: int
    ) -> tuple[list[PublishedEvent], int, int]:
        # Sequences are committed in order, so what is read up to here is complete; and a rare type
        # does not read the same long stretch at every wake-up.
        newest = await self.under_way.ask(("newest", rings), self.newest)
        if newest <= position:
            return [], position, position
        events = await reader.read(position, newest)
        return events, events[-1].sequence if len(events) == BATCH else newest, newest

    async def newest(self) -> int:
        """The sequence of the newest event; 0 without any."""
        rows = await _rows(
            self._database, "SELECT COALESCE(MAX(sequence), 0) AS newest FROM event", {}
        )
        newest: int = rows[0]["newest"]
        return newest

    def _reader(
        self, actor: Actor, types: frozenset[EventType], partner_id: UUID | None
    ) -> _Reader:
        scope = (audience(actor), *values(actor).values())
        key = (_Reader, scope, types, partner_id)
        reader: _Reader | None = self.shared.get(key)
        if reader is None:
            reader = self.shared[key] = _Reader(self._database, actor, types, partner_id)
        return reader


async def _rows(database: Database, sql: str, named: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    text, bound = bind(sql, named, database.dialect)
    return await database.read(lambda: database.rows(text, bound))


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
