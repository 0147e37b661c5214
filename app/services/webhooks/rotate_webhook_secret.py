"""Replace the secret of an endpoint; the former one signs as well for a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.clock import real_clock
from app.domain.events import EventType
from app.domain.ids import new_id
from app.persistence.models import WebhookEndpoint
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.webhooks.endpoints import lock_endpoint, tell


@dataclass(frozen=True, slots=True)
class RotateWebhookSecret:
    """An endpoint."""

    idempotency_key: str
    endpoint_id: UUID


async def rotate_webhook_secret(
    caller: Caller, input: RotateWebhookSecret, *, overlap: timedelta
) -> Mapping[str, UUID]:
    """Give an endpoint a new secret at once; gives the id `webhook_endpoint`.

    The one before it signs too for `overlap` of real time, which a demo's clock does not shorten; a
    still earlier one no more. Raises Refused with NOT_FOUND or WRONG_STATE at `endpointId`.
    """

    async def work(now: datetime) -> Done:
        endpoint = await lock_endpoint(caller, input.endpoint_id)
        until = real_clock(caller.clock).now() + overlap
        await WebhookEndpoint.filter(id=endpoint.id).update(
            secret_version=new_id(), former_version=endpoint.secret_version, former_until=until
        )
        data = {"formerUntil": until.isoformat()}
        await tell(EventType.WEBHOOK_SECRET_ROTATED, caller, endpoint, now, data)
        return Done(endpoint.id, endpoint.partner_id, {"webhook_endpoint": endpoint.id})

    given = arguments(input)
    return await perform(caller, "rotateWebhookSecret", input.idempotency_key, given, work)
