"""Webhooks: the states of endpoints and deliveries, what is sent, and when it is sent again."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.events import SUBJECTS, EventType
from app.domain.ids import global_id

# A crowd of deliveries that failed together does not come back together: up to a fifth later.
JITTER = 0.2


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


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it is sent. `cursor` is its place among all events, in the API's form.

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
        """What a receiver tells repeats by: the event's id in the API."""
        return global_id("Event", self.id)

    @property
    def body(self) -> bytes:
        """The JSON that is sent and signed: the same bytes each time."""
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
    """Whether an endpoint with this filter (None: all types) gets events of a type.

    A test event goes to the endpoint that it was made for, by another way, and to no other.
    """
    return type != EventType.WEBHOOK_TEST_SENT and (types is None or type in types)


def next_pause(
    failures: int, schedule: Sequence[int], chance: float, asked: float | None = None
) -> timedelta | None:
    """How long to wait after so many failed attempts (1 or more); None after the last one.

    `schedule` has the pauses in seconds, `chance` is a random number from 0 to 1. A receiver may
    have `asked` for more seconds: it gets them, up to the longest pause of the schedule.
    """
    if failures > len(schedule):
        return None
    pause = schedule[failures - 1] * (1 + JITTER * chance)
    if asked is not None:
        pause = max(pause, min(asked, max(schedule)))
    return timedelta(seconds=pause)
