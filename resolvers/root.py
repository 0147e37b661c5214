"""The roots of the schema: every area's fields, merged."""

import strawberry

from resolvers.billing import BillingQueries
from resolvers.clients import ClientMutations, ClientQueries
from resolvers.content import ContentMutations, ContentQueries
from resolvers.identity import IdentityQueries
from resolvers.nodes import NodeQueries
from resolvers.partners import PartnerMutations, PartnerQueries
from resolvers.programs import ProgramQueries, ProgramSubscriptions
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
):
    """All queries."""


@strawberry.type(description="Everything that can be changed: one business action each.")
class Mutation(PartnerMutations, ClientMutations, ContentMutations, TemplateMutations):
    """All mutations."""


@strawberry.type(description="Everything that can be subscribed to.")
class Subscription(ProgramSubscriptions):
    """All subscriptions."""
