"""One call of each mutation on webhooks that is done as it is."""

from typing import Any

from app.events import cursors
from app.persistence.models import Event
from tests.api.calls import global_id
from tests.contract.webhook_rows import delivery, endpoint
from tests.world import LONG_AGO, World


async def webhook_calls(world: World) -> dict[str, tuple[Any, ...]]:
    """Who calls, with what, for what, and a change that makes it another call."""
    admin, partner = world.acme.as_admin(), world.acme.partner
    own = {"partner_id": partner.id, "status": "ENABLED", "created_at": LONG_AGO}
    first, second, going = (endpoint(name, **own) for name in ("first", "second", "going"))
    for row in (first, second, going):
        await row.save()
    event = await Event.create(
        partner=partner,
        type="PARTNER_CREATED",
        subject_id=partner.id,
        actor_role="SYSTEM",
        data={"name": partner.name, "slug": partner.slug, "type": partner.type},
        occurred_at=LONG_AGO,
    )
    dead, other = (delivery(row, event, LONG_AGO) for row in (first, second))
    for row in (dead, other):
        await row.save()
    this, another = {"endpointId": global_id(first)}, {"endpointId": global_id(second)}
    found = "webhookEndpoint { id status }"
    return {
        "createWebhookEndpoint": (
            admin,
            {"url": "https://hooks.example/new", "types": ["TIER_CHANGED"]},
            f"{found} secret",
            {"url": "https://hooks.example/other"},
        ),
        "updateWebhookEndpoint": (admin, {**this, "description": "New"}, found, another),
        "rotateWebhookSecret": (admin, this, f"{found} secret", another),
        "replayWebhook": (admin, {**this, "after": cursors.encode(0)}, found, another),
        "sendTestEvent": (admin, this, "webhookDelivery { id type }", another),
        "retryWebhookDelivery": (
            admin,
            {"deliveryId": global_id(dead)},
            "webhookDelivery { id status }",
            {"deliveryId": global_id(other)},
        ),
        "removeWebhookEndpoint": (admin, {"endpointId": global_id(going)}, found, this),
    }
