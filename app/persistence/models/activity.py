"""Facts about partners that metrics are computed from, and the rates between currencies."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.programs.vocabulary import ActivityKind, PriceBasis, Revenue, SaleMotion
from app.persistence.models.base import Record, belongs_to, check, one_of
from app.persistence.models.base import code as word
from app.persistence.tenancy import SHARED, Tenancy


class ActivityRecord(Record):
    """One fact about a partner, never changed, what was wrong is reversed by another one."""

    partner = belongs_to("Partner")
    partner_id: UUID
    # Its place among the partner's records in the order in which they were told, from 1.
    position = fields.BigIntField()
    kind = word()
    # Which certification, attestation, capability, value or attribute.
    code = fields.CharField(max_length=60, null=True)
    # Whom a certification is about, such as an e-mail address; null: the organisation itself.
    person = fields.CharField(max_length=254, null=True)
    course = fields.CharField(max_length=120, null=True)
    # A sale: its money in minor units, and what it counts as.
    amount = fields.BigIntField(null=True)
    currency_code = fields.CharField(max_length=3, null=True)
    revenue = word(null=True)
    motion = word(null=True)
    price_basis = word(null=True)
    source = fields.CharField(max_length=60, null=True)
    product = fields.CharField(max_length=60, null=True)
    # 1; of a reversal -1, or 0 if it takes back a part of the money only.
    quantity = fields.IntField(default=1)
    # A manual value as decimal text, or an attribute's code.
    value = fields.CharField(max_length=60, null=True)
    evidence = fields.CharField(max_length=2048, null=True)
    note = fields.CharField(max_length=1000, null=True)
    external_id = fields.CharField(max_length=120, null=True)
    # SHA-256 of what was told, so that telling it again can be told from telling another thing.
    digest = fields.CharField(max_length=64)
    reverses = belongs_to("ActivityRecord", null=True)
    reverses_id: UUID | None
    # When it took effect: a reversal has the moment of what it reverses.
    occurred_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    recorded_at = fields.DatetimeField()
    recorded_by = fields.UUIDField(null=True)

    tenancy = Tenancy(partner="t.partner_id = :partner", advisor="t.partner_id = :partner")

    class Meta:
        table = "activity_record"
        constraints = [
            one_of("activity_record", "kind", ActivityKind),
            one_of("activity_record", "revenue", Revenue),
            one_of("activity_record", "motion", SaleMotion),
            one_of("activity_record", "price_basis", PriceBasis),
            check("activity_record", "money", "(amount IS NULL) = (currency_code IS NULL)"),
            check("activity_record", "position", "position >= 1"),
        ]
        unique_together = (("partner_id", "position"), ("partner_id", "external_id"))
        indexes = [
            Index(fields=("partner_id", "kind", "occurred_at")),
            Index(fields=("partner_id", "occurred_at", "id")),
            Index(fields=("reverses_id",)),
        ]


class ExchangeRate(Record):
    """What one unit of a currency is worth in another from a moment on."""

    base = fields.CharField(max_length=3)
    quote = fields.CharField(max_length=3)
    rate = fields.DecimalField(max_digits=24, decimal_places=12)
    effective_from = fields.DatetimeField()
    recorded_at = fields.DatetimeField()

    tenancy = SHARED

    class Meta:
        table = "exchange_rate"
        constraints = [check("exchange_rate", "pair", "base <> quote")]
        unique_together = (("base", "quote", "effective_from"),)
