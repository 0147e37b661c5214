"""Invoices and credit notes, their sections and lines, taxes, payments, and billing runs."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.invoices import InvoiceKind, InvoiceStatus, LineKind, PaymentKind
from app.persistence.models.base import Record, belongs_to, check, code, one_of
from app.persistence.tenancy import VENDOR_ONLY, Tenancy

# A client sees what it pays itself; what its partner pays for it is its partner's business.
_INVOICES = Tenancy(
    partner="t.partner_id = :partner",
    client_user="t.partner_id = :partner AND t.client_id = :client",
)
_PARTS = Tenancy(
    partner="t.partner_id = :partner",
    client_user=(
        "t.partner_id = :partner"
        " AND t.invoice_id IN (SELECT i.id FROM invoice i WHERE i.client_id = :client)"
    ),
)


class Invoice(Record):
    """What one payer owes for a period, or (a credit note) gets back of it."""

    kind = code(default=InvoiceKind.INVOICE)
    status = code(default=InvoiceStatus.DRAFT)
    # Among all invoices and credit notes of the vendor, from 1, without gaps; null for a draft.
    number = fields.BigIntField(null=True, unique=True)
    partner = belongs_to("Partner")
    partner_id: UUID
    # Who pays: the client or, null, the partner.
    client = belongs_to("Client", null=True)
    client_id: UUID | None
    # The month, such as 2026-11, in the vendor's time zone.
    period = fields.CharField(max_length=7)
    currency_code = fields.CharField(max_length=3)
    subtotal_minor = fields.BigIntField(default=0)
    tax_minor = fields.BigIntField(default=0)
    total_minor = fields.BigIntField(default=0)
    # Of an invoice: what was paid, and what credit notes took back. Both never exceed the total.
    paid_minor = fields.BigIntField(default=0)
    credited_minor = fields.BigIntField(default=0)
    # Vendor and payer as they were when it was issued.
    seller: Any = fields.JSONField(null=True)
    buyer: Any = fields.JSONField(null=True)
    created_at = fields.DatetimeField()
    issued_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    paid_at = fields.DatetimeField(null=True)
    voided_at = fields.DatetimeField(null=True)
    # Of a credit note: the invoice that it corrects, and why.
    corrects = belongs_to("Invoice", null=True)
    corrects_id: UUID | None
    reason = fields.CharField(max_length=300, null=True)

    tenancy = _INVOICES

    class Meta:
        table = "invoice"
        constraints = [
            one_of("invoice", "kind", InvoiceKind),
            one_of("invoice", "status", InvoiceStatus),
            check(
                "invoice",
                "issued",
                "(status = 'DRAFT') = (number IS NULL)"
                " AND (status = 'DRAFT') = (issued_at IS NULL)",
            ),
            check("invoice", "total", "total_minor = subtotal_minor + tax_minor"),
            check(
                "invoice",
                "balance",
                "paid_minor >= 0 AND credited_minor >= 0"
                " AND (kind = 'CREDIT_NOTE' OR paid_minor + credited_minor <= total_minor)",
            ),
            check("invoice", "corrects", "(kind = 'CREDIT_NOTE') = (corrects_id IS NOT NULL)"),
            check("invoice", "void", "(status = 'VOID') = (voided_at IS NOT NULL)"),
        ]
        indexes = [
            Index(fields=("partner_id", "created_at", "id")),
            Index(fields=("client_id", "created_at", "id")),
            Index(fields=("created_at", "id")),
            Index(fields=("partner_id", "period", "status")),
            Index(fields=("corrects_id",)),
        ]


class InvoiceSection(Record):
    """The part of an invoice that is about the partner itself, or about one of its clients."""

    invoice = belongs_to("Invoice")
    invoice_id: UUID
    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client", null=True)
    client_id: UUID | None
    # 0 is the partner's.
    position = fields.IntField()
    title = fields.CharField(max_length=200)
    subtotal_minor = fields.BigIntField()
    currency_code = fields.CharField(max_length=3)

    tenancy = _PARTS

    class Meta:
        table = "invoice_section"
        unique_together = (("invoice_id", "position"),)


class InvoiceLine(Record):
    """One charge, and how it came about."""

    invoice = belongs_to("Invoice")
    invoice_id: UUID
    section = belongs_to("InvoiceSection")
    section_id: UUID
    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client", null=True)
    client_id: UUID | None
    position = fields.IntField()
    kind = code()
    description = fields.CharField(max_length=300)
    quantity = fields.IntField()
    unit_amount_minor = fields.BigIntField()
    # Negative on a credit note.
    amount_minor = fields.BigIntField()
    currency_code = fields.CharField(max_length=3)
    # What is charged, each once: "term:ID", "bundle:ID", "sale:ID", "advisor:ID:2026-11". Null on a
    # credit note, and on a void invoice, whose charges may be billed again.
    source_key = fields.CharField(max_length=80, null=True, unique=True)
    # The numbers behind the amount: days, price, bracket, price book.
    explanation: Any = fields.JSONField(default=dict)
    subscription_term = belongs_to("SubscriptionTerm", null=True)
    subscription_term_id: UUID | None
    bundle_purchase = belongs_to("BundlePurchase", null=True)
    bundle_purchase_id: UUID | None
    content_sale = belongs_to("ContentSale", null=True)
    content_sale_id: UUID | None
    advisor = belongs_to("Advisor", null=True)
    advisor_id: UUID | None
    # Of a credit note: the line that it takes back.
    credits = belongs_to("InvoiceLine", null=True)
    credits_id: UUID | None
    # The fact that tells tier programs about it, once it is recognised.
    activity_record = belongs_to("ActivityRecord", null=True)
    activity_record_id: UUID | None

    tenancy = _PARTS

    class Meta:
        table = "invoice_line"
        constraints = [
            one_of("invoice_line", "kind", LineKind),
            check("invoice_line", "credit", "(kind = 'CREDIT') = (credits_id IS NOT NULL)"),
        ]
        unique_together = (("invoice_id", "position"),)
        indexes = [
            Index(fields=("section_id", "position")),
            Index(fields=("client_id", "id")),
            Index(fields=("credits_id",)),
            Index(fields=("subscription_term_id",)),
            Index(fields=("activity_record_id",)),
        ]


class InvoiceTax(Record):
    """The tax on an invoice, or the note that stands in its place."""

    invoice = belongs_to("Invoice")
    invoice_id: UUID
    partner = belongs_to("Partner")
    partner_id: UUID
    country = fields.CharField(max_length=2)
    label = fields.CharField(max_length=60)
    rate = fields.DecimalField(max_digits=9, decimal_places=6)
    base_minor = fields.BigIntField()
    amount_minor = fields.BigIntField()
    currency_code = fields.CharField(max_length=3)
    note = fields.CharField(max_length=300, null=True)

    tenancy = _PARTS

    class Meta:
        table = "invoice_tax"
        unique_together = (("invoice_id", "label"),)


class Payment(Record):
    """Money that came in for an invoice."""

    invoice = belongs_to("Invoice")
    invoice_id: UUID
    partner = belongs_to("Partner")
    partner_id: UUID
    kind = code()
    # Of the bank transfer, or the processor's for the card: never a card number.
    reference = fields.CharField(max_length=120)
    amount_minor = fields.BigIntField()
    currency_code = fields.CharField(max_length=3)
    received_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    recorded_by = fields.UUIDField(null=True)

    tenancy = _PARTS

    class Meta:
        table = "payment"
        constraints = [
            one_of("payment", "kind", PaymentKind),
            check("payment", "amount", "amount_minor > 0"),
        ]
        unique_together = (("invoice_id", "reference"),)
        indexes = [Index(fields=("invoice_id", "received_at", "id"))]


class DocumentCounter(Record):
    """The last number given to a kind of document."""

    kind = fields.CharField(max_length=32, unique=True)
    last_number = fields.BigIntField()

    tenancy = VENDOR_ONLY

    class Meta:
        table = "document_counter"


class BillingRun(Record):
    """A billing of all partners for a period, what is in it is with the invoices."""

    period = fields.CharField(max_length=7)
    # Whether invoices are issued, or left as drafts.
    issues = fields.BooleanField()
    started_at = fields.DatetimeField()
    completed_at = fields.DatetimeField(null=True)
    partner_count = fields.IntField(default=0)
    invoice_count = fields.IntField(default=0)
    line_count = fields.IntField(default=0)

    tenancy = VENDOR_ONLY

    class Meta:
        table = "billing_run"
        indexes = [Index(fields=("started_at", "id"))]
