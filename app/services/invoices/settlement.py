"""An invoice is PAID once payments and credit notes add up to its total."""

from datetime import datetime

from app.domain.events import EventType
from app.domain.invoices import InvoiceKind, InvoiceStatus, number_text
from app.events.outbox import append
from app.persistence.models import Invoice
from app.services.invoices.locking import left_to_pay
from app.services.use_case import Caller


async def settle(caller: Caller, invoice: Invoice, now: datetime) -> None:
    """Keep what was paid and credited, inside the open unit of work, and tell if that is all."""
    paid = not left_to_pay(invoice)
    if paid:
        invoice.status, invoice.paid_at = InvoiceStatus.PAID, now
    await invoice.save(update_fields=["paid_minor", "credited_minor", "status", "paid_at"])
    if paid and invoice.number is not None:
        await append(
            EventType.INVOICE_PAID,
            subject_id=invoice.id,
            partner_id=invoice.partner_id,
            client_id=invoice.client_id,
            actor=caller.actor,
            at=now,
            data={"number": number_text(InvoiceKind.INVOICE, invoice.number)},
        )
