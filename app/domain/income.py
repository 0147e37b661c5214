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
    """A share of what a client was charged, or what is left of a sale of the partner's content."""

    REFERRAL = "REFERRAL"
    CONTENT_REVENUE = "CONTENT_REVENUE"


class AccrualStatus(StrEnum):
    """PENDING, then APPROVED, then PAID; or REVERSED by a credit note."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    PAID = "PAID"
    REVERSED = "REVERSED"


class RateSource(StrEnum):
    """Where the rate of a share comes from."""

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
    """A partner's part of what its clients are charged: a rate from 0 to 1, and where it is from.

    `program_key` and `tier_key` name the tier whose benefit it is; None for an agreed rate.
    """

    rate: Decimal
    source: RateSource
    term: ShareTerm = ShareTerm.CONTRACT_LIFETIME
    program_key: str | None = None
    tier_key: str | None = None


def share_for(agreed: Decimal | None, of_tiers: Iterable[Share]) -> Share | None:
    """A partner's share: the rate agreed with it (S4), else the best one of its tiers (S0).

    None if there is neither. Of equal rates the one of the first program by key counts.
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
    """Whether the charge for a term that starts then is still shared.

    ONCE: the first charge only; FIRST_YEAR: terms that start before the first anniversary of the
    start of billing, in the vendor's zone; CONTRACT_LIFETIME: all (S0).
    """
    if term is ShareTerm.ONCE:
        return term_starts_at <= billing_starts_at
    if term is ShareTerm.FIRST_YEAR:
        return term_starts_at < first_term(BillingInterval.YEAR, billing_starts_at, zone).ends_at
    return True


def accrued(base_minor: int, rate: Decimal) -> int:
    """What a rate makes of a net charge, in minor units of any currency: half goes to even."""
    return round(Fraction(base_minor) * Fraction(rate))


def taken_back(base_minor: int, rate: Decimal, credited_minor: int, left_minor: int) -> int:
    """What has to go of the `left_minor` of an accrual, once so much of its base was credited.

    `credited_minor` is all that was credited of the charge up to now. What stays is the rate of
    what stays charged: nothing once all of it was credited, however many steps that took.
    """
    return left_minor - accrued(base_minor - credited_minor, rate)


def statement_text(number: int) -> str:
    """The number of a statement as people write it, such as ST-000001."""
    return f"ST-{number:06}"
