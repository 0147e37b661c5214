"""Void an invoice that was issued by mistake: its charges may be billed again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_line
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.domain.invoices import InvoiceKind, InvoiceStatus, number_text
from app.events.outbox import append
from app.persistence.models import Invoice, InvoiceLine
from app.services.income.recognition import unrecognise
from app.services.inputs import arguments
from app.services.invoices.locking import lock_invoice
from app.services.use_case import Caller, Done, perform

MAX_REASON = 300


@dataclass(frozen=True, slots=True)
class VoidInvoice:
    """The invoice, and why."""

    idempotency_key: str
    invoice_id: UUID
    reason: str


async def void_invoice(caller: Caller, input: VoidInvoice) -> Mapping[str, UUID]:
    """Void an issued invoice; gives the id `invoice`. The next run of its period bills it again.

    What partners earned by it is taken back. Raises Refused at `reason` with REQUIRED or TOO_LONG,
    at `invoiceId` with NOT_FOUND, or WRONG_STATE if it is not ISSUED, or something was paid or
    credited: then a credit note corrects it.
    """
    if problems := check_line(input.reason, "reason", longest=MAX_REASON):
        raise Refused(problems)

    async def work(now: datetime) -> Done:
        invoice = await lock_invoice(caller, input.invoice_id, InvoiceStatus.ISSUED)
        if invoice.paid_minor or invoice.credited_minor:
            raise refuse(
                ErrorCode.WRONG_STATE,
                "Something was paid or credited of this invoice. Credit what is left instead.",
                "invoiceId",
            )
        await unrecognise(caller, invoice, now)
        invoice.status, invoice.voided_at = InvoiceStatus.VOID, now
        invoice.reason = input.reason.strip()
        await invoice.save(update_fields=["status", "voided_at", "reason"])
        await InvoiceLine.filter(invoice_id=invoice.id).update(source_key=None)
        await _tell(caller, invoice, now)
        return Done(invoice.id, invoice.partner_id, {"invoice": invoice.id})

    return await perform(caller, "voidInvoice", input.idempotency_key, arguments(input), work)


async def _tell(caller: Caller, invoice: Invoice, now: datetime) -> None:
    assert invoice.number is not None
    await append(
        EventType.INVOICE_VOIDED,
        subject_id=invoice.id,
        partner_id=invoice.partner_id,
        client_id=invoice.client_id,
        actor=caller.actor,
        at=now,
        data={
            "number": number_text(InvoiceKind.INVOICE, invoice.number),
            "reason": invoice.reason,
        },
    )
