"""A test event for one endpoint, whatever its filter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.clock import real_clock
from app.domain.events import EventType
from app.domain.webhooks import WebhookDeliveryStatus
from app.persistence.models import WebhookDelivery
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.webhooks.endpoints import FIELD, lock_endpoint, require_enabled, tell


@dataclass(frozen=True, slots=True)
class SendTestEvent:
    """An endpoint; enabled."""

    idempotency_key: str
    endpoint_id: UUID


async def send_test_event(caller: Caller, input: SendTestEvent) -> Mapping[str, UUID]:
    """Write a test event with its delivery; gives the id `webhook_delivery`.

    It is due before all that waits for the endpoint: who tests does not wait for a backlog.
    Raises Refused with NOT_FOUND or WRONG_STATE at `endpointId`.
    """

    async def work(now: datetime) -> Done:
        endpoint = await lock_endpoint(caller, input.endpoint_id)
        require_enabled(endpoint, FIELD)
        event_id = await tell(EventType.WEBHOOK_TEST_SENT, caller, endpoint, now, {})
        real_now = real_clock(caller.clock).now()
        delivery = await WebhookDelivery.create(
            endpoint_id=endpoint.id,
            partner_id=endpoint.partner_id,
            event_id=event_id,
            type=EventType.WEBHOOK_TEST_SENT,
            round=endpoint.round,
            status=WebhookDeliveryStatus.PENDING,
            next_attempt_at=await _before_all(endpoint.id, real_now),
            created_at=real_now,
        )
        return Done(delivery.id, endpoint.partner_id, {"webhook_delivery": delivery.id})

    return await perform(caller, "sendTestEvent", input.idempotency_key, arguments(input), work)


async def _before_all(endpoint_id: UUID, now: datetime) -> datetime:
    """A due time before those of the endpoint; the endpoint is locked, so none comes between."""
    waiting = WebhookDelivery.filter(endpoint_id=endpoint_id, next_attempt_at__lte=now)
    first = await waiting.order_by("next_attempt_at", "id").first()
    if not first or not first.next_attempt_at:
        return now
    return first.next_attempt_at - timedelta(microseconds=1)
