"""Partner teams and their people: the closed vocabularies and their pure rules."""

from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum

from app.domain.errors import ErrorCode, Problem

MAX_SLUG = 80
RATE_DECIMALS = 6


class PartnerType(StrEnum):
    """What kind of business a partner is; it selects the tier programs (S3)."""

    RESELLER = "RESELLER"
    REFERRAL = "REFERRAL"
    MSP = "MSP"
    MSSP = "MSSP"
    ADVISOR = "ADVISOR"
    CONSULTANT = "CONSULTANT"
    VAR = "VAR"
    SYSTEM_INTEGRATOR = "SYSTEM_INTEGRATOR"
    AGENCY = "AGENCY"
    TECHNOLOGY = "TECHNOLOGY"
    STRATEGIC_ALLIANCE = "STRATEGIC_ALLIANCE"
    BUSINESS_ALLIANCE = "BUSINESS_ALLIANCE"
    INFLUENCER = "INFLUENCER"
    RETENTION = "RETENTION"
    AFFILIATE = "AFFILIATE"


class PartnerStatus(StrEnum):
    """APPLIED, then ACTIVE or REJECTED; ACTIVE to SUSPENDED and back, then CLOSED."""

    APPLIED = "APPLIED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"


class BillingModel(StrEnum):
    """Who pays for clients (S1): the partner (RESELLER) or each client (NON_RESELLER)."""

    RESELLER = "RESELLER"
    NON_RESELLER = "NON_RESELLER"


class PaymentMethod(StrEnum):
    """How the partner pays its invoices (S4)."""

    CARD = "CARD"
    BANK_TRANSFER = "BANK_TRANSFER"


class TeamRole(StrEnum):
    """What a user of the partner team may do for the team."""

    PARTNER_ADMIN = "PARTNER_ADMIN"
    ADVISOR = "ADVISOR"


class AdvisorStatus(StrEnum):
    """INVITED, then ACTIVE, then REVOKED."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


def unique_slug(wanted: str, taken: Collection[str]) -> str:
    """Return `wanted`, or the first of wanted-2, wanted-3 ... that is not taken; at most 80
    characters.
    """
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        suffix = f"-{number}"
        slug = wanted[: MAX_SLUG - len(suffix)].rstrip("-") + suffix
    return slug


def is_enrolled(partner_types: Collection[str], type: str) -> bool:
    """Return whether a program is for partners of this type. A program without types is for all
    (S3).
    """
    return not partner_types or type in partner_types


def check_referral_rate(rate: Decimal | None, *field: str) -> list[Problem]:
    """Return the problems of an agreed share of client charges (S4): 0 to 1, or None."""
    if rate is None:
        return []
    # NaN and infinity cannot be compared, so they are checked first.
    if not rate.is_finite() or not 0 <= rate <= 1:
        message = "Give a rate from 0 to 1, such as 0.25 for a quarter."
        return [Problem(ErrorCode.INVALID, message, field)]
    if rate != round(rate, RATE_DECIMALS):
        message = f"Give a rate with at most {RATE_DECIMALS} decimals."
        return [Problem(ErrorCode.INVALID, message, field)]
    return []


def status_problem(status: PartnerStatus, *field: str) -> Problem | None:
    """Return PARTNER_NOT_ACTIVE if the partner may not do new business, else None."""
    if status is PartnerStatus.ACTIVE:
        return None
    message = f"The partner is {status}. Ask the vendor to make it active first."
    return Problem(ErrorCode.PARTNER_NOT_ACTIVE, message, field)
