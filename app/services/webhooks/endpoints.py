"""The endpoint that a call is for: found, kept still; its values checked; its events told."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.checks import check_text
from app.domain.errors import ErrorCode, Problem, refuse
from app.domain.events import EventType
from app.domain.webhook_addresses import Networks, normalise_url
from app.domain.webhooks import WebhookEndpointStatus
from app.events.outbox import append
from app.persistence.models import WebhookEndpoint
from app.services.use_case import Caller
from app.services.visible import require

FIELD = "endpointId"
MAX_DESCRIPTION = 200


async def lock_endpoint(caller: Caller, endpoint_id: UUID, field: str = FIELD) -> WebhookEndpoint:
    """An endpoint, locked until the unit of work ends.

    Raises Refused at `field` with NOT_FOUND, and with WRONG_STATE for one that was removed.
    """
    await require(caller, WebhookEndpoint, endpoint_id, field)
    endpoint = await WebhookEndpoint.select_for_update(no_key=True).get(id=endpoint_id)
    if endpoint.status == WebhookEndpointStatus.REMOVED:
        raise refuse(ErrorCode.WRONG_STATE, "This endpoint was removed. Create another one.", field)
    return endpoint


def require_enabled(endpoint: WebhookEndpoint, *field: str) -> None:
    """Raises Refused with WRONG_STATE for an endpoint to which nothing is sent."""
    if endpoint.status != WebhookEndpointStatus.ENABLED:
        raise refuse(ErrorCode.WRONG_STATE, "This endpoint is disabled. Enable it first.", *field)


def check_values(
    url: str | None, description: str | None, networks: Networks
) -> tuple[str | None, list[Problem]]:
    """The address in the form that is stored, and what is wrong with the given values."""
    problems = check_text(description or "", "description", longest=MAX_DESCRIPTION)
    if url is None:
        return None, problems
    try:
        return normalise_url(url, networks), problems
    except ValueError as error:
        return None, [Problem(ErrorCode.INVALID, str(error), ("url",)), *problems]


def kept_types(types: Iterable[EventType]) -> list[str] | None:
    """The filter as it is kept: each type once, None for all."""
    return sorted(set(types)) or None


async def tell(
    type: EventType,
    caller: Caller,
    endpoint: WebhookEndpoint,
    at: datetime,
    data: Mapping[str, Any],
) -> UUID:
    """Append an event about an endpoint. Never its address, which may hold a secret of its own."""
    return await append(
        type,
        subject_id=endpoint.id,
        partner_id=endpoint.partner_id,
        actor=caller.actor,
        at=at,
        data={"description": endpoint.description, **data},
    )
