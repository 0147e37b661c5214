"""Correct an issued invoice by a credit note: in full, or some amounts of some lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_line
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.domain.invoices import InvoiceKind, InvoiceStatus, number_text
from app.domain.invoicing.credits import amounts_to_credit, taxes_to_credit
from app.domain.money import Money
from app.events.outbox import append
from app.persistence.models import Invoice
from app.services.income.recognition import take_back
from app.services.inputs import arguments
from app.services.invoices.credited import load_credited
from app.services.invoices.crediting import CreditNote, write_credit_note
from app.services.invoices.locking import left_to_pay, lock_invoice
from app.services.invoices.settlement import settle
from app.services.invoices.void_invoice import MAX_REASON
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class CreditLine:
    """So much of a line, before tax."""

    line_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class CreditInvoice:
    """The invoice, what of it (None: all that is left), and why."""

    idempotency_key: str
    invoice_id: UUID
    reason: str
    lines: tuple[CreditLine, ...] | None = None


async def credit_invoice(caller: Caller, input: CreditInvoice) -> Mapping[str, UUID]:
    """Issue a credit note; gives the ids `credit_note` and `invoice`.

    The tax goes back in proportion. Raises Refused at `reason` with REQUIRED or TOO_LONG; at
    `invoiceId` with NOT_FOUND, WRONG_STATE if it is not ISSUED, or AMOUNT_TOO_HIGH if more would go
    back than is unpaid: refunds are made elsewhere; and at the lines with NOT_FOUND, DUPLICATE,
    INVALID or AMOUNT_TOO_HIGH.
    """
    if problems := check_line(input.reason, "reason", longest=MAX_REASON):
        raise Refused(problems)

    async def work(now: datetime) -> Done:
        invoice = await lock_invoice(caller, input.invoice_id, InvoiceStatus.ISSUED)
        note = await _note(invoice, input)
        written, lines = await write_credit_note(invoice, note, now)
        await take_back(caller, written, lines, now)
        await _tell(caller, invoice, written, now)
        invoice.credited_minor += note.total_minor
        await settle(caller, invoice, now)
        done = {"credit_note": written.id, "invoice": invoice.id}
        return Done(invoice.id, invoice.partner_id, done)

    return await perform(caller, "creditInvoice", input.idempotency_key, arguments(input), work)


async def _note(invoice: Invoice, input: CreditInvoice) -> CreditNote:
    """What the credit note takes back. Raises Refused."""
    found = await load_credited(invoice)
    asked = _asked(invoice, input)
    amounts = amounts_to_credit(found.lines, asked, invoice.currency_code)
    if isinstance(amounts, list):
        raise Refused(amounts)
    net = sum(amounts.values())
    taxes = taxes_to_credit(net, found.net_credited_minor, invoice.subtotal_minor, found.taxes)
    note = CreditNote(input.reason.strip(), amounts, taxes)
    if not net:
        raise refuse(ErrorCode.WRONG_STATE, "Nothing is left to be credited.", "invoiceId")
    if note.total_minor > left_to_pay(invoice):
        left = f"{Money(left_to_pay(invoice), invoice.currency_code)} {invoice.currency_code}"
        raise refuse(
            ErrorCode.AMOUNT_TOO_HIGH,
            f"{left} of this invoice is unpaid, tax included. Credit that at most: what was paid"
            " is refunded outside of this service.",
            "invoiceId",
        )
    return note


def _asked(invoice: Invoice, input: CreditInvoice) -> dict[UUID, int] | None:
    if input.lines is None:
        return None
    if not input.lines:
        message = "Name the lines to credit, or leave them out to credit all that is left."
        raise refuse(ErrorCode.REQUIRED, message, "lines")
    problems, asked = [], {}
    for position, line in enumerate(input.lines):
        place = ("lines", str(position))
        if line.line_id in asked:
            message = "The line is named twice. Add the amounts up."
            problems.append(Problem(ErrorCode.DUPLICATE, message, (*place, "lineId")))
        if line.amount.currency != invoice.currency_code:
            message = f"The invoice is in {invoice.currency_code}. Give the amount in it."
            where = (*place, "amount", "currencyCode")
            problems.append(Problem(ErrorCode.INVALID, message, where))
        asked[line.line_id] = line.amount.amount_minor
    if problems:
        raise Refused(problems)
    return asked


async def _tell(caller: Caller, invoice: Invoice, written: Invoice, now: datetime) -> None:
    assert written.number is not None and invoice.number is not None
    await append(
        EventType.CREDIT_NOTE_ISSUED,
        subject_id=written.id,
        partner_id=invoice.partner_id,
        client_id=invoice.client_id,
        actor=caller.actor,
        at=now,
        data={
            "number": number_text(InvoiceKind.CREDIT_NOTE, written.number),
            "corrects": number_text(InvoiceKind.INVOICE, invoice.number),
            "reason": written.reason,
        },
    )
