"""Helpers for tests of billing: runs, and what came of them, as plain values."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from app.domain.money import Money
from app.domain.plans import PlanCode
from app.persistence.models import (
    Advisor,
    Client,
    ContentItem,
    ContentSale,
    ContentVersion,
    Invoice,
    InvoiceLine,
    InvoiceSection,
    InvoiceTax,
    Partner,
    PriceBook,
    TaxRule,
    Vendor,
)
from app.services.clients.upgrade_client import upgrade_client
from app.services.invoices.billing import bill_partner
from app.services.invoices.credit_invoice import CreditInvoice, CreditLine
from app.services.invoices.issue_invoice import IssueInvoice, issue_invoice
from app.services.invoices.record_payment import RecordPayment, record_payment
from app.services.invoices.run_billing import RunBilling, planned, run_billing
from app.services.invoices.void_invoice import VoidInvoice
from tests.clients import add_item, add_version, created, to_plan
from tests.world import LONG_AGO, Team, World

FEE = 2_500


async def charge_advisors(fee: int | None = FEE) -> None:
    """Have every price book ask for a fee for each active advisor."""
    await PriceBook.all().update(advisor_fee_minor=fee)


async def subscribed(world: World, team: Team, name: str, **changes: Any) -> Client:
    """A new client with a licence that is charged from today: 200.00 USD a month."""
    domain = f"{name.lower()}.example"
    return await created(
        world, team, name=name, domain=domain, plan_code=PlanCode.FULL_FEATURE, **changes
    )


async def upgraded(world: World, team: Team, client: Client | None = None) -> None:
    """The client's first upgrade: a trial of 14 days."""
    call = to_plan(client or team.client, PlanCode.FULL_FEATURE)
    await upgrade_client(world.caller(team.as_admin()), call)


async def bill(world: World, period: str, issue: bool = False) -> None:
    """One run, as the vendor starts it."""
    call = RunBilling(str(uuid4()), period, issue)
    await run_billing(world.caller(world.as_vendor()), call)


async def bill_team(world: World, team: Team, period: str, issue: bool = False) -> None:
    """What a run does to one partner."""
    caller = world.caller(world.as_vendor())
    plan = await world.database.read(lambda: planned(period, world.clock.now(), issue))
    await world.database.transaction(lambda: bill_partner(caller, team.partner.id, plan))


async def issue(world: World, invoice: Invoice) -> Invoice:
    await issue_invoice(world.caller(world.as_vendor()), IssueInvoice(str(uuid4()), invoice.id))
    return await Invoice.get(id=invoice.id)


async def pay(world: World, invoice: Invoice, minor: int, reference: str = "T-1") -> None:
    await record_payment(world.caller(world.as_vendor()), payment(invoice, minor, reference))


def payment(invoice: Invoice, minor: int, reference: str = "T-1", **changes: Any) -> RecordPayment:
    values: dict[str, Any] = {
        "idempotency_key": str(uuid4()),
        "invoice_id": invoice.id,
        "kind": "BANK_TRANSFER",
        "reference": reference,
        "amount": Money(minor, invoice.currency_code),
    }
    return RecordPayment(**{**values, **changes})


def voiding(invoice: Invoice) -> VoidInvoice:
    return VoidInvoice(str(uuid4()), invoice.id, "Issued by mistake.")


def crediting(invoice: Invoice, *lines: tuple[InvoiceLine, int]) -> CreditInvoice:
    """So much of each of these lines; all that is left without any."""
    named = [CreditLine(line.id, Money(minor, line.currency_code)) for line, minor in lines]
    return CreditInvoice(str(uuid4()), invoice.id, "As agreed.", tuple(named) or None)


async def sold(
    world: World, team: Team, client: Client, payer: str, price: int = 10_000
) -> ContentSale:
    """Content that a team sold to its client, now: 15 % of it are the vendor's."""
    item: ContentItem = await add_item(team.library, f"Handbook {uuid4().hex[:6]}")
    version: ContentVersion = await add_version(item, 1)
    cut = round(price * Decimal("0.15"))
    return await ContentSale.create(
        partner_id=team.partner.id,
        client_id=client.id,
        item_id=item.id,
        version_id=version.id,
        currency_code="USD",
        price_minor=price,
        cut_rate=Decimal("0.15"),
        cut_minor=cut,
        revenue_minor=price - cut,
        payer=payer,
        sold_at=world.clock.now(),
    )


async def tax(country: str = "DE", rate: str = "0.19", note: str | None = None) -> None:
    """A tax on invoices to a country; the vendor is in Germany."""
    await Vendor.all().update(address={"lines": ["Hafen 1"], "country": "DE"})
    await TaxRule.filter(country=country).delete()
    await TaxRule.create(
        country=country,
        label=f"VAT {country}",
        rate=Decimal(rate),
        reverse_charge_note=note,
        effective_from=LONG_AGO,
    )


async def move_to(team: Team, country: str, tax_id: str | None = None) -> None:
    """Give a partner a billing address in a country."""
    address = {"lines": ["Rue 1"], "city": "Somewhere", "country": country}
    await Partner.filter(id=team.partner.id).update(billing_address=address, tax_id=tax_id)


async def invoices(**where: Any) -> list[Invoice]:
    return await Invoice.filter(**where).order_by("number", "created_at", "id")


async def lines(invoice: Invoice | None = None, **where: Any) -> list[InvoiceLine]:
    found = InvoiceLine.filter(**where)
    return await (found.filter(invoice_id=invoice.id) if invoice else found).order_by(
        "invoice_id", "position"
    )


async def layout(invoice: Invoice) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """An invoice as it reads: each section's title and subtotal, its lines by kind and amount."""
    sections = await InvoiceSection.filter(invoice_id=invoice.id).order_by("position")
    rows = await lines(invoice)
    return [
        (
            section.title,
            section.subtotal_minor,
            [(row.kind, row.amount_minor) for row in rows if row.section_id == section.id],
        )
        for section in sections
    ]


async def charged() -> set[tuple[str, int]]:
    """All that is charged, on whatever invoice: what and how much."""
    rows = await InvoiceLine.exclude(source_key=None)
    return {(str(row.source_key), row.amount_minor) for row in rows}


async def adds_up(found: Sequence[Invoice]) -> None:
    """Lines add up to sections, these and the taxes to totals, in every invoice."""
    for invoice in found:
        sections = await InvoiceSection.filter(invoice_id=invoice.id)
        rows = await lines(invoice)
        taxes = await InvoiceTax.filter(invoice_id=invoice.id)
        for section in sections:
            own = [row.amount_minor for row in rows if row.section_id == section.id]
            assert section.subtotal_minor == sum(own)
        assert invoice.subtotal_minor == sum(section.subtotal_minor for section in sections)
        assert invoice.tax_minor == sum(tax.amount_minor for tax in taxes)
        assert invoice.total_minor == invoice.subtotal_minor + invoice.tax_minor


async def activate(team: Team, name: str, at: datetime, until: datetime | None = None) -> UUID:
    """An advisor who is active from a moment on."""
    found = await Advisor.create(
        partner=team.partner,
        name=name,
        name_key=name.lower(),
        email=f"{name.lower()}@{team.partner.slug}.example",
        role="ADVISOR",
        status="REVOKED" if until else "ACTIVE",
        active_from=at,
        active_to=until,
        created_at=at,
    )
    return found.id
