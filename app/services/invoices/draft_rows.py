"""The rows of a draft, as a sheet says they are to be, and writing them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from app.domain.ids import new_id
from app.domain.invoices import LineKind
from app.domain.invoicing.charges import Charge
from app.domain.invoicing.layout import Sheet
from app.domain.invoicing.taxes import Tax
from app.persistence.models import Invoice, InvoiceLine, InvoiceSection, InvoiceTax
from app.persistence.models.base import Record
from app.services.invoices.parties import Party

# A statement may name some 32,000 values; an update of many rows names each value twice, and looks
# for each row through all of them.
NAMED_AT_ONCE, UPDATED_AT_ONCE = 5_000, 100
_SOURCES = {
    LineKind.SUBSCRIPTION: "subscription_term_id",
    LineKind.ADVISOR_FEE: "advisor_id",
    LineKind.BUNDLE: "bundle_purchase_id",
    LineKind.CONTENT_SALE: "content_sale_id",
}


@dataclass(slots=True)
class Draft:
    """A draft with all of its rows; `changed` if they are not yet, or no longer, those kept."""

    invoice: Invoice
    payer: Party
    sections: list[InvoiceSection]
    lines: list[InvoiceLine]
    taxes: list[InvoiceTax]
    changed: bool = True


def rows_of(
    invoice: Invoice, sheet: Sheet, kept: Draft | None
) -> tuple[list[InvoiceSection], list[InvoiceLine]]:
    """The sections and lines of a sheet, with the ids of those that are kept for the same."""
    section_ids = {row.client_id: row.id for row in kept.sections} if kept else {}
    line_ids = {row.source_key: row.id for row in kept.lines} if kept else {}
    sections: list[InvoiceSection] = []
    lines: list[InvoiceLine] = []
    for each in sheet.sections:
        section = InvoiceSection(
            id=section_ids.get(each.client_id) or new_id(),
            **_of(invoice),
            client_id=each.client_id,
            position=each.position,
            title=each.title,
            subtotal_minor=each.subtotal_minor,
        )
        sections.append(section)
        for charge in each.charges:
            id = line_ids.get(charge.key) or new_id()
            lines.append(_line(id, section, charge, len(lines)))
    return sections, lines


def _line(id: UUID, section: InvoiceSection, charge: Charge, position: int) -> InvoiceLine:
    return InvoiceLine(
        id=id,
        invoice_id=section.invoice_id,
        section_id=section.id,
        partner_id=section.partner_id,
        client_id=charge.client_id,
        position=position,
        kind=charge.kind,
        description=charge.description[:300],
        quantity=charge.quantity,
        unit_amount_minor=charge.unit_minor,
        amount_minor=charge.amount_minor,
        currency_code=charge.currency,
        source_key=charge.key,
        explanation=dict(charge.explanation),
        **{_SOURCES[charge.kind]: charge.source_id},
    )


def tax_row(invoice: Invoice, tax: Tax) -> InvoiceTax:
    """A tax line."""
    return InvoiceTax(
        **_of(invoice),
        country=tax.country,
        label=tax.label,
        rate=tax.rate,
        base_minor=tax.base_minor,
        amount_minor=tax.amount_minor,
        note=tax.note,
    )


def _of(invoice: Invoice) -> dict[str, Any]:
    return {
        "invoice_id": invoice.id,
        "partner_id": invoice.partner_id,
        "currency_code": invoice.currency_code,
    }


def image(draft: Draft) -> list[tuple[Any, ...]]:
    """What two drafts are compared by."""
    found: list[tuple[Any, ...]] = [
        (line.source_key, line.section_id, line.amount_minor, line.description, line.explanation)
        for line in draft.lines
    ]
    found += sorted((s.position, s.title, s.subtotal_minor) for s in draft.sections)
    return found + [(t.label, t.rate, t.base_minor, t.amount_minor, t.note) for t in draft.taxes]


def batches(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    """Ids, as many at a time as a statement may well name."""
    waiting = iter(ids)
    while some := list(islice(waiting, NAMED_AT_ONCE)):
        yield some


async def delete_drafts(ids: Collection[UUID]) -> None:
    """Delete drafts on which nothing is left to be charged."""
    await _empty(ids)
    for some in batches(ids):
        await Invoice.filter(id__in=some).delete()


async def write_drafts(drafts: Sequence[Draft], known: Collection[UUID]) -> None:
    """Write new drafts, and those that are `known` again."""
    former = [draft.invoice for draft in drafts if draft.invoice.id in known]
    await _empty([invoice.id for invoice in former])
    if former:
        totals = ["subtotal_minor", "tax_minor", "total_minor"]
        await Invoice.bulk_update(former, totals, batch_size=UPDATED_AT_ONCE)
    await _add(Invoice, (draft.invoice for draft in drafts if draft.invoice.id not in known))
    await _add(InvoiceSection, (row for draft in drafts for row in draft.sections))
    await _add(InvoiceLine, (row for draft in drafts for row in draft.lines))
    await _add(InvoiceTax, (row for draft in drafts for row in draft.taxes))


async def _empty(ids: Collection[UUID]) -> None:
    for some in batches(ids):
        for model in (InvoiceTax, InvoiceLine, InvoiceSection):
            await model.filter(invoice_id__in=some).delete()


async def _add(model: type[Record], rows: Iterable[Any]) -> None:
    if found := list(rows):
        await model.bulk_create(found, batch_size=500)
