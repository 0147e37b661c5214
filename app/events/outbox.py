"""The outbox: an event is written in the transaction of the change it tells of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.auth.actor import Actor
from app.domain.events import EventType
from app.persistence.models import Event


async def append(
    type: EventType,
    *,
    subject_id: UUID,
    actor: Actor,
    at: datetime,
    partner_id: UUID | None,
    client_id: UUID | None = None,
    data: Mapping[str, Any] | None = None,
) -> UUID:
    """Write one event inside the open unit of work; its id comes back.

    The relay gives it its place in the order after commit. `data` holds plain JSON values.
    """
    event = new_event(
        type,
        subject_id=subject_id,
        actor=actor,
        at=at,
        partner_id=partner_id,
        client_id=client_id,
        data=data,
    )
    await event.save()
    return event.id


def new_event(
    type: EventType,
    *,
    subject_id: UUID,
    actor: Actor,
    at: datetime,
    partner_id: UUID | None,
    client_id: UUID | None = None,
    data: Mapping[str, Any] | None = None,
) -> Event:
    """An event that is not written yet, for those who write many at once."""
    return Event(
        type=type,
        subject_id=subject_id,
        partner_id=partner_id,
        client_id=client_id,
        actor_role=actor.role,
        actor_id=actor.user_id or actor.api_key_id,
        data=dict(data or {}),
        occurred_at=at,
    )
