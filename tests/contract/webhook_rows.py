"""Rows of a team's webhooks, hung on the first endpoint and its first delivery."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.persistence import models
from schema.node import encode
from tests.contract.rows import Rows, moment, of
from tests.world import Team, World


async def fill_webhooks(team: Team, rows: Rows, numbers: range) -> None:
    """Endpoints; of the first one many deliveries; of its first one many attempts."""
    slug = team.partner.slug
    await rows.add([endpoint(f"{slug} {i}", **of(team), created_at=moment(i)) for i in numbers])
    first = rows.of(models.WebhookEndpoint)[0]
    events = rows.of(models.Event)
    await rows.add([delivery(first, events[i], moment(i)) for i in numbers])
    tried = rows.of(models.WebhookDelivery)[0]
    await rows.add(
        [
            models.WebhookAttempt(
                **of(team),
                delivery_id=tried.id,
                at=moment(i),
                status_code=500,
                error=f"No {slug} {i}",
                milliseconds=i,
            )
            for i in numbers
        ]
    )


def endpoint(description: str, **values: Any) -> models.WebhookEndpoint:
    """An endpoint that is not sent to."""
    return models.WebhookEndpoint(
        **{
            "url": f"https://hooks.example/{description.replace(' ', '-')}",
            "description": description,
            "types": ["TIER_CHANGED"],
            "status": "DISABLED",
            "secret_version": UUID(int=1),
            "position": 0,
            **values,
        }
    )


def delivery(
    endpoint: models.WebhookEndpoint, event: models.Event, at: Any, **values: Any
) -> models.WebhookDelivery:
    """A delivery that was given up."""
    return models.WebhookDelivery(
        **{
            "endpoint_id": endpoint.id,
            "partner_id": endpoint.partner_id,
            "event_id": event.id,
            "type": event.type,
            "round": 0,
            "status": "DEAD",
            "attempts": 10,
            "created_at": at,
            **values,
        }
    )


async def webhook_scene(world: World, at: datetime) -> None:
    """An endpoint of the vendor with a delivery in each of two states, one of acme, one removed."""
    ours = endpoint("ours", created_at=at)
    theirs = endpoint("theirs", **of(world.acme), status="ENABLED", created_at=at)
    gone = endpoint("gone", **of(world.acme), status="REMOVED", created_at=at)
    await models.WebhookEndpoint.bulk_create([ours, theirs, gone])
    types = ["CLIENT_CREATED", "CLIENT_UPGRADED"]
    events = models.Event.filter(partner_id=world.acme.partner.id, type__in=types)
    first, second = await events.order_by("sequence")
    waiting = {"status": "PENDING", "next_attempt_at": at}
    await models.WebhookDelivery.bulk_create(
        [delivery(ours, first, at), delivery(ours, second, at, **waiting)]
    )


def webhook_cases(world: World) -> list[tuple[str, Any, list[str]]]:
    """Conditions on these."""
    partner = "EndpointFilter.partnerId"
    return [
        ("EndpointFilter.ofVendor", True, ["ours"]),
        ("EndpointFilter.ofVendor", False, ["theirs"]),
        (partner, encode("Partner", world.acme.partner.id), ["theirs"]),
        (partner, encode("Partner", world.rival.partner.id), []),
        ("EndpointFilter.status", ["ENABLED"], ["theirs"]),
        ("EndpointFilter.status", ["DISABLED", "REMOVED"], ["ours"]),
        ("DeliveryFilter.type", ["CLIENT_CREATED"], ["CLIENT_CREATED"]),
        ("DeliveryFilter.type", ["TIER_CHANGED"], []),
        ("DeliveryFilter.status", ["PENDING"], ["CLIENT_UPGRADED"]),
        ("DeliveryFilter.status", ["DELIVERED"], []),
    ]
