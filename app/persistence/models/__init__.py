"""All models, one file an area."""

from app.persistence.models.billing import (
    EmployeeBracket,
    Plan,
    Price,
    PriceBook,
    SlotEntry,
    Subscription,
    Trial,
    TrialTerm,
)
from app.persistence.models.clients import AdvisorAssignment, Client, ClientUser
from app.persistence.models.content import (
    ContentGrant,
    ContentItem,
    ContentLibrary,
    ContentVersion,
)
from app.persistence.models.events import AuditEntry, Event, IdempotencyKey
from app.persistence.models.identity import ApiKey
from app.persistence.models.partners import Advisor, Partner
from app.persistence.models.programs import (
    Benefit,
    BenefitChange,
    ProgramVersion,
    Standing,
    Tier,
    TierBenefit,
    TierDecision,
    TierProgram,
)
from app.persistence.models.templates import (
    ClientTemplate,
    TemplateAdvisor,
    TemplateItem,
)
from app.persistence.models.vendor import Vendor, VendorUser

__all__ = [
    "Advisor",
    "AdvisorAssignment",
    "ApiKey",
    "AuditEntry",
    "Benefit",
    "BenefitChange",
    "Client",
    "ClientTemplate",
    "ClientUser",
    "ContentGrant",
    "ContentItem",
    "ContentLibrary",
    "ContentVersion",
    "EmployeeBracket",
    "Event",
    "IdempotencyKey",
    "Partner",
    "Plan",
    "Price",
    "PriceBook",
    "ProgramVersion",
    "SlotEntry",
    "Standing",
    "Subscription",
    "TemplateAdvisor",
    "TemplateItem",
    "Tier",
    "TierBenefit",
    "TierDecision",
    "TierProgram",
    "Trial",
    "TrialTerm",
    "Vendor",
    "VendorUser",
]
