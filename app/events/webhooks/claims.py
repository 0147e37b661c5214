"""Which deliveries are attempted next, and whose they are meanwhile.

A claim is a lease: the delivery is due again when it runs out. A process that is killed in the
middle of an attempt leaves it to run out, and the same event is sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from app.persistence.database import Database
from app.persistence.models import WebhookDelivery
from app.persistence.sql import bind, in_list

# Attempts under way at once: of all endpoints, of one, and of all together that fail at present.
# So neither a long backlog nor any number of dead endpoints takes the room of the others.
MOST = 100
MOST_OF_ONE = 2
MOST_FAILING = 50
# One that fails is tried one delivery at a time, after a rest that doubles with
# each failure: what fails at once would take the time of the others, with every event of a replay.
FIRST_REST = 0.1
LONGEST_REST = 1.0

# The events of a test may wait for their number for a moment. Nothing is sent to a partner that is
# suspended; it comes when the partner is active again.
_DUE = (
    "SELECT d.id, e.id AS endpoint_id, e.failing_since FROM webhook_endpoint e {join}"
    " JOIN event v ON v.id = d.event_id AND v.sequence IS NOT NULL"
    " LEFT JOIN partner p ON p.id = e.partner_id"
    " WHERE e.status = 'ENABLED' AND (p.id IS NULL OR p.status = 'ACTIVE') AND NOT ({resting})"
    " ORDER BY CASE WHEN e.failing_since IS NULL THEN 0 ELSE 1 END, d.next_attempt_at, d.id"
    " LIMIT :most"
)
_FIRST_OF_ONE = (
    " FROM webhook_delivery x WHERE x.endpoint_id = e.id AND x.next_attempt_at <= :now"
    " ORDER BY x.next_attempt_at, x.id LIMIT :of_one"
)
_SQL = {
    "postgres": _DUE.format(
        join=f"CROSS JOIN LATERAL (SELECT x.id, x.event_id, x.next_attempt_at{_FIRST_OF_ONE}) d",
        resting=in_list("e.id", "resting", "postgres"),
    ),
    # CROSS: the endpoints come first, and each finds its deliveries by rowid.
    "sqlite": _DUE.format(
        join=f"CROSS JOIN webhook_delivery d ON d.rowid IN (SELECT x.rowid{_FIRST_OF_ONE})",
        resting=in_list("e.id", "resting", "sqlite"),
    ),
}


@dataclass(slots=True)
class InFlight:
    """The attempts under way in this process, by delivery, and the endpoints that rest."""

    _of: dict[UUID, tuple[UUID, bool]] = field(default_factory=dict)
    # By endpoint: how many attempts in a row failed, and until when (of `monotonic`) it rests.
    _rests: dict[UUID, tuple[int, float]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether there is room for none."""
        return len(self._of) >= MOST

    @property
    def resting(self) -> list[UUID]:
        """The endpoints of which nothing is attempted now."""
        now = monotonic()
        return [endpoint for endpoint, (_, until) in self._rests.items() if until > now]

    def begin(self, delivery_id: UUID, endpoint_id: UUID, failing: bool) -> bool:
        """Count an attempt, if there is room for it; whether there was."""
        others = list(self._of.values())
        most = 1 if failing else MOST_OF_ONE
        if (
            delivery_id in self._of
            or self.full
            or sum(endpoint == endpoint_id for endpoint, _ in others) >= most
            or (failing and sum(other for _, other in others) >= MOST_FAILING)
        ):
            return False
        self._of[delivery_id] = (endpoint_id, failing)
        return True

    def note(self, endpoint_id: UUID, failed: bool) -> float:
        """Note what came of an attempt; for how many seconds the endpoint rests now."""
        failures, _ = self._rests.pop(endpoint_id, (0, 0.0))
        if not failed:
            return 0.0
        rest = min(FIRST_REST * 2 ** min(failures, 10), LONGEST_REST)
        self._rests[endpoint_id] = failures + 1, monotonic() + rest
        return rest

    def end(self, delivery_id: UUID) -> None:
        """Forget an attempt; twice is harmless."""
        self._of.pop(delivery_id, None)


async def claim(
    database: Database, in_flight: InFlight, now: datetime, until: datetime
) -> Sequence[WebhookDelivery]:
    """Claim what is due and has room, up to a moment; each with its endpoint and event.

    Both moments are of real time. What is claimed is counted in `in_flight`; end it.
    """
    due = [] if in_flight.full else await database.read(lambda: _due(database, in_flight, now))
    room = [
        id
        for row in due
        if in_flight.begin(
            id := UUID(str(row["id"])),
            UUID(str(row["endpoint_id"])),
            row["failing_since"] is not None,
        )
    ]
    if not room:
        return []
    claimed: Sequence[WebhookDelivery] = []
    try:
        claimed = await database.transaction(lambda: _lease(room, now, until))
    finally:
        for id in set(room) - {row.id for row in claimed}:
            in_flight.end(id)
    return claimed


async def _lease(ids: Sequence[UUID], now: datetime, until: datetime) -> list[WebhookDelivery]:
    still_due = WebhookDelivery.filter(id__in=ids, next_attempt_at__lte=now)
    # Another process may have come first: what it holds is left to it.
    rows = await still_due.order_by("id").select_for_update(no_key=True, skip_locked=True)
    claimed = [row.id for row in rows]
    await WebhookDelivery.filter(id__in=claimed).update(next_attempt_at=until)
    found = WebhookDelivery.filter(id__in=claimed).select_related("endpoint", "event")
    return await found.order_by("next_attempt_at", "id")


async def _due(database: Database, in_flight: InFlight, now: datetime) -> list[Mapping[str, Any]]:
    # Twice as many as there is room for: some are of endpoints that have theirs already.
    values = {"now": now, "of_one": MOST_OF_ONE, "most": 2 * MOST, "resting": in_flight.resting}
    sql, bound = bind(_SQL[database.dialect], values, database.dialect)
    return await database.rows(sql, bound)
