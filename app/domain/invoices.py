"""Invoices: the closed vocabularies and their pure rules."""

from enum import StrEnum


class InvoiceKind(StrEnum):
    """An invoice charges; a credit note reverses an invoice in full or in part."""

    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


class InvoiceStatus(StrEnum):
    """DRAFT, then ISSUED (immutable from then on), then PAID or VOID."""

    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    PAID = "PAID"
    VOID = "VOID"


class LineKind(StrEnum):
    """What a line charges."""

    SUBSCRIPTION = "SUBSCRIPTION"
    ADVISOR_FEE = "ADVISOR_FEE"
    BUNDLE = "BUNDLE"
    CONTENT_SALE = "CONTENT_SALE"
    CREDIT = "CREDIT"


class PaymentKind(StrEnum):
    """How a payment was made. Only a reference is stored, never a card number."""

    CARD = "CARD"
    BANK_TRANSFER = "BANK_TRANSFER"


class AdvisorFeeRule(StrEnum):
    """Which advisors incur a monthly fee."""

    ANY_TIME = "ANY_TIME"
    END_OF_PERIOD = "END_OF_PERIOD"


_PREFIX = {InvoiceKind.INVOICE: "INV", InvoiceKind.CREDIT_NOTE: "CN"}


def number_text(kind: InvoiceKind, number: int) -> str:
    """Return a document's number as people write it, such as INV-000123. Both kinds share one
    sequence.
    """
    return f"{_PREFIX[kind]}-{number:06d}"
