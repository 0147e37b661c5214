"""Tier programs: the closed vocabularies."""

from enum import StrEnum


class VersionState(StrEnum):
    """DRAFT, then PUBLISHED (immutable from then on), then SUPERSEDED."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    SUPERSEDED = "SUPERSEDED"


class BenefitKind(StrEnum):
    """What sort of thing a benefit is; it decides the shape of its value."""

    PERCENT_SHARE = "PERCENT_SHARE"
    ENTITLEMENT = "ENTITLEMENT"
    CONTACT = "CONTACT"
    SERVICE_LEVEL = "SERVICE_LEVEL"
    CADENCE = "CADENCE"
    LISTING = "LISTING"
    BADGE = "BADGE"
    LEAD_PRIORITY = "LEAD_PRIORITY"
    BUDGET = "BUDGET"
    REBATE = "REBATE"
    CONTENT_ACCESS = "CONTENT_ACCESS"
    TRAINING_ACCESS = "TRAINING_ACCESS"
    AWARD = "AWARD"


class TierDirection(StrEnum):
    """Which way a decision moves a partner."""

    PLACED = "PLACED"
    PROMOTION = "PROMOTION"
    DEMOTION = "DEMOTION"
    REMOVED = "REMOVED"


class DecisionOrigin(StrEnum):
    """How a decision came about."""

    MANUAL = "MANUAL"


class BenefitChangeKind(StrEnum):
    """What a decision did to a benefit."""

    GAINED = "GAINED"
    LOST = "LOST"
