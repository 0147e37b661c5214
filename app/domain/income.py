"""A partner's income: the closed vocabularies and the pure rules of accruals and statements."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from app.domain.plans import BillingInterval
from app.domain.programs.vocabulary import ShareTerm
from app.domain.terms import first_term


class AccrualKind(StrEnum):
    """A share of a client's charge, or the partner's part of a content sale."""

    REFERRAL = "REFERRAL"
    CONTENT_REVENUE = "CONTENT_REVENUE"


class AccrualStatus(StrEnum):
    """PENDING, then APPROVED, then PAID; or REVERSED by a credit note."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    PAID = "PAID"
    REVERSED = "REVERSED"


class RateSource(StrEnum):
    """The source of the rate of a share."""

    OVERRIDE = "OVERRIDE"
    TIER = "TIER"
    SALE = "SALE"


class RateLock(StrEnum):
    """AT_CONTRACT_START: the rate of that day, for the lifetime of the contract (S0)."""

    AT_CONTRACT_START = "AT_CONTRACT_START"
    FLOATING = "FLOATING"


class StatementStatus(StrEnum):
    """ISSUED, then PAID."""

    ISSUED = "ISSUED"
    PAID = "PAID"


@dataclass(frozen=True, slots=True)
class Share:
    """A partner's share of its clients' charges: a rate from 0 to 1, and its source.

    `program_key` and `tier_key` identify the tier that gives it; None for an agreed rate.
    """

    rate: Decimal
    source: RateSource
    term: ShareTerm = ShareTerm.CONTRACT_LIFETIME
    program_key: str | None = None
    tier_key: str | None = None


def share_for(agreed: Decimal | None, of_tiers: Iterable[Share]) -> Share | None:
    """Return a partner's share: the rate agreed with it (S4), else the best one of its tiers (S0).

    None if there is neither. Of equal rates, the one of the first program by key is used.
    """
    if agreed is not None:
        return Share(agreed, RateSource.OVERRIDE)
    return max(
        sorted(of_tiers, key=lambda share: share.program_key or ""),
        key=lambda share: share.rate,
        default=None,
    )


def earns(
    term: ShareTerm, billing_starts_at: datetime, term_starts_at: datetime, zone: ZoneInfo
) -> bool:
    """Return whether the charge for a term that starts at that time is still shared.

    ONCE: the first charge only; FIRST_YEAR: terms that start before the first anniversary of the
    start of billing, in the vendor's zone; CONTRACT_LIFETIME: all (S0).
    """
    if term is ShareTerm.ONCE:
        return term_starts_at <= billing_starts_at
    if term is ShareTerm.FIRST_YEAR:
        return term_starts_at < first_term(BillingInterval.YEAR, billing_starts_at, zone).ends_at
    return True


def accrued(base_minor: int, rate: Decimal) -> int:
    """Return the share of a net charge, in minor units, rounded half to even."""
    return round(Fraction(base_minor) * Fraction(rate))


def amount_to_reverse(base_minor: int, rate: Decimal, credited_minor: int, left_minor: int) -> int:
    """Return how much to reverse of the `left_minor` of an accrual when its base is credited.

    `credited_minor` is the total credited of the charge so far. What remains is the share of what
    remains charged: nothing once all is credited, in however many steps.
    """
    return left_minor - accrued(base_minor - credited_minor, rate)


def statement_text(number: int) -> str:
    """Return the number of a statement as people write it, such as ST-000001."""
    return f"ST-{number:06}"
