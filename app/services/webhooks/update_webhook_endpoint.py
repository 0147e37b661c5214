"""An endpoint changes in what is given: address, filter, description, whether it is sent to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.domain.webhook_addresses import Networks
from app.domain.webhooks import WebhookEndpointStatus
from app.persistence.models import WebhookEndpoint
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.webhooks.endpoints import check_values, kept_types, lock_endpoint, tell


@dataclass(frozen=True, slots=True)
class UpdateWebhookEndpoint:
    """What to change; None leaves a value as it is. An empty list of types means all types."""

    idempotency_key: str
    endpoint_id: UUID
    url: str | None = None
    description: str | None = None
    types: tuple[EventType, ...] | None = None
    enabled: bool | None = None


async def update_webhook_endpoint(
    caller: Caller, input: UpdateWebhookEndpoint, *, networks: Networks
) -> Mapping[str, UUID]:
    """Change an endpoint; gives the id `webhook_endpoint`.

    One that is enabled again resumes where it stopped. Raises Refused with NOT_FOUND or WRONG_STATE
    at `endpointId`, REQUIRED (nothing to change), INVALID at `url`, TOO_LONG or INVALID at
    `description`.
    """

    async def work(now: datetime) -> Done:
        endpoint = await lock_endpoint(caller, input.endpoint_id)
        url, problems = check_values(input.url, input.description, networks)
        if problems:
            raise Refused(problems)
        columns = _columns(input, url)
        if not columns:
            raise refuse(ErrorCode.REQUIRED, "Give at least one value to change.")
        await WebhookEndpoint.filter(id=endpoint.id).update(**columns)
        endpoint.description = columns.get("description", endpoint.description)
        data = {"changed": _changed(input)}
        await tell(EventType.WEBHOOK_ENDPOINT_CHANGED, caller, endpoint, now, data)
        return Done(endpoint.id, endpoint.partner_id, {"webhook_endpoint": endpoint.id})

    given = arguments(input)
    return await perform(caller, "updateWebhookEndpoint", input.idempotency_key, given, work)


def _columns(input: UpdateWebhookEndpoint, url: str | None) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if url is not None:
        # The failures were another address's.
        columns |= {"url": url, "failing_since": None}
    if input.description is not None:
        columns["description"] = input.description.strip()
    if input.types is not None:
        columns["types"] = kept_types(input.types)
    if input.enabled is not None:
        status = WebhookEndpointStatus.ENABLED if input.enabled else WebhookEndpointStatus.DISABLED
        columns |= {"status": status, "disabled_reason": None, "failing_since": None}
    return columns


def _changed(input: UpdateWebhookEndpoint) -> list[str]:
    """The names of the given values."""
    names = ("url", "description", "types", "enabled")
    return [name for name in names if getattr(input, name) is not None]
