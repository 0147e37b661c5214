"""What a push writes: versions in their places, the log, the events. So many statements, always."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.auth.actor import Actor
from app.domain.content import GrantSource, PushOutcome
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.pushes import Place, PlaceKind
from app.events.outbox import new_event
from app.persistence.models import (
    ClientTemplate,
    ContentGrant,
    ContentItem,
    ContentPush,
    ContentPushEntry,
    ContentVersion,
    Event,
    TemplateItem,
)


async def write_push(
    actor: Actor, item: ContentItem, version: ContentVersion, places: Sequence[Place], now: datetime
) -> ContentPush:
    """Write a planned push inside the open unit of work."""
    push = await ContentPush.create(
        partner_id=item.partner_id,
        item_id=item.id,
        version_id=version.id,
        pushed_at=now,
        pushed_by=actor.user_id,
    )
    await _take_version(version.id, places, now)
    await _add_grants(item.id, version.id, places, now)
    await ContentPushEntry.bulk_create(_entry(push.id, place) for place in places)
    await Event.bulk_create(_events(actor, item, version, push.id, places, now))
    return push


async def _take_version(version_id: UUID, places: Sequence[Place], now: datetime) -> None:
    rows: dict[PlaceKind, list[UUID]] = {kind: [] for kind in PlaceKind}
    for place in places:
        if place.outcome is PushOutcome.UPDATED and place.row_id:
            rows[place.kind].append(place.row_id)
    if ids := rows[PlaceKind.ADOPTED_ITEM]:
        await ContentItem.filter(id__in=ids).update(adopted_version_id=version_id)
    if ids := rows[PlaceKind.TEMPLATE]:
        await TemplateItem.filter(id__in=ids).update(version_id=version_id)
        changed = [place.id for place in places if place.row_id in set(ids)]
        await ClientTemplate.filter(id__in=changed).update(updated_at=now)
    if ids := rows[PlaceKind.CLIENT]:
        await ContentGrant.filter(id__in=ids).update(version_id=version_id)


async def _add_grants(
    item_id: UUID, version_id: UUID, places: Sequence[Place], now: datetime
) -> None:
    await ContentGrant.bulk_create(
        ContentGrant(
            partner_id=place.partner_id,
            client_id=place.id,
            item_id=item_id,
            version_id=version_id,
            source=GrantSource.PUSH,
            granted_at=now,
        )
        for place in places
        if place.outcome is PushOutcome.ADDED
    )


def _entry(push_id: UUID, place: Place) -> ContentPushEntry:
    return ContentPushEntry(
        push_id=push_id,
        partner_id=place.partner_id,
        adopted_item_id=place.id if place.kind is PlaceKind.ADOPTED_ITEM else None,
        template_id=place.id if place.kind is PlaceKind.TEMPLATE else None,
        client_id=place.id if place.kind is PlaceKind.CLIENT else None,
        outcome=place.outcome,
        from_version_id=place.from_version_id,
    )


def _events(
    actor: Actor,
    item: ContentItem,
    version: ContentVersion,
    push_id: UUID,
    places: Sequence[Place],
    now: datetime,
) -> list[Event]:
    """One of the push, and one of each client or adopted item that it changed."""

    def told(of: Sequence[Place], client_id: UUID | None) -> Event:
        outcomes = [place.outcome for place in of]
        data = {
            "contentItemId": global_id("ContentItem", item.id),
            "title": item.title,
            "number": version.number,
            "updated": outcomes.count(PushOutcome.UPDATED),
            "added": outcomes.count(PushOutcome.ADDED),
            "locked": outcomes.count(PushOutcome.LOCKED),
        }
        return new_event(
            EventType.CONTENT_PUSHED,
            subject_id=push_id,
            partner_id=item.partner_id,
            client_id=client_id,
            actor=actor,
            at=now,
            data=data,
        )

    events = [told(places, None)]
    for place in places:
        if place.outcome not in (PushOutcome.UPDATED, PushOutcome.ADDED):
            continue
        if place.kind is PlaceKind.CLIENT:
            events.append(told([place], place.id))
        elif place.kind is PlaceKind.ADOPTED_ITEM:
            events.append(_adopted_event(actor, place, now))
    return events


def _adopted_event(actor: Actor, place: Place, now: datetime) -> Event:
    return new_event(
        EventType.CONTENT_ITEM_UPDATED,
        subject_id=place.id,
        partner_id=place.partner_id,
        actor=actor,
        at=now,
        data={"changed": ["adoptedVersion"]},
    )
