"""Assessment slots: bundles, what partners bought or were given, and the ledger."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.auth.policy import Action
from app.domain.plans import BundleSource, SlotEntryKind
from app.persistence import models
from app.reads.sources import Fetch, Order, Paging, Wanted
from schema.billing import ADMINS, Money, money, money_columns
from schema.enums import described
from schema.fields import column, derived, one, reads
from schema.node import Node
from schema.price_books import SlotBundle
from schema.scalars import DateTime

described(
    SlotEntryKind,
    "A kind of entry of the slot ledger.",
    INCLUDED="Slots included in the partner's agreement.",
    BOUGHT="Slots bought as a bundle.",
    RESERVED="Slots set aside.",
    CONSUMED="A slot that a client took.",
    RETURNED="A slot given back by the vendor's policy.",
)
described(
    BundleSource,
    "How a partner got a block of slots.",
    BOUGHT="Bought.",
    INCLUDED="Part of its agreement, at no charge.",
)


@strawberry.type(description="Slots that a partner bought, or that are included in its agreement.")
@reads(models.BundlePurchase, Action.READ_BILLING)
class BundlePurchase(Node):
    """A purchase."""

    source: BundleSource = column("How the partner got them.")
    bundle: SlotBundle | None = one(
        "The bundle; null for slots included in the agreement.", "t.bundle_id", "t.code"
    )
    quantity: int = column("How many bundles.")
    slots: int = column("How many slots that makes.")
    unit_price: Money | None = derived(
        "The price of one. For the vendor and the partner's admins; null for anyone else.",
        money,
        *money_columns("t.unit_amount_minor", "t.currency_code"),
        only=ADMINS,
    )
    charge: Money | None = derived(
        "The charge for all. For the vendor and the partner's admins; null for anyone else.",
        money,
        *money_columns("t.amount_minor", "t.currency_code"),
        only=ADMINS,
    )
    note: str = column("The text in the ledger; may be empty.")
    bought_at: DateTime = column("When.")


SLOT_PURCHASES = Paging(
    orders={"BOUGHT_AT": Order("t.bought_at", "time")}, default="BOUGHT_AT", descending=True
)


@strawberry.type(description="An entry of a partner's slot ledger. Entries are never changed.")
@reads(models.SlotEntry, Action.READ_PARTNERS)
class SlotEntry(Node):
    """An entry of the slot ledger."""

    kind: SlotEntryKind = column("What it is.")
    quantity: int = column("Slots gained (positive) or used (negative).")
    note: str = column("A description for people; may be empty.")
    created_at: DateTime = column("When it was written.")
    purchase: BundlePurchase | None = one(
        "The purchase of the slots; null for slots taken or returned.",
        "t.purchase_id",
    )


@strawberry.type(
    description="A partner's assessment slots. available = included + bought − reserved − consumed."
)
class SlotBalance:
    """The sums of the slot ledger."""

    included: int = strawberry.field(description="Included slots, and returned ones.")
    bought: int = strawberry.field(description="Bought in bundles.")
    reserved: int = strawberry.field(description="Set aside.")
    consumed: int = strawberry.field(description="Taken by clients.")
    available: int = strawberry.field(description="Left for new clients.")


NO_SLOTS = {"included": 0, "bought": 0, "reserved": 0, "consumed": 0, "available": 0}


async def slot_balances(fetch: Fetch, wanted: Wanted) -> Mapping[str, Any]:
    """The slot balance of each partner, by partner id."""
    rows = await fetch(
        models.SlotEntry,
        "SELECT t.partner_id AS key, t.kind AS kind, CAST(SUM(t.quantity) AS INTEGER) AS quantity"
        " FROM slot_entry t WHERE t.partner_id{keys} AND {scope} GROUP BY t.partner_id, t.kind",
    )
    balances: dict[str, dict[str, int]] = {}
    for row in rows:
        balance = balances.setdefault(str(row["key"]), dict(NO_SLOTS))
        balance["available"] += row["quantity"]
        kind = "included" if row["kind"] == "RETURNED" else row["kind"].lower()
        balance[kind] += abs(row["quantity"])
    return balances


SLOT_ENTRIES = Paging(
    orders={"CREATED_AT": Order("t.created_at", "time")}, default="CREATED_AT", descending=True
)
