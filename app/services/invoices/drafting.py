"""Drafts: what is charged for a period and not issued yet, written down for each payer.

A draft follows from the charges alone: it is compared with what is kept and, if it differs, written
again under the same ids. So it does not matter how often or when it is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.invoices import InvoiceKind, InvoiceStatus
from app.domain.invoicing.layout import Sheet, sheets_of
from app.domain.invoicing.taxes import Tax, sum_of, tax_on
from app.persistence.models import (
    Client,
    Invoice,
    InvoiceLine,
    InvoiceSection,
    InvoiceTax,
    Partner,
)
from app.services.invoices.charges import charges_of
from app.services.invoices.draft_rows import (
    Draft,
    batches,
    delete_drafts,
    image,
    rows_of,
    tax_row,
    write_drafts,
)
from app.services.invoices.parties import Party, buyer, seller
from app.services.invoices.rules import BillingRules


@dataclass(frozen=True, slots=True)
class Priced:
    """A sheet, the payer of it, and the tax on it."""

    sheet: Sheet
    payer: Party
    taxes: list[Tax]


async def price_period(
    partner: Partner, period: str, now: datetime, rules: BillingRules
) -> list[Priced]:
    """What is charged for a period and not issued yet, for each payer and currency. Only reads."""
    found = await charges_of(partner, period, now, rules)
    sheets = sheets_of(found.charges, partner.name, found.client_names)
    payers = await _payers(partner, sheets)
    return [_priced(sheet, payers[sheet.payer_id], now, rules) for sheet in sheets]


async def draft_period(
    partner: Partner, period: str, now: datetime, rules: BillingRules
) -> list[Draft]:
    """Bring the drafts of a partner and its clients up to date, inside the open unit of work.

    The partner is locked, and its subscriptions are as of now. Gives all drafts of the period.
    """
    priced = await price_period(partner, period, now, rules)
    kept = await _kept(partner, period)
    drafts = [
        _draft(partner, period, each, kept.get((each.sheet.payer_id, each.sheet.currency)), now)
        for each in priced
    ]
    known = {draft.invoice.id for draft in kept.values()}
    await delete_drafts(known - {draft.invoice.id for draft in drafts})
    await write_drafts([draft for draft in drafts if draft.changed], known)
    return drafts


async def _payers(partner: Partner, sheets: Sequence[Sheet]) -> Mapping[UUID | None, Party]:
    ids = [sheet.payer_id for sheet in sheets if sheet.payer_id]
    payers: dict[UUID | None, Party] = {None: buyer(partner)}
    for some in batches(ids):
        payers |= {client.id: buyer(client) for client in await Client.filter(id__in=some)}
    return payers


def _priced(sheet: Sheet, payer: Party, now: datetime, rules: BillingRules) -> Priced:
    taxes = tax_on(
        sheet.subtotal_minor,
        rules.tax_terms(payer.country, now),
        tax_id=payer.tax_id,
        seller_country=seller(rules.vendor).country,
    )
    return Priced(sheet, payer, taxes)


async def _kept(partner: Partner, period: str) -> dict[tuple[UUID | None, str], Draft]:
    """The drafts there are, by payer and currency: there is one of each."""
    drafts_of = {"partner_id": partner.id, "period": period, "status": InvoiceStatus.DRAFT}
    of_drafts = {f"invoice__{name}": value for name, value in drafts_of.items()}
    nobody = Party("", {}, None)
    invoices = await Invoice.filter(**drafts_of)
    drafts = {each.id: Draft(each, nobody, [], [], []) for each in invoices}
    if not drafts:
        return {}
    for section in await InvoiceSection.filter(**of_drafts):
        drafts[section.invoice_id].sections.append(section)
    for line in await InvoiceLine.filter(**of_drafts).order_by("position"):
        drafts[line.invoice_id].lines.append(line)
    for tax in await InvoiceTax.filter(**of_drafts):
        drafts[tax.invoice_id].taxes.append(tax)
    return {(d.invoice.client_id, d.invoice.currency_code): d for d in drafts.values()}


def _draft(
    partner: Partner, period: str, priced: Priced, kept: Draft | None, now: datetime
) -> Draft:
    """The draft of a sheet, with the ids of the rows that are kept of it."""
    sheet, tax_minor = priced.sheet, sum_of(priced.taxes)
    invoice = (
        kept.invoice
        if kept
        else Invoice(
            kind=InvoiceKind.INVOICE,
            status=InvoiceStatus.DRAFT,
            partner_id=partner.id,
            client_id=sheet.payer_id,
            period=period,
            currency_code=sheet.currency,
            created_at=now,
        )
    )
    sections, lines = rows_of(invoice, sheet, kept)
    taxes = [tax_row(invoice, tax) for tax in priced.taxes]
    draft = Draft(invoice, priced.payer, sections, lines, taxes)
    draft.changed = kept is None or image(draft) != image(kept)
    if draft.changed:
        invoice.subtotal_minor, invoice.tax_minor = sheet.subtotal_minor, tax_minor
        invoice.total_minor = sheet.subtotal_minor + tax_minor
    elif kept:
        draft.taxes = kept.taxes
    return draft
