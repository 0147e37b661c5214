"""What partners and clients have of the catalogue: slots, subscriptions and their terms, trials."""

from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.income import RateSource
from app.domain.plans import (
    BillingInterval,
    BundleSource,
    Payer,
    SlotEntryKind,
    SubscriptionStatus,
)
from app.persistence.models.base import Record, belongs_to, check, code, one_of
from app.persistence.tenancy import Tenancy, of_client

_TEAM_ONLY = Tenancy(partner="t.partner_id = :partner", advisor="t.partner_id = :partner")


class BundlePurchase(Record):
    """Slots that a partner bought, or that came with its agreement at no charge."""

    partner = belongs_to("Partner")
    partner_id: UUID
    # Null for included slots, which may be any number.
    bundle = belongs_to("SpokeBundle", to_field="code", null=True)
    bundle_id: str | None
    source = code()
    quantity = fields.IntField()
    slots = fields.IntField()
    price_book = belongs_to("PriceBook", null=True)
    price_book_id: UUID | None
    currency_code = fields.CharField(max_length=3)
    unit_amount_minor = fields.BigIntField()
    amount_minor = fields.BigIntField()
    note = fields.CharField(max_length=200, default="")
    bought_at = fields.DatetimeField()
    bought_by = fields.UUIDField(null=True)

    tenancy = _TEAM_ONLY

    class Meta:
        table = "bundle_purchase"
        constraints = [
            one_of("bundle_purchase", "source", BundleSource),
            check("bundle_purchase", "slots", "quantity >= 1 AND slots >= 1"),
            check("bundle_purchase", "amount", "unit_amount_minor >= 0 AND amount_minor >= 0"),
            check(
                "bundle_purchase",
                "included",
                "source <> 'INCLUDED' OR (amount_minor = 0 AND bundle_id IS NULL)",
            ),
        ]
        indexes = [Index(fields=("partner_id", "bought_at", "id"))]


class Subscription(Record):
    """A client's paid licence, with the terms of the term that runs."""

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
    # The plan that the client goes back to when it ends.
    former_plan = belongs_to("Plan", to_field="code")
    former_plan_id: str
    # When time next changes it: the start of its next term, or its end; null once it is over.
    due_at = fields.DatetimeField(null=True)
    # Set when it was cancelled for the end of its term.
    ends_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    # The share of its charges that is the partner's, if the policy locked it at the start.
    referral_rate = fields.DecimalField(max_digits=9, decimal_places=6, null=True)
    referral_rate_source = code(null=True)
    # The tier that the locked rate is a benefit of, as program and key, and how long it is paid.
    referral_program_key = fields.CharField(max_length=60, null=True)
    referral_tier_key = fields.CharField(max_length=60, null=True)
    referral_term = code(null=True)

    tenancy = of_client()

    class Meta:
        table = "subscription"
        constraints = [
            one_of("subscription", "status", SubscriptionStatus),
            one_of("subscription", "payer", Payer),
            one_of("subscription", "interval", BillingInterval),
            one_of("subscription", "referral_rate_source", RateSource),
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
            Index(fields=("due_at", "id")),
        ]


class SubscriptionTerm(Record):
    """One paid-for stretch of a subscription, and how its charge came about. It never changes."""

    partner = belongs_to("Partner")
    partner_id: UUID
    client = belongs_to("Client")
    client_id: UUID
    subscription = belongs_to("Subscription")
    subscription_id: UUID
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    payer = code()
    plan = belongs_to("Plan", to_field="code")
    plan_id: str
    bracket = belongs_to("EmployeeBracket", to_field="code")
    bracket_id: str
    price = belongs_to("Price")
    price_id: UUID
    interval = code()
    currency_code = fields.CharField(max_length=3)
    # The price of a full interval; the days of it that this term has, and the charge for these.
    full_amount_minor = fields.BigIntField()
    days = fields.IntField()
    full_days = fields.IntField()
    amount_minor = fields.BigIntField()
    created_at = fields.DatetimeField()

    tenancy = of_client()

    class Meta:
        table = "subscription_term"
        constraints = [
            one_of("subscription_term", "payer", Payer),
            one_of("subscription_term", "interval", BillingInterval),
            check("subscription_term", "length", "ends_at > starts_at"),
            check("subscription_term", "days", "days >= 1 AND days <= full_days"),
            check(
                "subscription_term",
                "amount",
                "amount_minor >= 0 AND amount_minor <= full_amount_minor",
            ),
        ]
        unique_together = (("subscription_id", "starts_at"),)
        indexes = [
            Index(fields=("partner_id", "starts_at", "id")),
            Index(fields=("client_id", "starts_at", "id")),
            Index(fields=("subscription_id", "starts_at", "id")),
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
    # The purchase that an INCLUDED or BOUGHT entry comes from; null for entries of before those.
    purchase = belongs_to("BundlePurchase", null=True)
    purchase_id: UUID | None
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
