"""Plans, prices, trials, slots and subscriptions."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.auth.policy import Action
from app.domain.money import Money as Amount
from app.domain.plans import (
    BillingInterval,
    Payer,
    PlanCode,
    SlotEntryKind,
    SubscriptionStatus,
    WayIn,
)
from app.persistence import models
from app.reads.sources import Column, Fetch, Order, Paging, Wanted
from schema.enums import described
from schema.fields import column, derived, one, reads
from schema.node import Node
from schema.scalars import CurrencyCode, DateTime, DecimalText

described(
    PlanCode,
    "What a client is licensed for, in upgrade order.",
    FREE="Limited, to take part at no cost; takes no slot.",
    ASSESSMENT_ONLY="For an initial maturity assessment; takes one of the partner's slots.",
    FULL_FEATURE="Everything; charged by company size.",
)
described(
    WayIn,
    "How a client comes to a plan; trial days may differ.",
    CREATE="By being created on it.",
    UPGRADE="By an upgrade from a lower plan.",
)
described(
    BillingInterval,
    "How often a subscription is charged.",
    MONTH="Each month, in advance.",
    YEAR="Each year, in advance.",
)
described(
    Payer,
    "Who is charged, kept from the day the subscription starts.",
    PARTNER="The partner: its billing model was RESELLER.",
    CLIENT="The client itself: the partner's billing model was NON_RESELLER.",
)
described(
    SubscriptionStatus,
    "The state of a subscription.",
    TRIALING="In its free trial; charging starts when it ends.",
    ACTIVE="Charged.",
    CANCELLED="Over; nothing more is charged.",
)
described(
    SlotEntryKind,
    "A kind of entry of the slot ledger.",
    INCLUDED="Slots that came with the partner's licence.",
    BOUGHT="Slots bought as a bundle.",
    RESERVED="Slots set aside.",
    CONSUMED="A slot that a client took.",
    RETURNED="A slot given back by the vendor's policy.",
)


@strawberry.type(description="An amount of money.")
class Money:
    """An amount of money; plain data `{amount, currencyCode}`."""

    amount: DecimalText = strawberry.field(
        description='Exact, with the decimals of the currency, such as `"129.00"`.'
    )
    currency_code: CurrencyCode = strawberry.field(description="ISO 4217.")


def money(minor: int | None, currency: str | None) -> Mapping[str, Any] | None:
    """Minor units and a currency as plain data of the type Money."""
    if minor is None or currency is None:
        return None
    return {"amount": str(Amount(minor, currency).decimal), "currencyCode": currency}


def money_columns(minor: str, currency: str) -> tuple[Column, Column]:
    """The two columns that `money` is made from."""
    return Column(minor, "int"), Column(currency, "text")


@strawberry.type(description="What a client can be licensed for.")
@reads(models.Plan)
class Plan(Node):
    """A plan."""

    code: PlanCode = column("The plan's code.")
    name: str = column("The plan's name for people.")
    description: str = column("What it is for.")
    rank: int = column("Its place in the upgrade order, from 0.")
    takes_slot: bool = column("Whether a client on it takes one of the partner's slots.")
    starts_subscription: bool = column("Whether a client on it has a paid subscription.")


@strawberry.type(
    description="A company size: employees from `minEmployees` up to, not including, "
    "`maxEmployees`."
)
@reads(models.EmployeeBracket)
class EmployeeBracket(Node):
    """A company size."""

    code: strawberry.ID = column("The bracket's code, such as `11-50`.")
    label: str = column("For people, such as `11–50`.")
    min_employees: int = column("The smallest company in it.")
    max_employees: int | None = column("The smallest company above it; null for no upper end.")


@strawberry.type(description="A client's paid licence. Payer and price stay as they were at start.")
@reads(models.Subscription, Action.READ_CLIENTS)
class ClientSubscription(Node):
    """A client's paid licence."""

    plan: Plan = one("The plan it pays for.", "t.plan_id", "t.code")
    # A trial ends by time alone: no row changes at that moment.
    status: SubscriptionStatus = column(
        "Its state at this moment.",
        sql="CASE WHEN t.status = 'TRIALING' AND t.billing_starts_at <= :now THEN 'ACTIVE' "
        "ELSE t.status END",
        kind="text",
    )
    payer: Payer = column("Who is charged.")
    interval: BillingInterval = column("How often it is charged.")
    bracket: EmployeeBracket = one("The company size it is priced for.", "t.bracket_id", "t.code")
    price: Money = derived(
        "The charge for one interval.", money, *money_columns("t.amount_minor", "t.currency_code")
    )
    started_at: DateTime = column("When it started, trial included.")
    billing_starts_at: DateTime = column("From when it is charged: the end of the trial.")
    cancelled_at: DateTime | None = column("When it was cancelled; null while it is live.")


@strawberry.type(description="The one trial a client may ever have.")
@reads(models.Trial, Action.READ_CLIENTS)
class Trial(Node):
    """A client's trial."""

    plan: Plan = one("The plan being tried.", "t.plan_id", "t.code")
    former_plan: Plan = one(
        "The plan it goes back to if cancelled in time.", "t.former_plan_id", "t.code"
    )
    started_at: DateTime = column("When it started.")
    ends_at: DateTime = column("When it ends and charging starts.")


@strawberry.type(description="An entry of a partner's slot ledger. Entries are never changed.")
@reads(models.SlotEntry, Action.READ_PARTNERS)
class SlotEntry(Node):
    """An entry of the slot ledger."""

    kind: SlotEntryKind = column("What it is.")
    quantity: int = column("Slots gained (positive) or used (negative).")
    note: str = column("What the entry says for people; may be empty.")
    created_at: DateTime = column("When it was written.")


@strawberry.type(
    description="A partner's assessment slots. available = included + bought − reserved − consumed."
)
class SlotBalance:
    """The sums of the slot ledger."""

    included: int = strawberry.field(description="Came with the licence, returned ones as well.")
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
