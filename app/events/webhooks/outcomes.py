"""What an attempt came to, written in one short transaction: log, delivery, endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from tortoise.expressions import F

from app.auth.actor import Actor
from app.domain.events import EventType
from app.domain.identity import Role
from app.domain.webhooks import WebhookDeliveryStatus, WebhookEndpointStatus, next_pause
from app.events.outbox import append
from app.events.webhooks.sending import GONE, Attempt
from app.persistence.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

SYSTEM = Actor(Role.SYSTEM, name="Partnergraph")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rules:
    """`schedule`: pauses in seconds; `disable_after`: so long nothing but failures."""

    schedule: Sequence[int]
    disable_after: timedelta


@dataclass(frozen=True, slots=True)
class Moment:
    """The real time, by which webhooks go, and the service's own, by which events are dated."""

    real: datetime
    told: datetime


async def settle(
    delivery: WebhookDelivery, attempt: Attempt, rules: Rules, at: Moment, chance: float
) -> None:
    """Write down an attempt inside the open unit of work. `chance` is random, from 0 to 1."""
    await WebhookAttempt.create(
        delivery_id=delivery.id,
        partner_id=delivery.partner_id,
        at=at.real,
        status_code=attempt.status_code,
        error=attempt.error,
        milliseconds=attempt.milliseconds,
    )
    # One that was settled meanwhile, by another process or a person, stays as it is.
    pending = WebhookDelivery.filter(id=delivery.id, status=WebhookDeliveryStatus.PENDING)
    endpoint_id: UUID = delivery.endpoint_id
    if attempt.error is None:
        await pending.update(
            status=WebhookDeliveryStatus.DELIVERED,
            attempts=F("attempts") + 1,
            next_attempt_at=None,
            delivered_at=at.real,
        )
        failing = WebhookEndpoint.filter(id=endpoint_id, failing_since__isnull=False)
        await failing.update(failing_since=None)
        return
    pause = next_pause(delivery.attempts + 1, rules.schedule, chance, attempt.asked)
    await pending.update(
        status=WebhookDeliveryStatus.PENDING if pause else WebhookDeliveryStatus.DEAD,
        attempts=delivery.attempts + 1,
        next_attempt_at=at.real + pause if pause else None,
    )
    began = WebhookEndpoint.filter(id=endpoint_id, failing_since__isnull=True)
    await began.update(failing_since=at.real)
    await _give_up(endpoint_id, attempt, rules, at)


async def _give_up(endpoint_id: UUID, attempt: Attempt, rules: Rules, at: Moment) -> None:
    """Disable an endpoint that says it is gone, or that has failed for too long."""
    enabled = WebhookEndpoint.filter(id=endpoint_id, status=WebhookEndpointStatus.ENABLED)
    if attempt.status_code == GONE:
        reason = f"The receiver answered {GONE}: it wants no more."
    else:
        enabled = enabled.filter(failing_since__lte=at.real - rules.disable_after)
        reason = f"Every attempt of {rules.disable_after.days} days failed."
    if not await enabled.update(status=WebhookEndpointStatus.DISABLED, disabled_reason=reason):
        return
    endpoint = await WebhookEndpoint.get(id=endpoint_id)
    await append(
        EventType.WEBHOOK_ENDPOINT_DISABLED,
        subject_id=endpoint_id,
        partner_id=endpoint.partner_id,
        actor=SYSTEM,
        at=at.told,
        data={"description": endpoint.description, "reason": reason},
    )
    log.warning("webhook_endpoint_disabled", endpoint_id=str(endpoint_id), reason=reason)
