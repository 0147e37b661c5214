"""The invoice that a use case is about: found for the actor, and locked."""

from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.invoices import InvoiceKind, InvoiceStatus
from app.persistence.models import Invoice
from app.services.partners.locking import lock_partner
from app.services.use_case import Caller
from app.services.visible import require


async def lock_invoice(caller: Caller, invoice_id: UUID, *states: InvoiceStatus) -> Invoice:
    """An invoice in one of these states, as it is now, with its partner locked.

    Raises Refused at `invoiceId` with NOT_FOUND, and with WRONG_STATE for another state or a credit
    note.
    """
    seen = await require(caller, Invoice, invoice_id, "invoiceId")
    await lock_partner(seen.partner_id)
    invoice = await require(caller, Invoice, invoice_id, "invoiceId")
    if invoice.kind != InvoiceKind.INVOICE:
        raise refuse(
            ErrorCode.WRONG_STATE,
            "This is a credit note. Name the invoice that it corrects.",
            "invoiceId",
        )
    if invoice.status not in states:
        raise refuse(
            ErrorCode.WRONG_STATE,
            f"The invoice is {invoice.status}. It has to be {' or '.join(states)} for this.",
            "invoiceId",
        )
    return invoice


def left_to_pay(invoice: Invoice) -> int:
    """What is neither paid nor credited, in minor units."""
    return int(invoice.total_minor - invoice.paid_minor - invoice.credited_minor)
