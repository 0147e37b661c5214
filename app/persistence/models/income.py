"""What partners earn: accruals and the statements that pay them out."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.income import AccrualKind, AccrualStatus, RateSource, StatementStatus
from app.persistence.models.base import Record, belongs_to, check, code, one_of
from app.persistence.tenancy import Tenancy

_ADMINS_ONLY = Tenancy(partner="t.partner_id = :partner")


class Statement(Record):
    """What a partner is paid out in one go."""

    # Among all statements of the vendor, from 1, without gaps.
    number = fields.BigIntField(unique=True)
    partner = belongs_to("Partner")
    partner_id: UUID
    status = code(default=StatementStatus.ISSUED)
    currency_code = fields.CharField(max_length=3)
    total_minor = fields.BigIntField()
    created_at = fields.DatetimeField()
    paid_at = fields.DatetimeField(null=True)
    # Of the payout, such as a bank reference.
    reference = fields.CharField(max_length=120, null=True)

    tenancy = _ADMINS_ONLY

    class Meta:
        table = "statement"
        constraints = [
            one_of("statement", "status", StatementStatus),
            check("statement", "paid", "(status = 'PAID') = (paid_at IS NOT NULL)"),
        ]
        indexes = [
            Index(fields=("partner_id", "created_at", "id")),
            Index(fields=("created_at", "id")),
        ]


class Accrual(Record):
    """A partner's share of one invoice line."""

    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client")
    client_id: UUID
    line = belongs_to("InvoiceLine")
    line_id: UUID
    kind = code()
    status = code(default=AccrualStatus.PENDING)
    currency_code = fields.CharField(max_length=3)
    # amount = base x rate, half-even to the minor unit; negative where a credit note takes back.
    base_minor = fields.BigIntField()
    rate = fields.DecimalField(max_digits=9, decimal_places=6)
    amount_minor = fields.BigIntField()
    rate_source = code()
    # The tier that the rate is a benefit of, as program and key.
    program_key = fields.CharField(max_length=60, null=True)
    tier_key = fields.CharField(max_length=60, null=True)
    accrued_at = fields.DatetimeField()
    approved_at = fields.DatetimeField(null=True)
    paid_at = fields.DatetimeField(null=True)
    reversed_at = fields.DatetimeField(null=True)
    # What this negative one takes back.
    reverses = belongs_to("Accrual", null=True)
    reverses_id: UUID | None
    statement = belongs_to("Statement", null=True)
    statement_id: UUID | None

    tenancy = _ADMINS_ONLY

    class Meta:
        table = "accrual"
        constraints = [
            one_of("accrual", "kind", AccrualKind),
            one_of("accrual", "status", AccrualStatus),
            one_of("accrual", "rate_source", RateSource),
            check("accrual", "reversed", "(status = 'REVERSED') = (reversed_at IS NOT NULL)"),
            check(
                "accrual", "sign", "(reverses_id IS NULL) = (amount_minor >= 0 AND base_minor >= 0)"
            ),
        ]
        # A line earns once.
        unique_together = (("line_id", "kind"),)
        indexes = [
            Index(fields=("partner_id", "accrued_at", "id")),
            Index(fields=("client_id", "accrued_at", "id")),
            Index(fields=("accrued_at", "id")),
            Index(fields=("partner_id", "status", "currency_code")),
            Index(fields=("statement_id", "accrued_at", "id")),
            Index(fields=("reverses_id",)),
        ]
