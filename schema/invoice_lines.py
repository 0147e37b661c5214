"""The sections and lines of invoices."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.auth.policy import Action
from app.domain.invoices import LineKind
from app.persistence import models
from app.reads.sources import Column
from schema.activity import ActivityRecord
from schema.billing import Money, SubscriptionTerm, money, money_columns
from schema.fields import column, derived, many, one, reads
from schema.income import Accrual
from schema.invoice_parts import LineExplanation, explanation
from schema.node import Node

if TYPE_CHECKING:
    from schema.clients import Client
    from schema.content_delivery import ContentSale
    from schema.invoices import Invoice
    from schema.partners import Advisor
    from schema.slots import BundlePurchase


@strawberry.type(description="One charge of an invoice, with its explanation.")
@reads(models.InvoiceLine, Action.READ_BILLING)
class InvoiceLine(Node):
    """A line."""

    kind: LineKind = column("What it charges.")
    description: str = column("A description of the charge, for people.")
    quantity: int = column("How many.")
    unit_price: Money = derived(
        "The price of one, for a whole interval if it is a licence.",
        money,
        *money_columns("t.unit_amount_minor", "t.currency_code"),
    )
    amount: Money = derived(
        "The amount, before tax; below zero on a credit note.",
        money,
        *money_columns("t.amount_minor", "t.currency_code"),
    )
    explanation: LineExplanation = derived(
        "The explanation of the amount.",
        explanation,
        Column("t.explanation", "json"),
        Column("t.currency_code", "text"),
    )
    invoice: Annotated["Invoice", strawberry.lazy("schema.invoices")] = one(
        "The invoice or credit note that it is on.", "t.invoice_id"
    )
    client: Annotated["Client", strawberry.lazy("schema.clients")] | None = one(
        "The client that it is about; null if it is about the partner.", "t.client_id"
    )
    term: SubscriptionTerm | None = one(
        "The term of a licence that is charged, if it is one.", "t.subscription_term_id"
    )
    bundle_purchase: Annotated["BundlePurchase", strawberry.lazy("schema.slots")] | None = one(
        "The slots that are charged, if it is that. Null for client users.", "t.bundle_purchase_id"
    )
    content_sale: Annotated["ContentSale", strawberry.lazy("schema.content_delivery")] | None = one(
        "The sale that is charged, if it is one. Null for client users.", "t.content_sale_id"
    )
    advisor: Annotated["Advisor", strawberry.lazy("schema.partners")] | None = one(
        "The advisor whom a fee is for, if it is one.", "t.advisor_id"
    )
    activity_record: ActivityRecord | None = one(
        "The fact that the charge is for the partner's tiers, once the invoice is issued; null if "
        "it is none. Null for client users.",
        "t.activity_record_id",
    )
    accruals: list[Accrual] = many(
        "The partner's income from it or, on a credit note, the reversal. Empty for client users.",
        key="t.line_id",
        order="t.kind",
    )
    credits: Annotated["InvoiceLine", strawberry.lazy("schema.invoice_lines")] | None = one(
        "The line that it reverses; null unless on a credit note.", "t.credits_id"
    )
    credited_by: list[Annotated["InvoiceLine", strawberry.lazy("schema.invoice_lines")]] = many(
        "The lines of credit notes that reverse it, in full or in part.",
        key="t.credits_id",
        order="t.credits_id, t.id",
    )


@strawberry.type(
    description="The part of an invoice about the partner itself, or about one of its clients. "
    "Subtotals add up to the invoice's."
)
@reads(models.InvoiceSection, Action.READ_BILLING)
class InvoiceSection(Node):
    """A section."""

    position: int = column("Its place: 0 is the partner's own, clients follow by name.")
    title: str = column("Whom it is about: the name of then.")
    subtotal: Money = derived(
        "The sum of its lines, before tax.",
        money,
        *money_columns("t.subtotal_minor", "t.currency_code"),
    )
    client: Annotated["Client", strawberry.lazy("schema.clients")] | None = one(
        "The client; null for the partner's own.", "t.client_id"
    )
    lines: list[InvoiceLine] = many("Its lines.", key="t.section_id", order="t.position")
