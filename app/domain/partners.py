"""Partner teams and their people: the closed vocabularies."""

from enum import StrEnum


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
