"""The catalogue as data: plans, company sizes, bundles, price books, policies, taxes.

Dated entries are in force from `effective_from` until the next one of their kind. Amounts are minor
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
    """Trial days for one way of getting a plan."""

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
    """The prices in one currency. `advisor_fee` is for each month; None: no fee."""

    currency: str
    name: str
    effective_from: datetime
    advisor_fee: int | None = None
    prices: Mapping[PriceKey, int] = field(default_factory=dict)
    bundles: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicyEntry:
    """The vendor's billing policy."""

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
    """The tax of a country, and the note for reverse charge, where the payer owes it."""

    country: str
    label: str
    rate: Decimal
    effective_from: datetime
    reverse_charge_note: str | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The content of a catalogue file, in the order of the file."""

    plans: tuple[PlanEntry, ...] = ()
    brackets: tuple[BracketEntry, ...] = ()
    bundles: tuple[BundleEntry, ...] = ()
    books: tuple[BookEntry, ...] = ()
    policies: tuple[PolicyEntry, ...] = ()
    taxes: tuple[TaxEntry, ...] = ()
