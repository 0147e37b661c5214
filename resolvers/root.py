"""The roots of the schema: every area's fields, merged."""

import strawberry

from resolvers.activity import ActivityMutations, ActivityQueries
from resolvers.billing import BillingQueries
from resolvers.clients import ClientMutations, ClientQueries
from resolvers.clock import ClockMutations, ClockQueries
from resolvers.content import ContentMutations, ContentQueries
from resolvers.evaluations import EvaluationQueries
from resolvers.events import EventSubscriptions
from resolvers.identity import IdentityQueries
from resolvers.nodes import NodeQueries
from resolvers.partners import PartnerMutations, PartnerQueries
from resolvers.programs import ProgramMutations, ProgramQueries, ProgramSubscriptions
from resolvers.standings import StandingMutations, StandingQueries
from resolvers.templates import TemplateMutations, TemplateQueries


@strawberry.type(description="Everything that can be asked.")
class Query(
    IdentityQueries,
    NodeQueries,
    PartnerQueries,
    ClientQueries,
    ContentQueries,
    TemplateQueries,
    BillingQueries,
    ProgramQueries,
    ClockQueries,
    ActivityQueries,
    StandingQueries,
    EvaluationQueries,
):
    """All queries."""


@strawberry.type(description="Everything that can be changed: one business action each.")
class Mutation(
    PartnerMutations,
    ClientMutations,
    ContentMutations,
    TemplateMutations,
    ProgramMutations,
    StandingMutations,
    ClockMutations,
    ActivityMutations,
):
    """All mutations."""


@strawberry.type(description="Everything that can be subscribed to.")
class Subscription(ProgramSubscriptions, EventSubscriptions):
    """All subscriptions."""
