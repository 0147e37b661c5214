"""Webhooks: the closed lists of their states."""

from enum import StrEnum


class WebhookEndpointStatus(StrEnum):
    """Whether events are sent to an endpoint."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    REMOVED = "REMOVED"


class WebhookDeliveryStatus(StrEnum):
    """What became of one event for one endpoint."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    # Every attempt failed: it is not tried again by itself.
    DEAD = "DEAD"
