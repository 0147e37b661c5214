"""Writing a credit note: a document of its own, with the sections and lines that it takes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.invoices import InvoiceKind, InvoiceStatus, LineKind, number_text
from app.domain.invoicing.credits import TaxCredit
from app.domain.money import Money
from app.persistence.models import Invoice, InvoiceLine, InvoiceSection, InvoiceTax
from app.services.invoices.numbers import INVOICES, take_numbers


@dataclass(frozen=True, slots=True)
class CreditNote:
    """Why, how much of each line (net), and the tax that goes with it; all above zero."""

    reason: str
    amounts: Mapping[UUID, int]
    taxes: Sequence[TaxCredit]

    @property
    def net_minor(self) -> int:
        """Before tax."""
        return sum(self.amounts.values())

    @property
    def tax_minor(self) -> int:
        """The tax that goes back."""
        return sum(tax.amount_minor for tax in self.taxes)

    @property
    def total_minor(self) -> int:
        """With tax."""
        return self.net_minor + self.tax_minor


async def write_credit_note(
    invoice: Invoice, note: CreditNote, now: datetime
) -> tuple[Invoice, list[InvoiceLine]]:
    """Write it, ISSUED, inside the open unit of work, with negative amounts; gives its rows."""
    [number] = await take_numbers(INVOICES, 1)
    written = await Invoice.create(
        kind=InvoiceKind.CREDIT_NOTE,
        status=InvoiceStatus.ISSUED,
        number=number,
        partner_id=invoice.partner_id,
        client_id=invoice.client_id,
        period=invoice.period,
        currency_code=invoice.currency_code,
        subtotal_minor=-note.net_minor,
        tax_minor=-note.tax_minor,
        total_minor=-note.total_minor,
        seller=invoice.seller,
        buyer=invoice.buyer,
        created_at=now,
        issued_at=now,
        corrects_id=invoice.id,
        reason=note.reason,
    )
    sections, lines = await _rows(invoice, written, note)
    await InvoiceSection.bulk_create(sections)
    await InvoiceLine.bulk_create(lines)
    await InvoiceTax.bulk_create(await _taxes(invoice, written, note))
    return written, lines


async def _rows(
    invoice: Invoice, written: Invoice, note: CreditNote
) -> tuple[list[InvoiceSection], list[InvoiceLine]]:
    originals = InvoiceLine.filter(invoice_id=invoice.id, id__in=list(note.amounts))
    sections: dict[UUID, InvoiceSection] = {}
    lines: list[InvoiceLine] = []
    for original in await originals.order_by("position").select_related("section"):
        section = sections.get(original.section_id)
        if section is None:
            section = _section(original.section, written)
            sections[original.section_id] = section
        line = _line(invoice, original, section, note, len(lines))
        section.subtotal_minor += line.amount_minor
        lines.append(line)
    return list(sections.values()), lines


def _section(original: InvoiceSection, written: Invoice) -> InvoiceSection:
    return InvoiceSection(
        **_of(written),
        client_id=original.client_id,
        position=original.position,
        title=original.title,
        subtotal_minor=0,
    )


def _line(
    invoice: Invoice,
    original: InvoiceLine,
    section: InvoiceSection,
    note: CreditNote,
    position: int,
) -> InvoiceLine:
    assert invoice.number is not None
    amount, currency = note.amounts[original.id], original.currency_code
    number = number_text(InvoiceKind.INVOICE, invoice.number)
    sentence = (
        f"{Money(amount, currency)} {currency} of {Money(original.amount_minor, currency)}"
        f" {currency} on {number} is taken back: {note.reason}"
    )
    return InvoiceLine(
        invoice_id=section.invoice_id,
        partner_id=section.partner_id,
        currency_code=currency,
        section_id=section.id,
        client_id=original.client_id,
        position=position,
        kind=LineKind.CREDIT,
        description=original.description,
        quantity=1,
        unit_amount_minor=-amount,
        amount_minor=-amount,
        explanation={"sentence": sentence},
        credits_id=original.id,
    )


async def _taxes(invoice: Invoice, written: Invoice, note: CreditNote) -> list[InvoiceTax]:
    back = {tax.label: tax for tax in note.taxes}
    return [
        InvoiceTax(
            **_of(written),
            country=tax.country,
            label=tax.label,
            rate=tax.rate,
            base_minor=-back[tax.label].base_minor,
            amount_minor=-back[tax.label].amount_minor,
            note=tax.note,
        )
        for tax in await InvoiceTax.filter(invoice_id=invoice.id).order_by("label")
    ]


def _of(written: Invoice) -> dict[str, Any]:
    return {
        "invoice_id": written.id,
        "partner_id": written.partner_id,
        "currency_code": written.currency_code,
    }
