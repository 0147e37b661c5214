"""Invoices: the closed vocabularies and the pure rules of what they hold."""

from enum import StrEnum


class InvoiceKind(StrEnum):
    """An invoice charges; a credit note takes back, in full or in part, what one charged."""

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
    """How money came in; only a reference is kept, never a card number."""

    CARD = "CARD"
    BANK_TRANSFER = "BANK_TRANSFER"


class AdvisorFeeRule(StrEnum):
    """Which advisors a monthly fee is due for."""

    ANY_TIME = "ANY_TIME"
    END_OF_PERIOD = "END_OF_PERIOD"


_PREFIX = {InvoiceKind.INVOICE: "INV", InvoiceKind.CREDIT_NOTE: "CN"}


def number_text(kind: InvoiceKind, number: int) -> str:
    """A document's number as people write it, such as INV-000123: one sequence for both kinds."""
    return f"{_PREFIX[kind]}-{number:06d}"
