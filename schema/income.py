"""What partners earn: accruals, and the statements that pay them out."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.auth.policy import Action
from app.domain.income import (
    AccrualKind,
    AccrualStatus,
    RateSource,
    StatementStatus,
    statement_text,
)
from app.persistence import models
from app.reads.sources import Column, Filter, Order, Paging
from schema.billing import Money, money, money_columns
from schema.connections import Connection
from schema.enums import described
from schema.fields import column, derived, many, one, page, reads
from schema.node import Node, id_filter
from schema.scalars import CurrencyCode, DateTime, DecimalText

if TYPE_CHECKING:
    from schema.clients import Client
    from schema.invoice_lines import InvoiceLine
    from schema.partners import Partner

described(
    AccrualKind,
    "A kind of income.",
    REFERRAL="Its share of the subscription charges of a client, whoever pays.",
    CONTENT_REVENUE="The price of its own content that a client paid, less the vendor's cut.",
)
described(
    AccrualStatus,
    "The state of what was earned.",
    PENDING="Earned; the vendor has not approved it yet.",
    APPROVED="Approved: it is on a statement, or will be on the next one.",
    PAID="Paid out with its statement.",
    REVERSED="The whole charge was credited or voided before it was on a statement.",
)
described(
    RateSource,
    "The source of the rate of a share.",
    OVERRIDE="It was agreed with the partner.",
    TIER="It is a benefit of the partner's tier.",
    SALE="It is what the vendor's cut leaves of a content sale.",
)
described(
    StatementStatus,
    "The state of a statement.",
    ISSUED="Made; not paid out yet.",
    PAID="Paid out.",
)


@strawberry.type(
    description="A partner's share of one charge. `amount` is `base` times `rate`, rounded half "
    "to even; a reversal, made with a credit note, leaves the rate of the remaining "
    "charge."
)
@reads(models.Accrual, Action.READ_BILLING)
class Accrual(Node):
    """What was earned by one line of an invoice."""

    kind: AccrualKind = column("What the income is from.")
    status: AccrualStatus = column("Its state.")
    base: Money = derived(
        "The charge that it is a share of, without tax; below zero for a reversal.",
        money,
        *money_columns("t.base_minor", "t.currency_code"),
    )
    rate: DecimalText = column('The share, such as `"0.25"`.')
    amount: Money = derived(
        "The income; not above zero for a reversal.",
        money,
        *money_columns("t.amount_minor", "t.currency_code"),
    )
    rate_source: RateSource = column("The source of the rate.")
    program_key: str | None = column(
        "The program of the tier that sets the rate; null if it is no benefit."
    )
    tier_key: str | None = column(
        "The tier that sets the rate, at the time when the rate was fixed; null if it is no "
        "benefit."
    )
    accrued_at: DateTime = column("When the invoice, or credit note, was issued.")
    approved_at: DateTime | None = column("When it was approved; null before.")
    paid_at: DateTime | None = column("When it was paid out; null before.")
    reversed_at: DateTime | None = column("When it was reversed as a whole; null if it was not.")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner that earns it.", "t.partner_id"
    )
    client: Annotated["Client", strawberry.lazy("schema.clients")] = one(
        "The client that the charge is for.", "t.client_id"
    )
    line: Annotated["InvoiceLine", strawberry.lazy("schema.invoice_lines")] | None = one(
        "The line of the invoice, or of the credit note. Its `activityRecord` is what the charge "
        "counts for the partner's tiers.",
        "t.line_id",
    )
    statement: Annotated["Statement", strawberry.lazy("schema.income")] | None = one(
        "The statement that it is on; null if it is on none yet.", "t.statement_id"
    )
    reverses: Annotated["Accrual", strawberry.lazy("schema.income")] | None = one(
        "The accrual that it reverses; null if it is earned itself.", "t.reverses_id"
    )
    reversals: list[Annotated["Accrual", strawberry.lazy("schema.income")]] = many(
        "The accruals that reverse it, oldest first.",
        key="t.reverses_id",
        order="t.reverses_id, t.accrued_at, t.id",
    )


@strawberry.input(description="Conditions on accruals; all that are set must match.")
class AccrualFilter:
    """Conditions on accruals."""

    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Earned by this partner."
    )
    client_id: strawberry.ID | None = strawberry.field(
        default=None, description="By charges for this client."
    )
    kind: list[AccrualKind] | None = strawberry.field(
        default=None, description="Of one of these kinds."
    )
    status: list[AccrualStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    currency: CurrencyCode | None = strawberry.field(default=None, description="In this currency.")
    accrued_after: DateTime | None = strawberry.field(
        default=None, description="Earned at this moment or later."
    )
    accrued_before: DateTime | None = strawberry.field(
        default=None, description="Earned before this moment."
    )


ACCRUALS = Paging(
    orders={"ACCRUED_AT": Order("t.accrued_at", "time")},
    default="ACCRUED_AT",
    descending=True,
    filters={
        "partner_id": Filter("t.partner_id = {v}", convert=id_filter("Partner")),
        "client_id": Filter("t.client_id = {v}", convert=id_filter("Client")),
        "kind": Filter("t.kind", many=True),
        "status": Filter("t.status", many=True),
        "currency": Filter("t.currency_code = {v}"),
        "accrued_after": Filter("t.accrued_at >= {v}"),
        "accrued_before": Filter("t.accrued_at < {v}"),
    },
)


@strawberry.type(description="A payout to a partner, in one currency.")
@reads(models.Statement, Action.READ_BILLING)
class Statement(Node):
    """A statement of income."""

    number: str = derived(
        "Its number for people, such as `ST-000001`: among all statements of the vendor, without "
        "gaps.",
        statement_text,
        Column("t.number", "int"),
    )
    status: StatementStatus = column("Its state.")
    total: Money = derived(
        "The amount: the sum of its accruals.",
        money,
        *money_columns("t.total_minor", "t.currency_code"),
    )
    created_at: DateTime = column("When it was created.")
    paid_at: DateTime | None = column("When it was paid out; null before.")
    reference: str | None = column("Of the payout, such as the bank's; null before.")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner that is paid.", "t.partner_id"
    )
    accruals: Connection[Accrual] = page(
        "Its accruals, newest first.",
        key="t.statement_id",
        paging=ACCRUALS,
        where=AccrualFilter,
    )


@strawberry.input(description="Conditions on statements; all that are set must match.")
class StatementFilter:
    """Conditions on statements."""

    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this partner."
    )
    status: list[StatementStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    currency: CurrencyCode | None = strawberry.field(default=None, description="In this currency.")


STATEMENTS = Paging(
    orders={"CREATED_AT": Order("t.created_at", "time")},
    default="CREATED_AT",
    descending=True,
    filters={
        "partner_id": Filter("t.partner_id = {v}", convert=id_filter("Partner")),
        "status": Filter("t.status", many=True),
        "currency": Filter("t.currency_code = {v}"),
    },
)
