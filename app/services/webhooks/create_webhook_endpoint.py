"""A new address that events are sent to, from now on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.domain.ids import new_id
from app.domain.webhook_addresses import Networks
from app.domain.webhooks import WebhookEndpointStatus
from app.persistence.models import Event, Vendor, WebhookEndpoint
from app.services.inputs import arguments
from app.services.partners.locking import lock_partner, partner_of
from app.services.use_case import Caller, Done, perform
from app.services.webhooks.endpoints import check_values, kept_types, tell


@dataclass(frozen=True, slots=True)
class CreateWebhookEndpoint:
    """Where to, of what (nothing: of all), and for whom: the vendor's own has no partner."""

    idempotency_key: str
    url: str
    partner_id: UUID | None = None
    description: str = ""
    types: tuple[EventType, ...] = ()


async def create_webhook_endpoint(
    caller: Caller, input: CreateWebhookEndpoint, *, networks: Networks, most: int
) -> Mapping[str, UUID]:
    """Register an endpoint; gives the id `webhook_endpoint`.

    `networks` may be reached although they are private; `most` endpoints may one owner have.
    Raises Refused with NOT_FOUND at `partnerId`, INVALID at `url`, TOO_LONG or INVALID at
    `description`, and LIMIT_REACHED.
    """

    async def work(now: datetime) -> Done:
        partner_id = await _lock_owner(caller, input.partner_id)
        url, problems = check_values(input.url, input.description, networks)
        if problems:
            raise Refused(problems)
        await _require_room(partner_id, most)
        newest = await Event.filter(sequence__isnull=False).order_by("-sequence").first()
        endpoint = await WebhookEndpoint.create(
            partner_id=partner_id,
            url=url,
            description=input.description.strip(),
            types=kept_types(input.types),
            status=WebhookEndpointStatus.ENABLED,
            secret_version=new_id(),
            position=newest.sequence if newest else 0,
            created_at=now,
            created_by=caller.actor.user_id,
        )
        data = {"types": endpoint.types}
        await tell(EventType.WEBHOOK_ENDPOINT_CREATED, caller, endpoint, now, data)
        return Done(endpoint.id, partner_id, {"webhook_endpoint": endpoint.id})

    given = arguments(input)
    return await perform(caller, "createWebhookEndpoint", input.idempotency_key, given, work)


async def _lock_owner(caller: Caller, partner_id: UUID | None) -> UUID | None:
    """Whose endpoint it becomes, locked: two that are made at once are counted one by one."""
    if partner_id is None and caller.actor.is_vendor:
        await Vendor.select_for_update(no_key=True).first()
        return None
    return (await lock_partner((await partner_of(caller, partner_id)).id)).id


async def _require_room(partner_id: UUID | None, most: int) -> None:
    live = WebhookEndpoint.filter(partner_id=partner_id).exclude(
        status=WebhookEndpointStatus.REMOVED
    )
    if await live.count() >= most:
        raise refuse(
            ErrorCode.LIMIT_REACHED,
            f"There are {most} endpoints already. Remove one, or change one of them.",
            "partnerId",
        )
