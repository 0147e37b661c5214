"""Plans, trials, subscriptions and their terms."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.auth.policy import Action
from app.auth.scope import Audience
from app.domain.money import Money as Amount
from app.domain.plans import (
    BillingInterval,
    Payer,
    PlanCode,
    SubscriptionStatus,
    WayIn,
)
from app.persistence import models
from app.reads.sources import Column, Order, Paging
from schema.connections import Connection
from schema.enums import described
from schema.fields import column, derived, one, page, reads
from schema.node import Node
from schema.scalars import CurrencyCode, DateTime, DecimalText

# Who sees what a partner pays.
ADMINS: frozenset[Audience] = frozenset({"vendor", "partner"})
# Who sees what a client pays: advisors deliver.
PAYERS: frozenset[Audience] = ADMINS | {"client_user"}

described(
    PlanCode,
    "What a client is licensed for, in upgrade order.",
    FREE="A limited plan, free of charge; takes no slot.",
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
    "Who is charged, fixed when the subscription starts.",
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


@strawberry.type(
    description="A period of a subscription that is charged in advance. It never changes."
)
@reads(models.SubscriptionTerm, Action.READ_BILLING)
class SubscriptionTerm(Node):
    """A charged term."""

    starts_at: DateTime = column("When it began.")
    ends_at: DateTime = column("When it ends and the next one begins.")
    payer: Payer = column("Who is charged for it.")
    plan: Plan = one("The plan.", "t.plan_id", "t.code")
    bracket: EmployeeBracket = one("The company size it is priced for.", "t.bracket_id", "t.code")
    interval: BillingInterval = column("The interval that the price is for.")
    full_price: Money = derived(
        "The price of a whole interval, by the price book in force when the term began.",
        money,
        *money_columns("t.full_amount_minor", "t.currency_code"),
    )
    days: int = column("The days of it that are charged.")
    full_days: int = column("The days that a whole interval has.")
    charge: Money = derived(
        "The charge: `fullPrice` times `days` of `fullDays`, rounded half to even.",
        money,
        *money_columns("t.amount_minor", "t.currency_code"),
    )


TERMS = Paging(
    orders={"STARTS_AT": Order("t.starts_at", "time")}, default="STARTS_AT", descending=True
)


@strawberry.type(
    description="A client's paid licence. Payer, size and price are those of the term that runs; "
    "each new term sets them again."
)
@reads(models.Subscription, Action.READ_CLIENTS)
class ClientSubscription(Node):
    """A client's paid licence."""

    plan: Plan = one("The plan it pays for.", "t.plan_id", "t.code")
    former_plan: Plan = one(
        "The plan that the client returns to when it ends.", "t.former_plan_id", "t.code"
    )
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
    renews_at: DateTime | None = column(
        "When its next term begins, the first one after a trial; null if it is cancelled.",
        sql="CASE WHEN t.ends_at IS NULL THEN t.due_at END",
        kind="time",
    )
    ends_at: DateTime | None = column(
        "When it ends, or ended, because it was cancelled; null if it was not, or if its client "
        "was archived."
    )
    cancelled_at: DateTime | None = column("When it was over; null while it is live.")
    terms: Connection[SubscriptionTerm] = page(
        "Its charged terms, newest first.", key="t.subscription_id", paging=TERMS
    )


@strawberry.type(description="The trial of a client; it has one at most.")
@reads(models.Trial, Action.READ_CLIENTS)
class Trial(Node):
    """A client's trial."""

    plan: Plan = one("The plan being tried.", "t.plan_id", "t.code")
    former_plan: Plan = one(
        "The plan to which it returns if cancelled in time.", "t.former_plan_id", "t.code"
    )
    started_at: DateTime = column("When it started.")
    ends_at: DateTime = column("When it ends and charging starts.")
