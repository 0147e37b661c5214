"""Queries and mutations on client teams."""

from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.services.advisors.assign_advisor import AssignAdvisor, assign_advisor
from app.services.advisors.unassign_advisor import UnassignAdvisor, unassign_advisor
from app.services.clients.add_client_user import AddClientUser, add_client_user
from app.services.clients.create_client import create_client
from app.services.clients.upgrade_client import UpgradeClient, upgrade_client
from resolvers.paging import root_page
from resolvers.payloads import answer
from resolvers.permissions import mutation, query
from schema.clients import CLIENTS, Client, ClientFilter, ClientOrder
from schema.connections import Connection
from schema.inputs.clients import (
    AddClientUserInput,
    AddClientUserPayload,
    AssignAdvisorInput,
    AssignAdvisorPayload,
    CreateClientInput,
    CreateClientPayload,
    UnassignAdvisorInput,
    UnassignAdvisorPayload,
    UpgradeClientInput,
    UpgradeClientPayload,
)
from schema.node import required_id
from schema.planned import selection_of


@strawberry.type
class ClientQueries:
    """Clients."""

    @query(Action.READ_CLIENTS, "A client by id; null if there is none that you may see.")
    async def client(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
    ) -> Client | None:
        """One client."""
        return await info.context.reads.one(selection_of(info), required_id(id, "Client"))

    clients: Connection[Client] = root_page(
        Action.READ_CLIENTS,
        "The clients that you may see, of all partners for the vendor.",
        "Client",
        CLIENTS,
        ClientFilter,
        ClientOrder,
    )


@strawberry.type
class ClientMutations:
    """Changes to client teams."""

    @mutation(
        Action.CREATE_CLIENT,
        "Create a client: plan or template, details, users, all or nothing. ASSESSMENT_ONLY takes "
        "one of the partner's slots, FULL_FEATURE starts a subscription.",
    )
    async def create_client(
        self,
        info: strawberry.Info,
        input: Annotated[CreateClientInput, strawberry.argument(description="The client.")],
    ) -> CreateClientPayload:
        """Create a client."""
        work = create_client(info.context.caller, input.use_case())
        return await answer(CreateClientPayload, work)

    @mutation(
        Action.UPGRADE_CLIENT,
        "Upgrade a client to a higher plan. An upgrade to FULL_FEATURE starts a free trial if "
        "the customer had none and has not paid. A customer is a website domain.",
    )
    async def upgrade_client(
        self,
        info: strawberry.Info,
        input: Annotated[UpgradeClientInput, strawberry.argument(description="The upgrade.")],
    ) -> UpgradeClientPayload:
        """Upgrade a client."""
        use_case = UpgradeClient(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
            plan_code=input.plan_code,
            interval=input.interval,
        )
        return await answer(UpgradeClientPayload, upgrade_client(info.context.caller, use_case))

    @mutation(Action.ADD_CLIENT_USER, "Add a user to a client team, invited.")
    async def add_client_user(
        self,
        info: strawberry.Info,
        input: Annotated[AddClientUserInput, strawberry.argument(description="The user.")],
    ) -> AddClientUserPayload:
        """Add a user."""
        use_case = AddClientUser(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
            name=input.name,
            email=input.email,
        )
        return await answer(AddClientUserPayload, add_client_user(info.context.caller, use_case))

    @mutation(Action.ASSIGN_ADVISOR, "Assign an advisor to a client.")
    async def assign_advisor(
        self,
        info: strawberry.Info,
        input: Annotated[AssignAdvisorInput, strawberry.argument(description="Who and where.")],
    ) -> AssignAdvisorPayload:
        """Assign an advisor."""
        use_case = AssignAdvisor(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
            advisor_id=required_id(input.advisor_id, "Advisor"),
            role=input.role,
        )
        return await answer(AssignAdvisorPayload, assign_advisor(info.context.caller, use_case))

    @mutation(Action.ASSIGN_ADVISOR, "Unassign an advisor from a client.")
    async def unassign_advisor(
        self,
        info: strawberry.Info,
        input: Annotated[UnassignAdvisorInput, strawberry.argument(description="Who and where.")],
    ) -> UnassignAdvisorPayload:
        """End an assignment."""
        use_case = UnassignAdvisor(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
            advisor_id=required_id(input.advisor_id, "Advisor"),
        )
        return await answer(UnassignAdvisorPayload, unassign_advisor(info.context.caller, use_case))
