"""Record money that came in for an invoice, all of it or a part."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_line, check_no_card
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.domain.invoices import InvoiceKind, InvoiceStatus, PaymentKind, number_text
from app.domain.money import Money
from app.events.outbox import append
from app.persistence.models import Invoice, Payment
from app.services.inputs import arguments
from app.services.invoices.locking import left_to_pay, lock_invoice
from app.services.invoices.settlement import settle
from app.services.use_case import Caller, Done, perform

MAX_REFERENCE = 120


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """A payment, as the bank or the card processor tells it; received now if `received_at` is None.

    `reference` is theirs, such as a transfer's; never a card number.
    """

    idempotency_key: str
    invoice_id: UUID
    kind: PaymentKind
    reference: str
    amount: Money
    received_at: datetime | None = None


async def record_payment(caller: Caller, input: RecordPayment) -> Mapping[str, UUID]:
    """Record a payment; gives the ids `payment` and `invoice`. The last one makes it PAID.

    Raises Refused at `invoiceId` with NOT_FOUND or WRONG_STATE, at `amount` with INVALID, or
    AMOUNT_TOO_HIGH for more than what is left, at `reference` with REQUIRED, TOO_LONG, INVALID
    for a card number, or DUPLICATE if the invoice has a payment with it, and at `receivedAt` with
    INVALID for a moment to come.
    """

    async def work(now: datetime) -> Done:
        invoice = await lock_invoice(caller, input.invoice_id, InvoiceStatus.ISSUED)
        received_at = caller.happened(input.received_at, now)
        await _check(invoice, input, received_at, now)
        payment = await Payment.create(
            invoice_id=invoice.id,
            partner_id=invoice.partner_id,
            kind=input.kind,
            reference=input.reference.strip(),
            amount_minor=input.amount.amount_minor,
            currency_code=invoice.currency_code,
            received_at=received_at,
            recorded_at=now,
            recorded_by=caller.actor.user_id,
        )
        await _tell(caller, invoice, payment, now)
        invoice.paid_minor += payment.amount_minor
        await settle(caller, invoice, now)
        return Done(invoice.id, invoice.partner_id, {"payment": payment.id, "invoice": invoice.id})

    return await perform(caller, "recordPayment", input.idempotency_key, arguments(input), work)


async def _check(
    invoice: Invoice, input: RecordPayment, received_at: datetime, now: datetime
) -> None:
    problems = check_line(input.reference, "reference", longest=MAX_REFERENCE)
    problems += check_no_card(input.reference, "reference")
    problems += amount_problems(input.amount, invoice.currency_code, left_to_pay(invoice))
    if received_at > now:
        problems.append(
            Problem(ErrorCode.INVALID, "Give a moment that has passed.", ("receivedAt",))
        )
    if problems:
        raise Refused(problems)
    if await Payment.exists(invoice_id=invoice.id, reference=input.reference.strip()):
        raise refuse(
            ErrorCode.DUPLICATE,
            "A payment with this reference is recorded for the invoice already.",
            "reference",
        )


def amount_problems(amount: Money, currency: str, left: int) -> list[Problem]:
    """What is wrong with an amount that is to be paid."""
    if amount.currency != currency:
        message = f"The invoice is in {currency}. Give the amount in it."
        return [Problem(ErrorCode.INVALID, message, ("amount", "currencyCode"))]
    if amount.amount_minor <= 0:
        return [Problem(ErrorCode.INVALID, "Give an amount above zero.", ("amount", "amount"))]
    if amount.amount_minor > left:
        message = f"{Money(left, currency)} {currency} is left to be paid."
        return [Problem(ErrorCode.AMOUNT_TOO_HIGH, message, ("amount", "amount"))]
    return []


async def _tell(caller: Caller, invoice: Invoice, payment: Payment, now: datetime) -> None:
    assert invoice.number is not None
    await append(
        EventType.PAYMENT_RECORDED,
        subject_id=payment.id,
        partner_id=invoice.partner_id,
        client_id=invoice.client_id,
        actor=caller.actor,
        at=now,
        data={"number": number_text(InvoiceKind.INVOICE, invoice.number)},
    )
