"""Helpers for tests of money: licences with their terms, and issued invoices made of plain rows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.invoices import InvoiceKind, InvoiceStatus, LineKind
from app.domain.plans import SubscriptionStatus
from app.domain.text import sort_key
from app.persistence.models import (
    BillingPolicy,
    Client,
    ContentSale,
    Invoice,
    InvoiceLine,
    InvoiceSection,
    Price,
    Subscription,
    SubscriptionTerm,
)
from app.services.income.recognition import recognise, take_back
from app.services.invoices.numbers import INVOICES, take_numbers
from app.services.partners.locking import lock_partner
from tests.world import LONG_AGO, Team, World

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
MONTH = timedelta(days=31)


async def set_policy(**changes: Any) -> BillingPolicy:
    """The billing policy: rates are locked when a contract starts, the cut of content is 15 %."""
    values: dict[str, Any] = {
        "effective_from": LONG_AGO,
        "advisor_fee_rule": "ANY_TIME",
        "rate_lock": "AT_CONTRACT_START",
        "content_cut": Decimal("0.15"),
        "payment_days": 30,
        "invitation_days": 14,
        "return_slot_on_archive": False,
    }
    values |= changes
    await BillingPolicy.filter(effective_from=values["effective_from"]).delete()
    return await BillingPolicy.create(**values)


async def another_client(team: Team, name: str) -> Client:
    """One more client of a team."""
    return await Client.create(
        partner=team.partner,
        name=name,
        name_key=sort_key(name),
        domain=f"{sort_key(name).replace(' ', '-')}.example",
        employee_count=42,
        bracket_id="11-50",
        size_source="COUNTED",
        status="ACTIVE",
        plan_id="FULL_FEATURE",
        created_by=team.admin.id,
        created_at=LONG_AGO,
    )


async def licence(team: Team, client: Client | None = None, **changes: Any) -> Subscription:
    """A client's running subscription: 200.00 USD a month from March on, paid by the partner."""
    price = await Price.get(
        price_book__currency_code="USD", bracket_id="11-50", interval="MONTH"
    ).select_related("price_book")
    values: dict[str, Any] = {
        "plan_id": "FULL_FEATURE",
        "bracket_id": "11-50",
        "price_id": price.id,
        "status": SubscriptionStatus.ACTIVE,
        "payer": "PARTNER",
        "interval": "MONTH",
        "currency_code": "USD",
        "amount_minor": 20_000,
        "started_at": MARCH,
        "billing_starts_at": changes.get("started_at", MARCH),
        "former_plan_id": "FREE",
        **changes,
    }
    return await Subscription.create(
        partner_id=team.partner.id, client_id=(client or team.client).id, **values
    )


async def term(subscription: Subscription, starts_at: datetime = MARCH, **changes: Any) -> Any:
    """A month of a subscription, charged in full at its price."""
    same = ("partner_id", "client_id", "payer", "plan_id", "bracket_id", "price_id", "interval")
    values: dict[str, Any] = {
        "ends_at": starts_at + MONTH,
        "currency_code": subscription.currency_code,
        "full_amount_minor": subscription.amount_minor,
        "days": 31,
        "full_days": 31,
        "amount_minor": subscription.amount_minor,
        "created_at": starts_at,
        **changes,
    }
    return await SubscriptionTerm.create(
        subscription_id=subscription.id,
        starts_at=starts_at,
        **{name: getattr(subscription, name) for name in same},
        **values,
    )


async def invoice_of(
    world: World, team: Team, charges: Sequence[SubscriptionTerm | ContentSale], **changes: Any
) -> tuple[Invoice, list[InvoiceLine]]:
    """An issued invoice of the partner with a section of its client and a line for each charge."""
    now = world.clock.now()
    total = sum(_amount(charge) for charge in charges)
    currency = charges[0].currency_code
    invoice = await Invoice.create(
        partner_id=team.partner.id,
        **{
            "status": InvoiceStatus.ISSUED,
            "number": (await take_numbers(INVOICES, 1))[0],
            "period": f"{now:%Y-%m}",
            "currency_code": currency,
            "subtotal_minor": total,
            "total_minor": total,
            "created_at": now,
            "issued_at": now,
            "due_at": now + timedelta(days=30),
            **changes,
        },
    )
    section = await _section(invoice, charges[0].client_id, total)
    lines = [await _line(invoice, section, place, charge) for place, charge in enumerate(charges)]
    return invoice, lines


async def _section(invoice: Invoice, client_id: Any, total: int) -> InvoiceSection:
    return await InvoiceSection.create(
        invoice_id=invoice.id,
        partner_id=invoice.partner_id,
        client_id=client_id,
        position=1,
        title="Client",
        subtotal_minor=total,
        currency_code=invoice.currency_code,
    )


def _amount(charge: SubscriptionTerm | ContentSale) -> int:
    return charge.amount_minor if isinstance(charge, SubscriptionTerm) else charge.price_minor


async def _line(invoice: Invoice, section: InvoiceSection, place: int, charge: Any) -> InvoiceLine:
    of_term = isinstance(charge, SubscriptionTerm)
    return await InvoiceLine.create(
        invoice_id=invoice.id,
        section_id=section.id,
        partner_id=invoice.partner_id,
        client_id=charge.client_id,
        position=place,
        kind=LineKind.SUBSCRIPTION if of_term else LineKind.CONTENT_SALE,
        description="A charge",
        quantity=1,
        unit_amount_minor=_amount(charge),
        amount_minor=_amount(charge),
        currency_code=invoice.currency_code,
        source_key=f"{'term' if of_term else 'sale'}:{charge.id}",
        subscription_term_id=charge.id if of_term else None,
        content_sale_id=None if of_term else charge.id,
    )


async def recognised(
    world: World, team: Team, *charges: SubscriptionTerm | ContentSale, **changes: Any
) -> tuple[Invoice, list[InvoiceLine]]:
    """An issued invoice with what issuing does to its partner's income."""
    caller = world.caller(world.as_vendor())

    async def unit() -> tuple[Invoice, list[InvoiceLine]]:
        await lock_partner(team.partner.id)
        invoice, lines = await invoice_of(world, team, charges, **changes)
        await recognise(caller, lines, world.clock.now())
        return invoice, lines

    return await world.database.transaction(unit)


async def credited(world: World, line: InvoiceLine, minor: int) -> InvoiceLine:
    """The line of a credit note that takes so much of a line back, with what it does to income."""
    caller, now = world.caller(world.as_vendor()), world.clock.now()

    async def unit() -> InvoiceLine:
        await lock_partner(line.partner_id)
        note = await Invoice.create(
            kind=InvoiceKind.CREDIT_NOTE,
            status=InvoiceStatus.ISSUED,
            number=(await take_numbers(INVOICES, 1))[0],
            partner_id=line.partner_id,
            period=f"{now:%Y-%m}",
            currency_code=line.currency_code,
            subtotal_minor=-minor,
            total_minor=-minor,
            created_at=now,
            issued_at=now,
            corrects_id=line.invoice_id,
            reason="Agreed",
        )
        made = await InvoiceLine.create(
            invoice_id=note.id,
            section_id=(await _section(note, line.client_id, -minor)).id,
            partner_id=line.partner_id,
            client_id=line.client_id,
            position=0,
            kind=LineKind.CREDIT,
            description="Credit",
            quantity=1,
            unit_amount_minor=-minor,
            amount_minor=-minor,
            currency_code=line.currency_code,
            credits_id=line.id,
        )
        await take_back(caller, note, [made], now)
        return made

    return await world.database.transaction(unit)
