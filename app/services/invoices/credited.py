"""What earlier credit notes took back of an invoice."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from app.domain.invoicing.credits import Creditable, CreditableTax
from app.persistence.models import Invoice, InvoiceLine, InvoiceTax


@dataclass(frozen=True, slots=True)
class Credited:
    """The lines and taxes of an invoice, each with what was taken back of it."""

    lines: list[Creditable]
    taxes: list[CreditableTax]

    @property
    def net_credited_minor(self) -> int:
        """What was taken back in all, before tax."""
        return sum(line.credited_minor for line in self.lines)


async def load_credited(invoice: Invoice) -> Credited:
    """Read it all, in four statements."""
    lines = await InvoiceLine.filter(invoice_id=invoice.id).order_by("position")
    back: Counter[UUID | None] = Counter()
    for note in await InvoiceLine.filter(credits_id__in=[line.id for line in lines]):
        back[note.credits_id] -= note.amount_minor
    taxed: Counter[str] = Counter()
    for tax in await InvoiceTax.filter(invoice__corrects_id=invoice.id):
        taxed[tax.label] -= tax.amount_minor
    taxes = await InvoiceTax.filter(invoice_id=invoice.id).order_by("label")
    return Credited(
        [Creditable(line.id, line.amount_minor, back[line.id]) for line in lines],
        [CreditableTax(tax.label, tax.amount_minor, taxed[tax.label]) for tax in taxes],
    )
