"""A delivery that was given up is tried again, by the whole schedule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.clock import real_clock
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.webhooks import WebhookDeliveryStatus
from app.events.outbox import append
from app.persistence.models import WebhookDelivery
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.visible import require
from app.services.webhooks.endpoints import lock_endpoint, require_enabled

FIELD = "deliveryId"


@dataclass(frozen=True, slots=True)
class RetryWebhookDelivery:
    """A delivery; dead."""

    idempotency_key: str
    delivery_id: UUID


async def retry_webhook_delivery(caller: Caller, input: RetryWebhookDelivery) -> Mapping[str, UUID]:
    """Try a dead delivery again, now; gives the id `webhook_delivery`.

    Raises Refused at `deliveryId` with NOT_FOUND, and with WRONG_STATE for one that is not dead, or
    whose endpoint is disabled or removed.
    """

    async def work(now: datetime) -> Done:
        seen = await require(caller, WebhookDelivery, input.delivery_id, FIELD)
        endpoint = await lock_endpoint(caller, seen.endpoint_id, FIELD)
        require_enabled(endpoint, FIELD)
        dead = WebhookDelivery.filter(id=seen.id, status=WebhookDeliveryStatus.DEAD)
        if not await dead.update(
            status=WebhookDeliveryStatus.PENDING,
            attempts=0,
            next_attempt_at=real_clock(caller.clock).now(),
        ):
            message = "This delivery is not dead: it was delivered, or it is still tried."
            raise refuse(ErrorCode.WRONG_STATE, message, FIELD)
        await append(
            EventType.WEBHOOK_DELIVERY_RETRIED,
            subject_id=seen.id,
            partner_id=seen.partner_id,
            actor=caller.actor,
            at=now,
            data={"eventId": global_id("Event", seen.event_id)},
        )
        return Done(seen.id, seen.partner_id, {"webhook_delivery": seen.id})

    given = arguments(input)
    return await perform(caller, "retryWebhookDelivery", input.idempotency_key, given, work)
