"""Webhooks of the partner of the demo's keys: an endpoint with a log, and a disabled one.

Their host does not exist, and the enabled one receives only tests that somebody requests: a demo
sends nothing by itself.
"""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.demo.featured_partner import BIG_PARTNER, first_row
from app.demo.ids import id_at
from app.demo.shared_data import SharedData
from app.domain.events import EventType
from app.domain.webhooks import WebhookDeliveryStatus, WebhookEndpointStatus
from app.persistence.database import Database
from app.persistence.models import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint

_DELIVERIES = 12
# Every fourth one was not delivered.
_DEAD, _OF = 3, 4
_PAUSE = timedelta(hours=9)
_ATTEMPTS = 3


async def add_webhooks(database: Database, shared: SharedData) -> None:
    """Write them inside the open unit of work, once all events have their numbers."""
    partner = await first_row(database, BIG_PARTNER)
    if partner is None:
        return
    partner_id = UUID(str(partner["id"]))
    random = Random(f"{shared.seed}:webhooks")
    events = await Event.filter(partner_id=partner_id).order_by("-sequence").limit(_DELIVERIES)
    newest = events[0].sequence if events else 0
    live = _endpoint(shared, random, partner_id, newest, "Data warehouse")
    live.types = [EventType.WEBHOOK_TEST_SENT]
    old = _endpoint(shared, random, partner_id, newest, "Former ticket system")
    old.status = WebhookEndpointStatus.DISABLED
    old.disabled_reason = "The receiver responded with 410: it wants no more deliveries."
    await WebhookEndpoint.bulk_create([live, old])
    await _add_log(live, events, random)


def _endpoint(
    shared: SharedData, random: Random, partner_id: UUID, position: int, description: str
) -> WebhookEndpoint:
    return WebhookEndpoint(
        id=id_at(shared.start, random),
        partner_id=partner_id,
        url=f"https://hooks.example/{description.lower().replace(' ', '-')}",
        description=description,
        status=WebhookEndpointStatus.ENABLED,
        secret_version=id_at(shared.start, random),
        position=position,
        created_at=shared.start,
    )


async def _add_log(endpoint: WebhookEndpoint, events: Sequence[Event], random: Random) -> None:
    deliveries, attempts = [], []
    for number, event in enumerate(events):
        dead = number % _OF == _DEAD
        at = event.occurred_at + timedelta(seconds=2)
        delivery = WebhookDelivery(
            id=id_at(at, random, order=number),
            endpoint_id=endpoint.id,
            partner_id=endpoint.partner_id,
            event_id=event.id,
            type=event.type,
            round=0,
            status=WebhookDeliveryStatus.DEAD if dead else WebhookDeliveryStatus.DELIVERED,
            attempts=_ATTEMPTS if dead else 1,
            created_at=at,
            delivered_at=None if dead else at,
        )
        deliveries.append(delivery)
        attempts += [_attempt(delivery, again, random) for again in range(delivery.attempts)]
    await WebhookDelivery.bulk_create(deliveries)
    await WebhookAttempt.bulk_create(attempts)


def _attempt(delivery: WebhookDelivery, again: int, random: Random) -> WebhookAttempt:
    at = delivery.created_at + again * _PAUSE
    answer: dict[str, Any] = {"status_code": 200}
    if delivery.status == WebhookDeliveryStatus.DEAD:
        answer = {"status_code": 503, "error": "The receiver responded with 503."}
    return WebhookAttempt(
        id=id_at(at, random, order=again),
        delivery_id=delivery.id,
        partner_id=delivery.partner_id,
        at=at,
        milliseconds=random.randrange(40, 400),
        **answer,
    )
