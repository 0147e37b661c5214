"""Plans, trials, slots and subscriptions: the closed vocabularies and the upgrade order."""

from enum import StrEnum


class PlanCode(StrEnum):
    """What a client is licensed for, in upgrade order (S1, S4)."""

    FREE = "FREE"
    ASSESSMENT_ONLY = "ASSESSMENT_ONLY"
    FULL_FEATURE = "FULL_FEATURE"

    @property
    def rank(self) -> int:
        """Position in the upgrade order, from 0."""
        return list(PlanCode).index(self)


class WayIn(StrEnum):
    """How a client comes to a plan: trial days may differ."""

    CREATE = "CREATE"
    UPGRADE = "UPGRADE"


class SlotEntryKind(StrEnum):
    """Kinds of entries of a partner's slot ledger; the sum of quantities is what is available."""

    INCLUDED = "INCLUDED"
    BOUGHT = "BOUGHT"
    RESERVED = "RESERVED"
    CONSUMED = "CONSUMED"
    RETURNED = "RETURNED"


class SubscriptionStatus(StrEnum):
    """TRIALING, then ACTIVE, then CANCELLED."""

    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"


class Payer(StrEnum):
    """Who is charged for a subscription, kept from the day it starts."""

    PARTNER = "PARTNER"
    CLIENT = "CLIENT"


class BillingInterval(StrEnum):
    """How often a subscription is charged."""

    MONTH = "MONTH"
    YEAR = "YEAR"


class TemplateStatus(StrEnum):
    """A retired template creates no more clients."""

    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"
