"""Issue one draft manually, before a run does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.invoices import InvoiceStatus
from app.persistence.models import Partner
from app.services.billing.lifecycle import bring_partner_to
from app.services.inputs import arguments
from app.services.invoices.drafting import draft_period
from app.services.invoices.issuing import issue_drafts
from app.services.invoices.locking import lock_invoice
from app.services.invoices.rules import load_rules
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class IssueInvoice:
    """The draft to issue."""

    idempotency_key: str
    invoice_id: UUID


async def issue_invoice(caller: Caller, input: IssueInvoice) -> Mapping[str, UUID]:
    """Bring a draft up to date and issue it; gives the id `invoice`.

    Raises Refused at `invoiceId` with NOT_FOUND, or WRONG_STATE if it is no draft, or nothing is
    left on it; and with NO_POLICY, or WRONG_STATE if the vendor's country is not known.
    """

    async def work(now: datetime) -> Done:
        invoice = await lock_invoice(caller, input.invoice_id, InvoiceStatus.DRAFT)
        rules = await load_rules()
        partner = await Partner.get(id=invoice.partner_id)
        await bring_partner_to(partner.id, min(now, rules.bounds(invoice.period)[1]))
        drafts = await draft_period(partner, invoice.period, now, rules)
        mine = [draft for draft in drafts if draft.invoice.id == invoice.id]
        if not mine:
            message = "Nothing is left to be charged on this draft. A run removes it."
            raise refuse(ErrorCode.WRONG_STATE, message, "invoiceId")
        await issue_drafts(caller, mine, now, rules)
        return Done(invoice.id, partner.id, {"invoice": invoice.id})

    return await perform(caller, "issueInvoice", input.idempotency_key, arguments(input), work)
