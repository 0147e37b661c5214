"""Events of demo partners: added in any order, written in the order of time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from app.demo.bulk_insert import Row, Rows
from app.demo.ids import id_at
from app.domain.events import EventType
from app.persistence.models import Event


@dataclass(frozen=True, slots=True)
class EventActor:
    """The actor of an event: a person of the vendor or of a partner team; None: the service
    itself.
    """

    role: str
    id: UUID | None


class Timeline:
    """The events of one partner, or (None) of the vendor alone."""

    def __init__(self, partner_id: UUID | None) -> None:
        self._partner_id = partner_id
        self._told: list[tuple[datetime, Row]] = []

    def record(
        self,
        type: EventType,
        at: datetime,
        subject_id: UUID,
        actor: EventActor,
        # `data` may contain its own `type`.
        /,
        data: Mapping[str, Any],
        client_id: UUID | None = None,
    ) -> None:
        """Add an event. `data` is what the use case would put into it."""
        event = {
            "partner_id": self._partner_id,
            "client_id": client_id,
            "type": type,
            "subject_id": subject_id,
            "actor_role": actor.role,
            "actor_id": actor.id,
            "data": dict(data),
            "occurred_at": at,
        }
        self._told.append((at, event))

    def write(self, rows: Rows, random: Random) -> None:
        """Add the rows of the events, numbered within the partner, with ids in order of time."""
        self._told.sort(key=lambda fact: fact[0])
        for number, (at, event) in enumerate(self._told, start=1):
            rows.add(
                Event,
                id=id_at(at, random, number),
                partner_sequence=number if self._partner_id else None,
                **event,
            )
