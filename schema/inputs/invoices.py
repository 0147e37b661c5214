"""Inputs and payloads of the mutations on billing, invoices and payments."""

import strawberry

from app.domain.invoices import PaymentKind
from schema.billing_runs import BillingRun
from schema.inputs.content import MoneyInput
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.invoice_parts import Payment
from schema.invoices import Invoice
from schema.scalars import DateTime

_REASON = "Why, 1–300 characters; the payer reads it."


@strawberry.input(description="A period to bill all partners for.")
class RunBillingInput:
    """A run."""

    idempotency_key: str = idempotency_key()
    period: str = strawberry.field(
        description="The month, such as `2026-11`, in the vendor's time zone; it has begun."
    )
    issue: bool = strawberry.field(
        default=False,
        description="Issue the invoices also while the period is not over; otherwise they are left "
        "as drafts until then. A period that is over is issued in any case.",
    )


@strawberry.type(description="The answer of `runBilling`.")
class RunBillingPayload(Payload):
    """The run."""

    billing_run: BillingRun | None = loaded(
        "billing_run", "The run, with what it wrote; null if it was refused."
    )


@strawberry.input(description="A draft to issue.")
class IssueInvoiceInput:
    """A draft."""

    idempotency_key: str = idempotency_key()
    invoice_id: strawberry.ID = strawberry.field(description="The draft.")


@strawberry.type(description="The answer of `issueInvoice`.")
class IssueInvoicePayload(Payload):
    """The invoice."""

    invoice: Invoice | None = loaded("invoice", "The invoice; null if it was refused.")


@strawberry.input(description="A payment for an invoice.")
class RecordPaymentInput:
    """A payment."""

    idempotency_key: str = idempotency_key()
    invoice_id: strawberry.ID = strawberry.field(description="The invoice; it must be ISSUED.")
    kind: PaymentKind = strawberry.field(description="How it was paid.")
    reference: str = strawberry.field(
        description="Of the bank transfer, or the processor's for the card, 1–120 characters; once "
        "for each invoice. Never a card number."
    )
    amount: MoneyInput = strawberry.field(
        description="How much, in the invoice's currency: at most what is left to be paid."
    )
    received_at: DateTime | None = strawberry.field(
        default=None, description="When it was received; unset: now. Not in the future."
    )


@strawberry.type(description="The answer of `recordPayment`.")
class RecordPaymentPayload(Payload):
    """The payment."""

    payment: Payment | None = loaded("payment", "The payment; null if it was refused.")
    invoice: Invoice | None = loaded("invoice", "The invoice; null if it was refused.")


@strawberry.input(description="An invoice that was issued by mistake.")
class VoidInvoiceInput:
    """An invoice to void."""

    idempotency_key: str = idempotency_key()
    invoice_id: strawberry.ID = strawberry.field(
        description="The invoice; it must be ISSUED, with nothing paid or credited."
    )
    reason: str = strawberry.field(description=_REASON)


@strawberry.type(description="The answer of `voidInvoice`.")
class VoidInvoicePayload(Payload):
    """The invoice."""

    invoice: Invoice | None = loaded("invoice", "The void invoice; null if it was refused.")


@strawberry.input(description="An amount of a line to reverse.")
class CreditLineInput:
    """A line and an amount."""

    line_id: strawberry.ID = strawberry.field(description="A line of the invoice.")
    amount: MoneyInput = strawberry.field(
        description="How much, before tax: above zero, at most what is left of the line."
    )


@strawberry.input(description="The part of an invoice to reverse. Tax is reversed in proportion.")
class CreditInvoiceInput:
    """A credit."""

    idempotency_key: str = idempotency_key()
    invoice_id: strawberry.ID = strawberry.field(
        description="The invoice; it must be ISSUED. Only the unpaid part can be credited; "
        "refunds happen elsewhere."
    )
    reason: str = strawberry.field(description=_REASON)
    lines: list[CreditLineInput] | None = strawberry.field(
        default=None, description="The lines, each once; unset: all that is left of all lines."
    )


@strawberry.type(description="The answer of `creditInvoice`.")
class CreditInvoicePayload(Payload):
    """The credit note."""

    credit_note: Invoice | None = loaded("credit_note", "The credit note; null if it was refused.")
    invoice: Invoice | None = loaded("invoice", "The invoice; null if it was refused.")
