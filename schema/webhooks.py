"""Webhooks: endpoints, what was sent to them, and what they answered."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.auth.policy import Action
from app.domain.events import EventType
from app.domain.webhooks import WebhookDeliveryStatus, WebhookEndpointStatus
from app.persistence import models
from app.reads.sources import Fetch, Filter, Order, Paging, Wanted
from schema.connections import Connection
from schema.enums import described
from schema.events import Event
from schema.fields import column, computed, many, one, page, reads
from schema.node import Node, id_filter
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.partners import Partner

described(
    WebhookEndpointStatus,
    "Whether events are sent to an endpoint.",
    ENABLED="Events are sent to it.",
    DISABLED="Nothing is sent until it is enabled again; then it resumes where it stopped.",
    REMOVED="Nothing is sent any more.",
)
described(
    WebhookDeliveryStatus,
    "The delivery of one event to one endpoint.",
    PENDING="Will be tried, for the first time or again.",
    DELIVERED="The receiver answered 2xx.",
    DEAD="Every attempt failed, or the endpoint was removed; `retryWebhookDelivery` tries again.",
)


@strawberry.type(description="One attempt to deliver an event.")
@reads(models.WebhookAttempt, Action.READ_WEBHOOKS)
class WebhookAttempt(Node):
    """An attempt."""

    at: DateTime = column("When it ended, in real time.")
    status_code: int | None = column("The receiver's HTTP status; null if it did not answer.")
    error: str | None = column("Why it failed, for a person; null if it succeeded.")
    milliseconds: int = column("How long it took.")


@strawberry.type(description="One event for one webhook endpoint, with its attempts.")
@reads(models.WebhookDelivery, Action.READ_WEBHOOKS)
class WebhookDelivery(Node):
    """A delivery."""

    type: EventType = column("The type of the event.")
    status: WebhookDeliveryStatus = column("The outcome.")
    attempt_count: int = column(
        "The number of attempts in its schedule so far; a retry restarts the schedule.",
        sql="t.attempts",
        kind="int",
    )
    replay: int = column(
        "The replay that it belongs to, counted from 1; 0 for the first time.",
        sql="t.round",
        kind="int",
    )
    next_attempt_at: DateTime | None = column(
        "When it is tried next, in real time; null once it is settled."
    )
    created_at: DateTime = column("When it was made, in real time.")
    delivered_at: DateTime | None = column("When it was delivered; null if it was not.")
    endpoint: Annotated["WebhookEndpoint", strawberry.lazy("schema.webhooks")] = one(
        "Where it goes.", "t.endpoint_id"
    )
    event: Event = one(
        "The types of events that it receives; its id is the `webhook-id` of the request.",
        "t.event_id",
    )
    attempts: list[WebhookAttempt] = many(
        "The attempts, oldest first.", key="t.delivery_id", order="t.at, t.id"
    )


@strawberry.input(description="Conditions on deliveries; all that are set must match.")
class WebhookDeliveryFilter:
    """Conditions on deliveries."""

    status: list[WebhookDeliveryStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    type: list[EventType] | None = strawberry.field(
        default=None, description="Of events of one of these types."
    )


_DELIVERIES = Paging(
    orders={"CREATED_AT": Order("t.created_at", "time")},
    default="CREATED_AT",
    descending=True,
    filters={
        "status": Filter("t.status", many=True),
        "type": Filter("t.type", many=True),
    },
)


@strawberry.type(description="How many deliveries of an endpoint are in which state.")
class WebhookCounts:
    """Counts."""

    pending: int = strawberry.field(description="Will be tried, for the first time or again.")
    dead: int = strawberry.field(description="Dead.")


_NONE = {"pending": 0, "dead": 0}


async def _counts(fetch: Fetch, wanted: Wanted) -> Mapping[str, Any]:
    """Pending and dead deliveries, by endpoint."""
    rows = await fetch(
        models.WebhookDelivery,
        "SELECT t.endpoint_id AS key, t.status AS status, COUNT(*) AS quantity"
        " FROM webhook_delivery t WHERE t.endpoint_id{keys} AND {scope}"
        " AND t.status IN ('PENDING', 'DEAD') GROUP BY t.endpoint_id, t.status",
    )
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        of_endpoint = counts.setdefault(str(row["key"]), dict(_NONE))
        of_endpoint[row["status"].lower()] = row["quantity"]
    return counts


@strawberry.type(
    description="An https address that events are sent to. No field shows its secret: "
    "`createWebhookEndpoint` and `rotateWebhookSecret` do, once."
)
@reads(models.WebhookEndpoint, Action.READ_WEBHOOKS)
class WebhookEndpoint(Node):
    """An endpoint."""

    url: str = column("Where events are sent.")
    description: str = column("Its description; may be empty.")
    types: list[EventType] | None = column("The types of events it gets; null for all.")
    status: WebhookEndpointStatus = column("Whether events are sent to it.")
    created_at: DateTime = column("When it was created.")
    failing_since: DateTime | None = column(
        "Since when every attempt failed, in real time; null if the last one succeeded."
    )
    disabled_reason: str | None = column(
        "Why the service disabled it; null unless it did. Fix that, then enable it."
    )
    former_secret_until: DateTime | None = column(
        "Until when the secret before the present one signs too, in real time; null if there was "
        "none.",
        sql="t.former_until",
        kind="time",
    )
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] | None = one(
        "Its owner, whose events it receives; null for the vendor's own, which gets all.",
        "t.partner_id",
    )
    counts: WebhookCounts = computed("Deliveries by state.", _counts, missing=_NONE)
    deliveries: Connection[WebhookDelivery] = page(
        "Its deliveries, newest first.",
        key="t.endpoint_id",
        paging=_DELIVERIES,
        where=WebhookDeliveryFilter,
    )


@strawberry.input(description="Conditions on webhook endpoints; all that are set must match.")
class WebhookEndpointFilter:
    """Conditions on endpoints."""

    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this partner."
    )
    of_vendor: bool | None = strawberry.field(
        default=None, description="True: the vendor's own alone; false: all others."
    )
    status: list[WebhookEndpointStatus] | None = strawberry.field(
        default=None, description="In one of these states; removed ones are in no list."
    )


WEBHOOK_ENDPOINTS = Paging(
    orders={"CREATED_AT": Order("t.created_at", "time")},
    default="CREATED_AT",
    descending=True,
    where="t.status <> 'REMOVED'",
    filters={
        "partner_id": Filter("t.partner_id = {v}", convert=id_filter("Partner")),
        "of_vendor": Filter("(t.partner_id IS NULL) = {v}"),
        "status": Filter("t.status", many=True),
    },
)
