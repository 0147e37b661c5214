"""Billing runs, and what would be billed."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.auth.policy import Action
from app.domain.ids import global_id
from app.domain.invoices import LineKind
from app.domain.invoicing.charges import Charge
from app.domain.invoicing.layout import SheetSection
from app.domain.invoicing.taxes import sum_of
from app.persistence import models
from app.reads.sources import Order, Paging
from app.services.invoices.drafting import Priced
from schema.billing import Money, money
from schema.fields import column, reads
from schema.invoice_parts import LineExplanation, explanation
from schema.node import Node
from schema.scalars import CurrencyCode, DateTime, DecimalText


@strawberry.type(
    description="A billing of all partners for a period. It counts only what this run wrote."
)
@reads(models.BillingRun, Action.READ_REPORTS)
class BillingRun(Node):
    """A billing run."""

    period: str = column("The month that was billed, such as `2026-11`.")
    issues: bool = column("Whether it issued invoices, or left them as drafts.")
    started_at: DateTime = column("When it started.")
    completed_at: DateTime | None = column(
        "When all partners were billed; null while it runs, or if it was stopped: repeat the "
        "call to resume it."
    )
    partner_count: int = column("Partners for whom something was written.")
    invoice_count: int = column("Invoices that were drafted, changed or issued.")
    line_count: int = column("Lines on these.")


BILLING_RUNS = Paging(
    orders={"STARTED_AT": Order("t.started_at", "time")}, default="STARTED_AT", descending=True
)


@strawberry.type(description="A line that would be invoiced.")
class PreviewLine:
    """A line to be."""

    kind: LineKind = strawberry.field(description="What it would charge.")
    description: str = strawberry.field(description="A description of the charge, for people.")
    quantity: int = strawberry.field(description="How many.")
    unit_price: Money = strawberry.field(description="The price of one.")
    amount: Money = strawberry.field(description="The amount, before tax.")
    explanation: LineExplanation = strawberry.field(description="How the amount comes about.")


@strawberry.type(description="The part of a preview about the partner itself, or about a client.")
class PreviewSection:
    """A section to be."""

    title: str = strawberry.field(description="Whom it is about.")
    client_id: strawberry.ID | None = strawberry.field(
        description="The client; null for the partner's own."
    )
    subtotal: Money = strawberry.field(description="The sum of its lines, before tax.")
    lines: list[PreviewLine] = strawberry.field(description="Its lines.")


@strawberry.type(description="A tax that would be on an invoice.")
class PreviewTax:
    """A tax line to be."""

    label: str = strawberry.field(description="What it is called.")
    rate: DecimalText = strawberry.field(description='The part of the subtotal, such as `"0.19"`.')
    amount: Money = strawberry.field(description="The tax.")
    note: str | None = strawberry.field(description="Why there is none; null if there is.")


@strawberry.type(description="The expected invoice of a payer in one currency. Nothing is stored.")
class InvoicePreview:
    """An invoice to be."""

    period: str = strawberry.field(description="The month, such as `2026-11`.")
    payer_name: str = strawberry.field(description="Who would pay.")
    currency_code: CurrencyCode = strawberry.field(description="The currency of all amounts.")
    subtotal: Money = strawberry.field(description="The sum of its sections, before tax.")
    tax: Money = strawberry.field(description="The sum of its taxes.")
    total: Money = strawberry.field(description="Subtotal and tax.")
    sections: list[PreviewSection] = strawberry.field(description="Its sections, in order.")
    taxes: list[PreviewTax] = strawberry.field(description="Its tax lines.")


def preview(period: str, priced: Priced) -> Mapping[str, Any]:
    """What would be invoiced, as plain data of InvoicePreview."""
    sheet, tax = priced.sheet, sum_of(priced.taxes)
    code = sheet.currency
    return {
        "period": period,
        "payerName": priced.payer.name,
        "currencyCode": code,
        "subtotal": money(sheet.subtotal_minor, code),
        "tax": money(tax, code),
        "total": money(sheet.subtotal_minor + tax, code),
        "sections": [_section(section, code) for section in sheet.sections],
        "taxes": [
            {
                "label": each.label,
                "rate": f"{each.rate.normalize():f}",
                "amount": money(each.amount_minor, code),
                "note": each.note,
            }
            for each in priced.taxes
        ],
    }


def _section(section: SheetSection, code: str) -> Mapping[str, Any]:
    return {
        "title": section.title,
        "clientId": global_id("Client", section.client_id) if section.client_id else None,
        "subtotal": money(section.subtotal_minor, code),
        "lines": [_line(charge) for charge in section.charges],
    }


def _line(charge: Charge) -> Mapping[str, Any]:
    return {
        "kind": charge.kind,
        "description": charge.description,
        "quantity": charge.quantity,
        "unitPrice": money(charge.unit_minor, charge.currency),
        "amount": money(charge.amount_minor, charge.currency),
        "explanation": explanation(charge.explanation, charge.currency),
    }
