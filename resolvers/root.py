"""The roots of the schema: every area's fields, merged."""

import strawberry

from resolvers.activity import ActivityMutations, ActivityQueries
from resolvers.audit import AuditQueries
from resolvers.billing import BillingQueries
from resolvers.client_imports import ClientImportMutations
from resolvers.client_lifecycle import ClientLifeMutations
from resolvers.client_quotes import ClientQuoteQueries
from resolvers.clients import ClientMutations, ClientQueries
from resolvers.clock import ClockMutations, ClockQueries
from resolvers.content import ContentMutations, ContentQueries
from resolvers.content_delivery import PushMutations, PushQueries
from resolvers.evaluations import EvaluationQueries
from resolvers.events import EventSubscriptions
from resolvers.groups import GroupMutations, GroupQueries
from resolvers.identity import IdentityQueries
from resolvers.income import IncomeMutations, IncomeQueries
from resolvers.invitations import InvitationMutations, InvitationQueries, PeopleMutations
from resolvers.invoices import InvoiceMutations, InvoiceQueries
from resolvers.licensing import LicensingMutations
from resolvers.nodes import NodeQueries
from resolvers.partners import PartnerMutations, PartnerQueries
from resolvers.programs import ProgramMutations, ProgramQueries, ProgramSubscriptions
from resolvers.reports import ReportQueries
from resolvers.standings import StandingMutations, StandingQueries
from resolvers.templates import TemplateMutations, TemplateQueries
from resolvers.webhooks import WebhookMutations, WebhookQueries


@strawberry.type(description="Everything that can be asked.")
class Query(
    IdentityQueries,
    NodeQueries,
    PartnerQueries,
    ClientQueries,
    ClientQuoteQueries,
    GroupQueries,
    ContentQueries,
    PushQueries,
    TemplateQueries,
    BillingQueries,
    ProgramQueries,
    ClockQueries,
    ActivityQueries,
    StandingQueries,
    EvaluationQueries,
    InvoiceQueries,
    IncomeQueries,
    ReportQueries,
    InvitationQueries,
    WebhookQueries,
    AuditQueries,
):
    """All queries."""


@strawberry.type(description="Everything that can be changed: one business action each.")
class Mutation(
    PartnerMutations,
    ClientMutations,
    ClientImportMutations,
    ClientLifeMutations,
    GroupMutations,
    ContentMutations,
    PushMutations,
    TemplateMutations,
    ProgramMutations,
    StandingMutations,
    ClockMutations,
    ActivityMutations,
    LicensingMutations,
    InvoiceMutations,
    IncomeMutations,
    InvitationMutations,
    PeopleMutations,
    WebhookMutations,
):
    """All mutations."""


@strawberry.type(description="Everything that can be subscribed to.")
class Subscription(ProgramSubscriptions, EventSubscriptions):
    """All subscriptions."""
