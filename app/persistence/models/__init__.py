"""All models, one file an area."""

from app.persistence.models.activity import ActivityRecord, ExchangeRate
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
    ProgramVersion,
    Tier,
    TierBenefit,
    TierProgram,
)
from app.persistence.models.standings import (
    BenefitChange,
    Evaluation,
    EvaluationRun,
    Standing,
    TierApproval,
    TierDecision,
    TierPin,
)
from app.persistence.models.templates import (
    ClientTemplate,
    TemplateAdvisor,
    TemplateItem,
)
from app.persistence.models.vendor import Vendor, VendorUser

__all__ = [
    "ActivityRecord",
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
    "Evaluation",
    "EvaluationRun",
    "Event",
    "ExchangeRate",
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
    "TierApproval",
    "TierBenefit",
    "TierDecision",
    "TierPin",
    "TierProgram",
    "Trial",
    "TrialTerm",
    "Vendor",
    "VendorUser",
]
