"""Invoices and credit notes: sections with lines, taxes, payments, and what is left to be paid."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.auth.policy import Action
from app.domain.invoices import InvoiceKind, InvoiceStatus, number_text
from app.domain.plans import Payer
from app.persistence import models
from app.reads.sources import Column, Filter, Order, Paging
from schema.billing import Money, money, money_columns
from schema.connections import OrderDirection
from schema.enums import described
from schema.fields import column, computed, derived, many, one, reads
from schema.invoice_documents import document_urls
from schema.invoice_lines import InvoiceSection
from schema.invoice_parts import (
    InvoiceParty,
    InvoiceTax,
    Payment,
    party,
)
from schema.node import Node, id_filter
from schema.scalars import CurrencyCode, DateTime

if TYPE_CHECKING:
    from schema.clients import Client
    from schema.partners import Partner

_PAYER = "CASE WHEN t.client_id IS NULL THEN 'PARTNER' ELSE 'CLIENT' END"


def _number_text(kind: str, number: int | None) -> str | None:
    return number_text(InvoiceKind(kind), number) if number is not None else None


def _balance(
    kind: str, status: str, total: int, paid: int, credited: int, currency: str
) -> Mapping[str, Any] | None:
    owed = kind == InvoiceKind.INVOICE and status in (InvoiceStatus.ISSUED, InvoiceStatus.DRAFT)
    return money(total - paid - credited if owed else 0, currency)


@strawberry.type(
    description="An invoice of one payer for a period, or a credit note. A partner that is a "
    "reseller gets one invoice with a section for each client; otherwise each client "
    "gets its own. A client's user sees its own client's."
)
@reads(models.Invoice, Action.READ_BILLING)
class Invoice(Node):
    """An invoice or a credit note."""

    kind: InvoiceKind = column("What it is.")
    status: InvoiceStatus = column("Its state.")
    number: int | None = column(
        "Its number among all invoices and credit notes, without gaps; null for a draft."
    )
    number_text: str | None = derived(
        "The number as people write it, such as `INV-000123` or `CN-000124`; null for a draft.",
        _number_text,
        Column("t.kind", "text"),
        Column("t.number", "int"),
    )
    period: str = column("The month that is billed, such as `2026-11`, in the vendor's time zone.")
    payer: Payer = column("Who pays.", sql=_PAYER, kind="text")
    currency_code: CurrencyCode = column("The currency of all of its amounts.")
    subtotal: Money = derived(
        "The sum of its sections, before tax.",
        money,
        *money_columns("t.subtotal_minor", "t.currency_code"),
    )
    tax: Money = derived(
        "The sum of its taxes.", money, *money_columns("t.tax_minor", "t.currency_code")
    )
    total: Money = derived(
        "Subtotal and tax.", money, *money_columns("t.total_minor", "t.currency_code")
    )
    paid: Money = derived(
        "The sum of its payments.", money, *money_columns("t.paid_minor", "t.currency_code")
    )
    credited: Money = derived(
        "The total of its credit notes, with tax.",
        money,
        *money_columns("t.credited_minor", "t.currency_code"),
    )
    balance: Money = derived(
        "What is still to be paid; zero for a void invoice and for a credit note.",
        _balance,
        Column("t.kind", "text"),
        Column("t.status", "text"),
        Column("t.total_minor", "int"),
        Column("t.paid_minor", "int"),
        Column("t.credited_minor", "int"),
        Column("t.currency_code", "text"),
    )
    seller: InvoiceParty | None = derived(
        "The vendor at the time of issue; null for a draft.",
        party,
        Column("t.seller", "json"),
    )
    buyer: InvoiceParty | None = derived(
        "The payer at the time of issue; null for a draft.",
        party,
        Column("t.buyer", "json"),
    )
    created_at: DateTime = column("When it was drafted.")
    issued_at: DateTime | None = column("When it was issued; null for a draft.")
    due_at: DateTime | None = column("Until when it is to be paid; null for drafts, credit notes.")
    paid_at: DateTime | None = column("When it became PAID; null before.")
    voided_at: DateTime | None = column("When it was voided; null if it was not.")
    reason: str | None = column("Why it was voided or, of a credit note, issued; null otherwise.")
    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner: the payer, or the payer's partner.", "t.partner_id"
    )
    client: Annotated["Client", strawberry.lazy("schema.clients")] | None = one(
        "The client that pays; null if the partner does.", "t.client_id"
    )
    sections: list[InvoiceSection] = many(
        "Its sections, in order.", key="t.invoice_id", order="t.position"
    )
    taxes: list[InvoiceTax] = many("Its tax lines.", key="t.invoice_id", order="t.label")
    payments: list[Payment] = many(
        "Its payments, oldest first.", key="t.invoice_id", order="t.received_at, t.id"
    )
    corrects: Annotated["Invoice", strawberry.lazy("schema.invoices")] | None = one(
        "The invoice that this credit note corrects; null for an invoice.", "t.corrects_id"
    )
    credit_notes: list[Annotated["Invoice", strawberry.lazy("schema.invoices")]] = many(
        "The credit notes that correct it, earliest first.",
        key="t.corrects_id",
        order="t.corrects_id, t.id",
    )
    pdf_url: str = computed(
        "The URL of the PDF, relative to the root of the service. It is signed and works without "
        "credentials for a short time (10 minutes by default).",
        document_urls("pdf"),
        missing="",
    )
    html_url: str = computed(
        "The same as a page of HTML.",
        document_urls("html"),
        missing="",
    )


class InvoiceOrderField(StrEnum):
    """What invoices can be ordered by."""

    CREATED_AT = "CREATED_AT"


described(
    InvoiceOrderField,
    "Orderings of invoices.",
    CREATED_AT="When they were drafted; credit notes, when they were issued.",
)


@strawberry.input(description="An ordering of invoices.")
class InvoiceOrder:
    """An ordering of invoices."""

    field: InvoiceOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="The direction."
    )


@strawberry.input(description="Conditions on invoices; all that are set must match.")
class InvoiceFilter:
    """Conditions on invoices."""

    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this partner and its clients."
    )
    client_id: strawberry.ID | None = strawberry.field(
        default=None, description="That this client pays itself."
    )
    payer: Payer | None = strawberry.field(default=None, description="That this side pays.")
    status: list[InvoiceStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    kind: InvoiceKind | None = strawberry.field(default=None, description="Of this kind.")
    period: str | None = strawberry.field(
        default=None, description="Of this month, such as `2026-11`."
    )


INVOICES = Paging(
    orders={"CREATED_AT": Order("t.created_at", "time")},
    default="CREATED_AT",
    descending=True,
    filters={
        "partner_id": Filter("t.partner_id = {v}", convert=id_filter("Partner")),
        "client_id": Filter("t.client_id = {v}", convert=id_filter("Client")),
        "payer": Filter(f"{_PAYER} = {{v}}"),
        "status": Filter("t.status", many=True),
        "kind": Filter("t.kind = {v}"),
        "period": Filter("t.period = {v}"),
    },
)
