"""Webhooks: the states of endpoints and deliveries, the message, and the retry schedule."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.events import SUBJECTS, EventType
from app.domain.ids import global_id

# Jitter of up to a fifth, so that deliveries that failed together are not retried together.
JITTER = 0.2


class WebhookEndpointStatus(StrEnum):
    """Whether events are sent to an endpoint."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    REMOVED = "REMOVED"


class WebhookDeliveryStatus(StrEnum):
    """The state of the delivery of one event to one endpoint."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    # Every attempt failed: it is not retried automatically.
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it is sent. `cursor` is its position among all events, as in the API.

    `sequence` counts the partner's events; None for an event of no partner.
    """

    id: UUID
    type: EventType
    occurred_at: datetime
    cursor: str
    sequence: int | None
    partner_id: UUID | None
    client_id: UUID | None
    subject_id: UUID
    data: Mapping[str, Any]

    @property
    def webhook_id(self) -> str:
        """The id by which receivers recognise repeats: the event's id in the API."""
        return global_id("Event", self.id)

    @property
    def body(self) -> bytes:
        """Return the JSON that is sent and signed: the same bytes each time."""
        content = {
            "id": self.webhook_id,
            "type": self.type,
            "timestamp": self.occurred_at.isoformat().replace("+00:00", "Z"),
            "sequence": self.sequence,
            "cursor": self.cursor,
            "partnerId": self.partner_id and global_id("Partner", self.partner_id),
            "clientId": self.client_id and global_id("Client", self.client_id),
            "subjectId": global_id(SUBJECTS[self.type], self.subject_id),
            "data": self.data,
        }
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def wants(types: Collection[str] | None, type: str) -> bool:
    """Return whether an endpoint with this filter (None: all types) receives events of a type.

    A test event is sent separately, and only to the endpoint that it was created for.
    """
    return type != EventType.WEBHOOK_TEST_SENT and (types is None or type in types)


def next_pause(
    failures: int, schedule: Sequence[int], chance: float, asked: float | None = None
) -> timedelta | None:
    """Return how long to wait after this many failed attempts (1 or more); None after the last one.

    `schedule` has the pauses in seconds, `chance` is a random number from 0 to 1. A receiver may
    have `asked` for more seconds, which is granted up to the longest pause of the schedule.
    """
    if failures > len(schedule):
        return None
    pause = schedule[failures - 1] * (1 + JITTER * chance)
    if asked is not None:
        pause = max(pause, min(asked, max(schedule)))
    return timedelta(seconds=pause)
