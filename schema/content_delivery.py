"""How content comes to where it is used later on: pushes of versions, and sales."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from app.auth.policy import Action
from app.auth.scope import Audience
from app.domain.content import PushOutcome
from app.domain.plans import Payer
from app.domain.pushes import PlaceKind
from app.persistence import models
from app.reads.sources import Fetch, Order, Paging, Wanted
from schema.billing import Money, money, money_columns
from schema.connections import Connection
from schema.content import ContentItem, ContentVersion
from schema.enums import described
from schema.errors import UserError
from schema.fields import column, computed, derived, one, page, reads
from schema.node import Node
from schema.scalars import DateTime, DecimalText

if TYPE_CHECKING:
    from schema.clients import Client
    from schema.partners import Partner
    from schema.templates import ClientTemplate

# Who sees what is earned: advisors deliver, they are not paid by the sale.
_EARNERS: frozenset[Audience] = frozenset({"vendor", "partner"})

described(
    PushOutcome,
    "The outcome of a push for one place that uses the item.",
    UPDATED="It has the pushed version now instead of another.",
    ADDED="A client that did not have the item got it.",
    LOCKED="It stays at its version: it is locked.",
    UP_TO_DATE="It had the version already, or always has the latest.",
)
described(
    PlaceKind,
    "Where a content item is used.",
    ADOPTED_ITEM="In the library of a partner that adopted it.",
    TEMPLATE="In a client template.",
    CLIENT="By a client.",
)


@strawberry.type(description="The outcome of a push for one place that uses the item.")
@reads(models.ContentPushEntry, Action.READ_CONTENT)
class ContentPushEntry(Node):
    """A line of a push's log."""

    outcome: PushOutcome = column("The outcome.")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner that the place belongs to.", "t.partner_id"
    )
    adopted_item: ContentItem | None = one(
        "The adopted item, if that is the place.", "t.adopted_item_id"
    )
    template: Annotated["ClientTemplate", strawberry.lazy("schema.templates")] | None = one(
        "The client template, if that is the place.", "t.template_id"
    )
    client: Annotated["Client", strawberry.lazy("schema.clients")] | None = one(
        "The client, if that is the place.", "t.client_id"
    )
    from_version: ContentVersion | None = one(
        "The version that was there before; null if none, or always the latest.",
        "t.from_version_id",
    )


_ENTRIES = Paging(orders={"PARTNER": Order("t.partner_id", "uuid")}, default="PARTNER")


@strawberry.type(description="The number of places of a push by outcome.")
class PushCounts:
    """Numbers of entries by outcome."""

    updated: int = strawberry.field(description="Places that have the version now.")
    added: int = strawberry.field(description="Clients that got the item.")
    locked: int = strawberry.field(description="Places that were passed over: they are locked.")
    up_to_date: int = strawberry.field(description="Places where nothing was to be done.")


NO_PLACES = {"updated": 0, "added": 0, "locked": 0, "upToDate": 0}
# Their names in Python.
COUNTED = {
    PushOutcome.UPDATED: "updated",
    PushOutcome.ADDED: "added",
    PushOutcome.LOCKED: "locked",
    PushOutcome.UP_TO_DATE: "up_to_date",
}


async def _counts(fetch: Fetch, wanted: Wanted) -> Mapping[str, Any]:
    """The counts of each push, by its id."""
    rows = await fetch(
        models.ContentPushEntry,
        "SELECT t.push_id AS key, t.outcome AS outcome, COUNT(*) AS places"
        " FROM content_push_entry t WHERE t.push_id{keys} AND {scope}"
        " GROUP BY t.push_id, t.outcome",
    )
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        count = counts.setdefault(str(row["key"]), dict(NO_PLACES))
        count[to_camel_case(COUNTED[PushOutcome(row["outcome"])])] = row["places"]
    return counts


@strawberry.type(
    description="A push of a version to the places that use its item. The log is kept forever."
)
@reads(models.ContentPush, Action.READ_CONTENT)
class ContentPush(Node):
    """A push."""

    pushed_at: DateTime = column("When.")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] | None = one(
        "The partner that pushed; null for the vendor.", "t.partner_id"
    )
    item: ContentItem = one(
        "The item that is pushed: for a partner that pushes an adopted item, its own.",
        "t.item_id",
    )
    version: ContentVersion = one("The version that was pushed.", "t.version_id")
    counts: PushCounts = computed(
        "The number of places by outcome, limited to those that you may see.",
        _counts,
        missing=NO_PLACES,
    )
    entries: Connection[ContentPushEntry] = page(
        "Place by place, partner by partner.", key="t.push_id", paging=_ENTRIES
    )


@strawberry.type(description="The expected outcome of a push for one place that uses the item.")
class ContentPushPlace:
    """A line of a dry run."""

    kind: PlaceKind = strawberry.field(description="The kind of place.")
    id: strawberry.ID = strawberry.field(
        description="The id of the adopted item, the client template or the client."
    )
    name: str = strawberry.field(
        description="The name of the template or the client; of an adopted item, its partner's."
    )
    outcome: PushOutcome = strawberry.field(description="The expected outcome.")
    from_number: int | None = strawberry.field(
        description="The number of the version that is there; null for none, or always the latest."
    )


@strawberry.type(description="The expected result of `pushContent`. Nothing was written.")
class ContentPushPreview:
    """A dry run."""

    counts: PushCounts | None = strawberry.field(
        description="The number of places by expected outcome; null if the push would be refused."
    )
    places: list[ContentPushPlace] = strawberry.field(
        description="Place by place, in the order in which the log would have them."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why the push would be refused; empty if it would succeed."
    )


@strawberry.type(description="An item that a partner sold to a client.")
@reads(models.ContentSale, Action.READ_BILLING)
class ContentSale(Node):
    """A sale."""

    client: Annotated["Client", strawberry.lazy("schema.clients")] = one(
        "The client that bought it.", "t.client_id"
    )
    item: ContentItem = one("The item.", "t.item_id")
    version: ContentVersion = one("The version it was sold at.", "t.version_id")
    price: Money = derived(
        "The price: the vendor's cut plus the partner's revenue.",
        money,
        *money_columns("t.price_minor", "t.currency_code"),
    )
    payer: Payer = column("Who is charged, by the partner's billing model of that moment.")
    sold_at: DateTime = column("When.")
    cut_rate: DecimalText | None = column(
        "The vendor's part of the price by the policy of that moment, such as `0.15`. For the "
        "vendor and the partner's admins; null for anyone else.",
        only=_EARNERS,
    )
    cut: Money | None = derived(
        "The vendor's cut, rounded half to even. For the vendor and the partner's admins; null "
        "for anyone else.",
        money,
        *money_columns("t.cut_minor", "t.currency_code"),
        only=_EARNERS,
    )
    revenue: Money | None = derived(
        "The partner's revenue. For the vendor and the partner's admins; null for anyone else.",
        money,
        *money_columns("t.revenue_minor", "t.currency_code"),
        only=_EARNERS,
    )
