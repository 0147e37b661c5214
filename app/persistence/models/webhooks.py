"""Webhooks: where events are sent to, and what became of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.webhooks import WebhookDeliveryStatus, WebhookEndpointStatus
from app.persistence.models.base import Record, belongs_to, check, code, one_of
from app.persistence.tenancy import Tenancy

# The partner's admins and apps; advisors and users of clients deliver, they do not integrate.
_OF_PARTNER = Tenancy(partner="t.partner_id = :partner")


class WebhookEndpoint(Record):
    """An https address that events are sent to. Its secret is derived, never kept."""

    # Null for the vendor's own, which gets all events.
    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    url = fields.CharField(max_length=2000)
    description = fields.CharField(max_length=200)
    # Event types it wants, null for all.
    types: Any = fields.JSONField(null=True)
    status = code()
    # What the secret is derived from, besides the server's. The former one signs too for a while.
    secret_version = fields.UUIDField()
    former_version = fields.UUIDField(null=True)
    former_until: datetime | None = fields.DatetimeField(null=True)
    # Events up to this sequence have their deliveries. A replay goes back, in a round of its own.
    position = fields.BigIntField()
    round = fields.IntField(default=0)
    # Since when nothing but failures, null if the last attempt succeeded.
    failing_since: datetime | None = fields.DatetimeField(null=True)
    # Why the service disabled it, null if a person did.
    disabled_reason = fields.CharField(max_length=200, null=True)
    created_at = fields.DatetimeField()
    created_by = fields.UUIDField(null=True)

    tenancy = _OF_PARTNER

    class Meta:
        table = "webhook_endpoint"
        constraints = [
            one_of("webhook_endpoint", "status", WebhookEndpointStatus),
            check("webhook_endpoint", "position", "position >= 0 AND round >= 0"),
            check(
                "webhook_endpoint",
                "former",
                "(former_version IS NULL) = (former_until IS NULL)",
            ),
        ]
        indexes = [
            Index(fields=("partner_id", "created_at", "id")),
            Index(fields=("created_at", "id")),
        ]


class WebhookDelivery(Record):
    """One event for one endpoint. Its event's id is the id that the receiver sees."""

    endpoint = belongs_to("WebhookEndpoint")
    endpoint_id: UUID
    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    event = belongs_to("Event")
    event_id: UUID
    # The event's, for filters.
    type = code()
    round = fields.IntField()
    status = code()
    attempts = fields.IntField(default=0)
    # When it is due, null once it is settled. An attempt under way has moved it on.
    next_attempt_at: datetime | None = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    delivered_at: datetime | None = fields.DatetimeField(null=True)

    tenancy = _OF_PARTNER

    class Meta:
        table = "webhook_delivery"
        constraints = [
            one_of("webhook_delivery", "status", WebhookDeliveryStatus),
            check(
                "webhook_delivery",
                "due",
                "(status = 'PENDING') = (next_attempt_at IS NOT NULL)",
            ),
            check(
                "webhook_delivery",
                "delivered",
                "(status = 'DELIVERED') = (delivered_at IS NOT NULL)",
            ),
        ]
        unique_together = (("endpoint_id", "event_id", "round"),)
        indexes = [
            Index(fields=("endpoint_id", "created_at", "id")),
            Index(fields=("endpoint_id", "status", "created_at", "id")),
            Index(fields=("next_attempt_at", "id")),
            Index(fields=("endpoint_id", "next_attempt_at", "id")),
            Index(fields=("event_id",)),
        ]


class WebhookAttempt(Record):
    """One try to deliver, with what came of it."""

    delivery = belongs_to("WebhookDelivery")
    delivery_id: UUID
    partner = belongs_to("Partner", null=True)
    partner_id: UUID | None
    at = fields.DatetimeField()
    # What the receiver answered, null if it did not.
    status_code = fields.IntField(null=True)
    # Why it failed, in words, null if it succeeded.
    error = fields.CharField(max_length=200, null=True)
    milliseconds = fields.IntField()

    tenancy = _OF_PARTNER

    class Meta:
        table = "webhook_attempt"
        constraints = [check("webhook_attempt", "milliseconds", "milliseconds >= 0")]
        indexes = [Index(fields=("delivery_id", "at", "id"))]
