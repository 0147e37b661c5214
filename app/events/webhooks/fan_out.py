"""Fan-out: published events become deliveries, one for each endpoint that wants them.

An endpoint's position says up to which sequence that was done. It moves on in the transaction that
writes the deliveries: whatever is interrupted begins again where it was, and leaves nothing out.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.webhooks import WebhookDeliveryStatus, WebhookEndpointStatus, wants
from app.persistence.database import Database
from app.persistence.models import Event, WebhookDelivery, WebhookEndpoint
from app.persistence.sql import bind, in_list

# Endpoints of one transaction, and events for each of them.
ENDPOINTS = 50
EVENTS = 100

# What a partner's endpoint gets is what its team sees; the vendor's own gets everything.
_SEEN = {
    "e.partner_id IS NOT NULL": Event.tenancy.partner.replace(":partner", "e.partner_id"),
    "e.partner_id IS NULL": "TRUE",
}
# Those that lag least come first: a long replay does not hold up what is new for others.
_BEHIND = (
    " UNION ALL ".join(
        f"SELECT e.id, e.position FROM webhook_endpoint e WHERE e.status = 'ENABLED' AND {whose}"
        f" AND EXISTS (SELECT 1 FROM event t WHERE {seen} AND t.sequence > e.position)"
        for whose, seen in _SEEN.items()
    )
    + " ORDER BY position DESC, id LIMIT :endpoints"
)
_NEWS = {
    "postgres": " UNION ALL ".join(
        "SELECT e.id AS endpoint_id, n.id, n.sequence, n.type FROM webhook_endpoint e"
        " CROSS JOIN LATERAL (SELECT t.id, t.sequence, t.type FROM event t"
        f" WHERE {seen} AND t.sequence > e.position ORDER BY t.sequence LIMIT :events) n"
        f" WHERE {in_list('e.id', 'ids', 'postgres')} AND {whose}"
        for whose, seen in _SEEN.items()
    )
    + " ORDER BY sequence, endpoint_id",
    # CROSS: the endpoints come first, and each finds its events by rowid.
    "sqlite": " UNION ALL ".join(
        "SELECT e.id AS endpoint_id, n.id, n.sequence, n.type FROM webhook_endpoint e"
        " CROSS JOIN event n ON n.rowid IN (SELECT t.rowid FROM event t"
        f" WHERE {seen} AND t.sequence > e.position ORDER BY t.sequence LIMIT :events)"
        f" WHERE {in_list('e.id', 'ids', 'sqlite')} AND {whose}"
        for whose, seen in _SEEN.items()
    )
    + " ORDER BY sequence, endpoint_id",
}


async def fan_out(database: Database, now: datetime) -> bool:
    """Write the deliveries of one batch of events, due `now`; whether there was anything to do.

    The number of statements is fixed, however many endpoints and events there are.
    """
    behind = await database.read(lambda: _rows(database, _BEHIND, endpoints=ENDPOINTS))
    if not behind:
        return False
    ids = [UUID(str(row["id"])) for row in behind]
    return await database.transaction(lambda: _advance(database, ids, now))


async def _advance(database: Database, ids: Sequence[UUID], now: datetime) -> bool:
    # Locked: who replays or changes one of them does it before this, or after.
    enabled = WebhookEndpoint.filter(id__in=ids, status=WebhookEndpointStatus.ENABLED)
    endpoints = {row.id: row for row in await enabled.order_by("id").select_for_update(no_key=True)}
    news: dict[UUID, list[Mapping[str, Any]]] = defaultdict(list)
    sql = _NEWS[database.dialect]
    for row in await _rows(database, sql, ids=list(endpoints), events=EVENTS):
        news[UUID(str(row["endpoint_id"]))].append(row)
    moved, deliveries = [], []
    for id, events in news.items():
        endpoint = endpoints[id]
        deliveries += [
            _delivery(endpoint, event, now)
            for event in events
            if wants(endpoint.types, event["type"])
        ]
        endpoint.position = events[-1]["sequence"]
        moved.append(endpoint)
    if moved:
        await WebhookDelivery.bulk_create(deliveries, ignore_conflicts=True)
        await WebhookEndpoint.bulk_update(moved, fields=["position"])
    return bool(moved)


def _delivery(
    endpoint: WebhookEndpoint, event: Mapping[str, Any], now: datetime
) -> WebhookDelivery:
    return WebhookDelivery(
        endpoint_id=endpoint.id,
        partner_id=endpoint.partner_id,
        event_id=UUID(str(event["id"])),
        type=event["type"],
        round=endpoint.round,
        status=WebhookDeliveryStatus.PENDING,
        next_attempt_at=now,
        created_at=now,
    )


async def _rows(database: Database, sql: str, **values: Any) -> list[Mapping[str, Any]]:
    text, bound = bind(sql, values, database.dialect)
    return await database.rows(text, bound)
