"""Plans, prices, trials, slots and subscriptions. Prices and days are rows with dates.

Plans and brackets are referred to by their code: `plan_id` holds FREE, `bracket_id` 11-50.
"""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.plans import (
    BillingInterval,
    Payer,
    PlanCode,
    SlotEntryKind,
    SubscriptionStatus,
    WayIn,
)
from app.persistence.models.base import Record, belongs_to, check, code, one_of
from app.persistence.tenancy import SHARED, Tenancy, of_client

_TEAM_ONLY = Tenancy(partner="t.partner_id = :partner", advisor="t.partner_id = :partner")


class Plan(Record):
    """What a client can be licensed for."""

    code = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=80)
    description = fields.TextField(default="")
    rank = fields.IntField(unique=True)
    takes_slot = fields.BooleanField(default=False)
    starts_subscription = fields.BooleanField(default=False)

    tenancy = SHARED

    class Meta:
        table = "plan"
        constraints = [
            one_of("plan", "code", PlanCode),
        ]


class TrialTerm(Record):
    """Trial days of a plan for one way in, from a date on."""

    plan = belongs_to("Plan", to_field="code")
    plan_id: str
    way_in = code()
    trial_days = fields.IntField()
    effective_from = fields.DatetimeField()

    tenancy = SHARED

    class Meta:
        table = "trial_term"
        constraints = [
            one_of("trial_term", "way_in", WayIn),
            check("trial_term", "days", "trial_days >= 0"),
        ]
        unique_together = (("plan_id", "way_in", "effective_from"),)


class EmployeeBracket(Record):
    """A company size: employees from `min_employees` up to, not including, `max_employees`."""

    code = fields.CharField(max_length=32, unique=True)
    label = fields.CharField(max_length=40)
    min_employees = fields.IntField(unique=True)
    max_employees = fields.IntField(null=True)

    tenancy = SHARED

    class Meta:
        table = "employee_bracket"
        constraints = [
            check(
                "employee_bracket",
                "range",
                "min_employees >= 1 AND (max_employees IS NULL OR max_employees > min_employees)",
            ),
        ]


class PriceBook(Record):
    """The prices in one currency from a date on."""

    currency_code = fields.CharField(max_length=3)
    name = fields.CharField(max_length=120)
    effective_from = fields.DatetimeField()
    created_at = fields.DatetimeField()

    tenancy = SHARED

    class Meta:
        table = "price_book"
        unique_together = (("currency_code", "effective_from"),)


class Price(Record):
    """What a plan costs one company size for one interval, in minor units."""

    price_book = belongs_to("PriceBook")
    price_book_id: UUID
    plan = belongs_to("Plan", to_field="code")
    plan_id: str
    bracket = belongs_to("EmployeeBracket", to_field="code")
    bracket_id: str
    interval = code()
    amount_minor = fields.BigIntField()

    tenancy = SHARED

    class Meta:
        table = "price"
        constraints = [
            one_of("price", "interval", BillingInterval),
            check("price", "amount", "amount_minor >= 0"),
        ]
        unique_together = (("price_book_id", "plan_id", "bracket_id", "interval"),)


class Subscription(Record):
    """A client's paid licence: payer and price are kept from the day it starts."""

    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client")
    client_id: UUID
    plan = belongs_to("Plan", to_field="code")
    plan_id: str
    bracket = belongs_to("EmployeeBracket", to_field="code")
    bracket_id: str
    price = belongs_to("Price")
    price_id: UUID
    status = code()
    payer = code()
    interval = code()
    currency_code = fields.CharField(max_length=3)
    amount_minor = fields.BigIntField()
    started_at = fields.DatetimeField()
    billing_starts_at = fields.DatetimeField()
    cancelled_at = fields.DatetimeField(null=True)

    tenancy = of_client()

    class Meta:
        table = "subscription"
        constraints = [
            one_of("subscription", "status", SubscriptionStatus),
            one_of("subscription", "payer", Payer),
            one_of("subscription", "interval", BillingInterval),
            check("subscription", "amount", "amount_minor >= 0"),
            check(
                "subscription",
                "cancelled",
                "(status = 'CANCELLED') = (cancelled_at IS NOT NULL)",
            ),
        ]
        indexes = [
            Index(fields=("partner_id", "started_at", "id")),
            Index(fields=("client_id", "started_at", "id")),
        ]


class Trial(Record):
    """The one trial a client may ever have."""

    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client")
    client_id: UUID
    plan = belongs_to("Plan", to_field="code")
    plan_id: str
    former_plan = belongs_to("Plan", to_field="code")
    former_plan_id: str
    started_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()

    tenancy = of_client()

    class Meta:
        table = "trial"
        # Not `unique=True` on the key: Tortoise forgets that of a foreign key.
        unique_together = (("client_id",),)
        indexes = [Index(fields=("partner_id", "client_id"))]
        constraints = [
            check("trial", "length", "ends_at > started_at"),
        ]


class SlotEntry(Record):
    """One entry of a partner's slot ledger: what is available is the sum of quantities."""

    partner = belongs_to("Partner")
    partner_id: UUID
    kind = code()
    quantity = fields.IntField()
    client = belongs_to("Client", null=True)
    client_id: UUID | None
    note = fields.CharField(max_length=200, default="")
    created_at = fields.DatetimeField()

    tenancy = _TEAM_ONLY

    class Meta:
        table = "slot_entry"
        constraints = [
            one_of("slot_entry", "kind", SlotEntryKind),
            check(
                "slot_entry",
                "sign",
                "(kind IN ('CONSUMED', 'RESERVED') AND quantity < 0)"
                " OR (kind IN ('INCLUDED', 'BOUGHT', 'RETURNED') AND quantity > 0)",
            ),
        ]
        indexes = [Index(fields=("partner_id", "created_at", "id"))]
