"""All models, one file an area."""

from app.persistence.models.activity import ActivityRecord, ExchangeRate
from app.persistence.models.attachments import Attachment
from app.persistence.models.billing import (
    BundlePurchase,
    SlotEntry,
    Subscription,
    SubscriptionTerm,
    Trial,
)
from app.persistence.models.catalogue import (
    BillingPolicy,
    BundlePrice,
    EmployeeBracket,
    Plan,
    Price,
    PriceBook,
    SpokeBundle,
    TaxRule,
    TrialTerm,
)
from app.persistence.models.clients import AdvisorAssignment, Client, ClientUser
from app.persistence.models.content import (
    ContentAudience,
    ContentGrant,
    ContentItem,
    ContentLibrary,
    ContentVersion,
)
from app.persistence.models.content_delivery import ContentPush, ContentPushEntry, ContentSale
from app.persistence.models.events import AuditEntry, Event, IdempotencyKey
from app.persistence.models.identity import ApiKey
from app.persistence.models.income import Accrual, Statement
from app.persistence.models.invitations import Invitation
from app.persistence.models.invoices import (
    BillingRun,
    DocumentCounter,
    Invoice,
    InvoiceLine,
    InvoiceSection,
    InvoiceTax,
    Payment,
)
from app.persistence.models.partners import (
    Advisor,
    Partner,
    PartnerGroup,
    PartnerGroupMember,
)
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
from app.persistence.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint

__all__ = [
    "Accrual",
    "ActivityRecord",
    "Advisor",
    "AdvisorAssignment",
    "ApiKey",
    "Attachment",
    "AuditEntry",
    "Benefit",
    "BenefitChange",
    "BillingPolicy",
    "BillingRun",
    "BundlePrice",
    "BundlePurchase",
    "Client",
    "ClientTemplate",
    "ClientUser",
    "ContentAudience",
    "ContentGrant",
    "ContentItem",
    "ContentLibrary",
    "ContentPush",
    "ContentPushEntry",
    "ContentSale",
    "ContentVersion",
    "DocumentCounter",
    "EmployeeBracket",
    "Evaluation",
    "EvaluationRun",
    "Event",
    "ExchangeRate",
    "IdempotencyKey",
    "Invitation",
    "Invoice",
    "InvoiceLine",
    "InvoiceSection",
    "InvoiceTax",
    "Partner",
    "PartnerGroup",
    "PartnerGroupMember",
    "Payment",
    "Plan",
    "Price",
    "PriceBook",
    "ProgramVersion",
    "SlotEntry",
    "SpokeBundle",
    "Standing",
    "Statement",
    "Subscription",
    "SubscriptionTerm",
    "TaxRule",
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
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
]
