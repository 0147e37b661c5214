"""Issuing: a draft gets its number and its day, and never changes again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.invoices import InvoiceKind, InvoiceStatus, number_text
from app.events.outbox import new_event
from app.persistence.models import Event, Invoice
from app.services.income.recognition import recognise
from app.services.invoices.draft_rows import UPDATED_AT_ONCE, Draft
from app.services.invoices.numbers import INVOICES, take_numbers
from app.services.invoices.parties import seller
from app.services.invoices.rules import BillingRules
from app.services.use_case import Caller

_ISSUED = ["status", "number", "seller", "buyer", "issued_at", "due_at", "paid_at"]


async def issue_drafts(
    caller: Caller, drafts: Sequence[Draft], now: datetime, rules: BillingRules
) -> None:
    """Issue drafts of one partner that were just brought up to date, in their order.

    Inside the open unit of work, with the partner locked. What they charge is recognised with it:
    the partner's income of it, and the facts that tier programs count. One that charges nothing is
    paid at once. Raises Refused with WRONG_STATE if the vendor's country is not known.
    """
    if not drafts:
        return
    require_seller(rules)
    for draft in drafts:
        _fill_in(draft, now, rules)
    # All at once, in one set of statements: they are of one partner.
    lines = [line for draft in drafts for line in draft.lines]
    await recognise(caller, lines, now)
    numbers = await take_numbers(INVOICES, len(drafts))
    for draft, number in zip(drafts, numbers, strict=True):
        draft.invoice.number = number
    issued = [draft.invoice for draft in drafts]
    await Invoice.bulk_update(issued, _ISSUED, batch_size=UPDATED_AT_ONCE)
    await Event.bulk_create([each for draft in drafts for each in _events(caller, draft, now)])


def require_seller(rules: BillingRules) -> None:
    """Raise Refused with WRONG_STATE if the vendor's country, which taxes go by, is not known."""
    if seller(rules.vendor).country is None:
        message = "Nothing can be issued yet: set the vendor's address by updateVendor first."
        raise refuse(ErrorCode.WRONG_STATE, message)


def _fill_in(draft: Draft, now: datetime, rules: BillingRules) -> None:
    invoice, nothing = draft.invoice, not draft.invoice.total_minor
    invoice.status = InvoiceStatus.PAID if nothing else InvoiceStatus.ISSUED
    invoice.seller, invoice.buyer = seller(rules.vendor).snapshot, draft.payer.snapshot
    invoice.issued_at = now
    invoice.due_at = now + timedelta(days=rules.policy_at(now).payment_days)
    invoice.paid_at = now if nothing else None


def _events(caller: Caller, draft: Draft, now: datetime) -> list[Event]:
    invoice = draft.invoice
    assert invoice.number is not None
    number = number_text(InvoiceKind.INVOICE, invoice.number)
    types = {EventType.INVOICE_ISSUED: {"number": number, "period": invoice.period}}
    if invoice.status == InvoiceStatus.PAID:
        types[EventType.INVOICE_PAID] = {"number": number}
    return [
        new_event(
            type,
            subject_id=invoice.id,
            partner_id=invoice.partner_id,
            client_id=invoice.client_id,
            actor=caller.actor,
            at=now,
            data=data,
        )
        for type, data in types.items()
    ]
