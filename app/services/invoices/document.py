"""The document of an invoice or a credit note: its rows as they appear on it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.documents.invoice import Correction, InvoiceDocument, Line, Section, TaxLine
from app.domain.invoices import InvoiceKind, InvoiceStatus, number_text
from app.persistence.models import (
    Client,
    Invoice,
    InvoiceLine,
    InvoiceSection,
    InvoiceTax,
    Partner,
    Vendor,
)
from app.services.invoices.parties import buyer, seller
from app.services.use_case import Caller
from app.services.visible import require


async def invoice_document(caller: Caller, invoice_id: UUID) -> InvoiceDocument:
    """The content of an invoice that the actor may see. Raises Refused with NOT_FOUND."""

    async def work() -> InvoiceDocument:
        return await document_of(await require(caller, Invoice, invoice_id, "id"))

    return await caller.database.read(work)


async def document_of(invoice: Invoice) -> InvoiceDocument:
    """The content of an invoice: its stored parties or, for a draft, the current ones."""
    vendor = await Vendor.all().get()
    zone = ZoneInfo(vendor.time_zone)
    kind = InvoiceKind(invoice.kind)
    return InvoiceDocument(
        kind=kind,
        status=InvoiceStatus(invoice.status),
        number=None if invoice.number is None else number_text(kind, invoice.number),
        period=date.fromisoformat(f"{invoice.period}-01"),
        currency=invoice.currency_code,
        issued_on=_day(invoice.issued_at, zone),
        due_on=_day(invoice.due_at, zone),
        seller=invoice.seller or seller(vendor).snapshot,
        buyer=invoice.buyer or await _payer(invoice),
        sections=await _sections(invoice),
        taxes=await _taxes(invoice),
        subtotal_minor=invoice.subtotal_minor,
        total_minor=invoice.total_minor,
        paid_minor=invoice.paid_minor,
        credited_minor=invoice.credited_minor,
        corrects=await _correction(invoice, zone),
        reason=invoice.reason or "",
    )


async def _payer(invoice: Invoice) -> Mapping[str, Any]:
    if invoice.client_id is None:
        return buyer(await Partner.get(id=invoice.partner_id)).snapshot
    return buyer(await Client.get(id=invoice.client_id)).snapshot


async def _sections(invoice: Invoice) -> list[Section]:
    lines: defaultdict[UUID, list[Line]] = defaultdict(list)
    for row in await InvoiceLine.filter(invoice_id=invoice.id).order_by("position"):
        line = Line(
            row.description,
            row.explanation.get("sentence", ""),
            row.quantity,
            row.unit_amount_minor,
            row.amount_minor,
        )
        lines[row.section_id].append(line)
    rows = await InvoiceSection.filter(invoice_id=invoice.id).order_by("position")
    return [Section(row.title, row.subtotal_minor, lines[row.id]) for row in rows]


async def _taxes(invoice: Invoice) -> list[TaxLine]:
    rows = await InvoiceTax.filter(invoice_id=invoice.id).order_by("label")
    return [
        TaxLine(row.label, row.rate, row.base_minor, row.amount_minor, row.note) for row in rows
    ]


async def _correction(invoice: Invoice, zone: ZoneInfo) -> Correction | None:
    if invoice.corrects_id is None:
        return None
    corrected = await Invoice.get(id=invoice.corrects_id)
    issued_on = _day(corrected.issued_at, zone)
    # Only what was issued is corrected.
    assert corrected.number is not None and issued_on is not None
    number = number_text(InvoiceKind(corrected.kind), corrected.number)
    return Correction(number, issued_on)


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None
