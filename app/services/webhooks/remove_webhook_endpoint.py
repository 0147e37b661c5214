"""An endpoint is removed: nothing more is sent to it. Its log stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.events import EventType
from app.domain.webhooks import WebhookDeliveryStatus, WebhookEndpointStatus
from app.persistence.models import WebhookDelivery, WebhookEndpoint
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.webhooks.endpoints import lock_endpoint, tell


@dataclass(frozen=True, slots=True)
class RemoveWebhookEndpoint:
    """An endpoint."""

    idempotency_key: str
    endpoint_id: UUID


async def remove_webhook_endpoint(
    caller: Caller, input: RemoveWebhookEndpoint
) -> Mapping[str, UUID]:
    """Remove an endpoint permanently; gives the id `webhook_endpoint`.

    What was still to be sent to it is dead. Raises Refused with NOT_FOUND or WRONG_STATE at
    `endpointId`.
    """

    async def work(now: datetime) -> Done:
        endpoint = await lock_endpoint(caller, input.endpoint_id)
        await WebhookEndpoint.filter(id=endpoint.id).update(status=WebhookEndpointStatus.REMOVED)
        waiting = WebhookDelivery.filter(
            endpoint_id=endpoint.id, status=WebhookDeliveryStatus.PENDING
        )
        await waiting.update(status=WebhookDeliveryStatus.DEAD, next_attempt_at=None)
        await tell(EventType.WEBHOOK_ENDPOINT_REMOVED, caller, endpoint, now, {})
        return Done(endpoint.id, endpoint.partner_id, {"webhook_endpoint": endpoint.id})

    given = arguments(input)
    return await perform(caller, "removeWebhookEndpoint", input.idempotency_key, given, work)
