"""Queries and mutations on client teams."""

from typing import Annotated

import strawberry

from app.auth.policy import Action
from app.domain.clients import CreateClientStep
from app.domain.errors import Refused
from app.services.advisors.assign_advisor import AssignAdvisor, assign_advisor
from app.services.advisors.unassign_advisor import UnassignAdvisor, unassign_advisor
from app.services.billing.quote import Quote
from app.services.clients.add_client_user import AddClientUser, add_client_user
from app.services.clients.archive_client import ArchiveClient, archive_client
from app.services.clients.check_create_client import check_create_client
from app.services.clients.create_client import create_client
from app.services.clients.upgrade_client import UpgradeClient, upgrade_client
from resolvers.mutating import answer
from resolvers.paging import root_page
from resolvers.permissions import mutation, query
from schema.billing import Money
from schema.clients import CLIENTS, Client, ClientFilter, ClientOrder
from schema.connections import Connection
from schema.errors import user_errors
from schema.inputs.clients import (
    AddClientUserInput,
    AddClientUserPayload,
    ArchiveClientInput,
    ArchiveClientPayload,
    AssignAdvisorInput,
    AssignAdvisorPayload,
    ClientDraftInput,
    CreateClientCheck,
    CreateClientInput,
    CreateClientPayload,
    PriceQuote,
    UnassignAdvisorInput,
    UnassignAdvisorPayload,
    UpgradeClientInput,
    UpgradeClientPayload,
)
from schema.node import required_id
from schema.planned import selection_of
from schema.scalars import CurrencyCode, DateTime, DecimalText


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

    @query(
        Action.CREATE_CLIENT,
        "What `createClient` would say now, for one step of a wizard or all, with the price. "
        "Nothing is written.",
    )
    async def validate_create_client(
        self,
        info: strawberry.Info,
        input: Annotated[ClientDraftInput, strawberry.argument(description="The client so far.")],
        step: Annotated[
            CreateClientStep | None,
            strawberry.argument(description="Check this step alone; unset for all three."),
        ] = None,
    ) -> CreateClientCheck:
        """Dry-run the creation of a client."""
        try:
            check = await check_create_client(info.context.caller, input.use_case(), step)
        except Refused as refused:
            return CreateClientCheck(
                valid=False,
                user_errors=user_errors(refused.problems),
                quote=None,
                slots_available=None,
            )
        problems = [problem for found in check.problems.values() for problem in found]
        return CreateClientCheck(
            valid=not problems,
            user_errors=user_errors(problems),
            quote=_quote(check.quote) if check.quote else None,
            slots_available=check.slots_available,
        )


def _quote(quote: Quote) -> PriceQuote:
    price = None
    if quote.money:
        price = Money(
            amount=DecimalText(str(quote.money)), currency_code=CurrencyCode(quote.money.currency)
        )
    return PriceQuote(
        plan_code=quote.plan,
        bracket=strawberry.ID(quote.bracket),
        interval=quote.interval,
        price=price,
        trial_days=quote.trial_days,
        billing_starts_at=DateTime(starts) if (starts := quote.billing_starts_at) else None,
        takes_slot=quote.takes_slot,
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
        "Bring a client to a higher plan. The first upgrade to FULL_FEATURE starts a free trial.",
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

    @mutation(
        Action.ARCHIVE_CLIENT,
        "Archive a client: its subscription is cancelled, its advisors leave, its domain is free.",
    )
    async def archive_client(
        self,
        info: strawberry.Info,
        input: Annotated[ArchiveClientInput, strawberry.argument(description="The client.")],
    ) -> ArchiveClientPayload:
        """Archive a client."""
        use_case = ArchiveClient(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
        )
        return await answer(ArchiveClientPayload, archive_client(info.context.caller, use_case))

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

    @mutation(Action.ASSIGN_ADVISOR, "Let an advisor work in a client.")
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

    @mutation(Action.ASSIGN_ADVISOR, "Take an advisor out of a client.")
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
