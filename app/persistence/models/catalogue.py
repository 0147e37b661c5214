"""The catalogue: plans, company sizes, prices, bundles, policies and taxes, each from a date on.

Plans, sizes and bundles are referred to by their code: `plan_id` holds FREE, `bracket_id` 11-50.
"""

from uuid import UUID

from tortoise import fields

from app.domain.income import RateLock
from app.domain.invoices import AdvisorFeeRule
from app.domain.plans import BillingInterval, PlanCode, TrialScope, WayIn
from app.persistence.models.base import Record, belongs_to, check, code, one_of
from app.persistence.tenancy import SHARED


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
    # The monthly fee for each active advisor, in minor units; null: none is charged.
    advisor_fee_minor = fields.BigIntField(null=True)
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


class SpokeBundle(Record):
    """A block of assessment slots that partners buy."""

    code = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=80)
    slots = fields.IntField()

    tenancy = SHARED

    class Meta:
        table = "spoke_bundle"
        constraints = [check("spoke_bundle", "slots", "slots >= 1")]


class BundlePrice(Record):
    """What a bundle costs by a price book, in minor units."""

    price_book = belongs_to("PriceBook")
    price_book_id: UUID
    bundle = belongs_to("SpokeBundle", to_field="code")
    bundle_id: str
    amount_minor = fields.BigIntField()

    tenancy = SHARED

    class Meta:
        table = "bundle_price"
        constraints = [check("bundle_price", "amount", "amount_minor >= 0")]
        unique_together = (("price_book_id", "bundle_id"),)


class BillingPolicy(Record):
    """What the vendor decides about billing, from a moment on."""

    effective_from = fields.DatetimeField(unique=True)
    advisor_fee_rule = code()
    rate_lock = code()
    # The vendor's part of what a partner's content is sold for, such as 0.15.
    content_cut = fields.DecimalField(max_digits=9, decimal_places=6)
    payment_days = fields.IntField()
    invitation_days = fields.IntField()
    return_slot_on_archive = fields.BooleanField()
    trial_scope = code(db_default=TrialScope.PER_CUSTOMER.value)

    tenancy = SHARED

    class Meta:
        table = "billing_policy"
        constraints = [
            one_of("billing_policy", "advisor_fee_rule", AdvisorFeeRule),
            one_of("billing_policy", "rate_lock", RateLock),
            check("billing_policy", "days", "payment_days >= 0 AND invitation_days >= 1"),
            one_of("billing_policy", "trial_scope", TrialScope),
        ]


class TaxRule(Record):
    """The tax on invoices to payers of a country, from a moment on."""

    country = fields.CharField(max_length=2)
    label = fields.CharField(max_length=60)
    # Of the net amount, such as 0.19.
    rate = fields.DecimalField(max_digits=9, decimal_places=6)
    # What is written instead of tax if a business with a tax id pays from another country than the
    # vendor's; null: such a business is charged like any other.
    reverse_charge_note = fields.CharField(max_length=300, null=True)
    effective_from = fields.DatetimeField()

    tenancy = SHARED

    class Meta:
        table = "tax_rule"
        unique_together = (("country", "effective_from"),)
