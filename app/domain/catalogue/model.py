"""The catalogue as data: plans, company sizes, bundles, price books, policies, taxes.

What is dated is in force from `effective_from` on, until the next of its kind. Amounts are minor
units of the book's currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.domain.income import RateLock
from app.domain.invoices import AdvisorFeeRule
from app.domain.plans import BillingInterval, PlanCode, TrialScope, WayIn

# Plan, interval, company size.
PriceKey = tuple[PlanCode, BillingInterval, str]


@dataclass(frozen=True, slots=True)
class TrialEntry:
    """Trial days for one way to a plan."""

    way_in: WayIn
    days: int
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """A plan and its trials."""

    code: PlanCode
    name: str
    description: str
    takes_slot: bool
    starts_subscription: bool
    trials: tuple[TrialEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class BracketEntry:
    """A company size: employees from `low` up to, not including, `high` (None: no end)."""

    code: str
    label: str
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """A block of assessment slots."""

    code: str
    name: str
    slots: int


@dataclass(frozen=True, slots=True)
class BookEntry:
    """The prices in one currency. `advisor_fee` is for a month; None: none is charged."""

    currency: str
    name: str
    effective_from: datetime
    advisor_fee: int | None = None
    prices: Mapping[PriceKey, int] = field(default_factory=dict)
    bundles: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicyEntry:
    """What the vendor decides about billing."""

    effective_from: datetime
    advisor_fee_rule: AdvisorFeeRule
    rate_lock: RateLock
    content_cut: Decimal
    payment_days: int
    invitation_days: int
    return_slot_on_archive: bool
    trial_scope: TrialScope = TrialScope.PER_CUSTOMER


@dataclass(frozen=True, slots=True)
class TaxEntry:
    """The tax of a country, and what is written where its payer owes it instead."""

    country: str
    label: str
    rate: Decimal
    effective_from: datetime
    reverse_charge_note: str | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that a file says, each in the order in which it stands there."""

    plans: tuple[PlanEntry, ...] = ()
    brackets: tuple[BracketEntry, ...] = ()
    bundles: tuple[BundleEntry, ...] = ()
    books: tuple[BookEntry, ...] = ()
    policies: tuple[PolicyEntry, ...] = ()
    taxes: tuple[TaxEntry, ...] = ()
