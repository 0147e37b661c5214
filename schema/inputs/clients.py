"""Inputs and payloads of the mutations on clients and their people."""

from typing import Any

import strawberry

from app.domain.clients import AssignmentRole, CreateClientStep, NewClientUser
from app.domain.plans import BillingInterval, PlanCode
from app.services.clients.new_client import CreateClient
from schema.clients import AdvisorAssignment, Client, ClientUser
from schema.enums import described
from schema.inputs.invitations import new_invitation, new_invitations
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.invitations import NewInvitation
from schema.node import row_id, row_ids
from schema.scalars import EmailAddress

described(
    CreateClientStep,
    "A step of creating a client.",
    PLAN="Plan or template.",
    DETAILS="Name, website domain, advisors, size.",
    USERS="Users of the client team; may be empty.",
)


@strawberry.input(
    description="What a new client starts with: a plan, or a template, which includes a plan. "
    "Both are accepted if they agree."
)
class ClientStart:
    """A plan or a template."""

    plan_code: PlanCode | None = strawberry.field(
        default=None, description="A plan; without a template there must be one."
    )
    template_id: strawberry.ID | None = strawberry.field(
        default=None, description="A template: it brings its plan, content and advisors."
    )


@strawberry.input(one_of=True, description="A client's size: exactly one of these.")
class ClientSize:
    """A count or a bracket."""

    employee_count: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many employees it has, from 1."
    )
    bracket: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A bracket's code such as `11-50`, as declared."
    )


@strawberry.input(description="A user to add to a client team.")
class NewClientUserInput:
    """A person to add."""

    name: str = strawberry.field(description="Full name, 1–200 characters.")
    email: EmailAddress = strawberry.field(description="Where the invitation goes.")


@strawberry.input(description="A client to create, in three steps.")
class CreateClientInput:
    """A new client."""

    idempotency_key: str = idempotency_key()
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="For the vendor only; everyone else acts for their own partner."
    )
    start: ClientStart = strawberry.field(description="Step 1: a plan or a template.")
    name: str = strawberry.field(description="Step 2: the client's name, 1–200 characters.")
    domain: str = strawberry.field(
        description="Step 2: its website domain; a URL such as `https://www.example.com/` is "
        "accepted too. Unique among the partner's live clients."
    )
    size: ClientSize = strawberry.field(description="Step 2: how large it is.")
    advisor_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Step 2: the advisors who will work in it. Unset: the template's and, if of "
        "the team, you. An empty list: none. An advisor must be among them.",
    )
    users: list[NewClientUserInput] | None = strawberry.field(
        default=None, description="Step 3: its users; more can be added later."
    )
    interval: BillingInterval = strawberry.field(
        default=BillingInterval.MONTH, description="How often a subscription is charged, if any."
    )

    def use_case(self) -> CreateClient:
        """The use case's own input."""
        start, size = self.start, self.size
        return CreateClient(
            idempotency_key=self.idempotency_key,
            partner_id=row_id(self.partner_id, "Partner"),
            plan_code=start.plan_code,
            template_id=row_id(start.template_id, "ClientTemplate"),
            name=self.name,
            domain=self.domain,
            employee_count=given(size.employee_count),
            bracket_code=given(size.bracket),
            advisor_ids=row_ids(self.advisor_ids, "Advisor"),
            users=tuple(NewClientUser(user.name, user.email) for user in self.users or ()),
            interval=self.interval,
        )


@strawberry.input(description="A user of a client that is still being entered.")
class DraftUserInput:
    """A person, perhaps not written out yet."""

    name: str = strawberry.field(default="", description="Full name.")
    email: str = strawberry.field(default="", description="Where the invitation goes.")


@strawberry.input(
    description="A client that is still being entered: like `CreateClientInput`, but anything "
    "may be missing. Missing values are reported for the step they belong to."
)
class ClientDraftInput:
    """A new client, so far."""

    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Ignored: present so that the input of `createClient` can be passed unchanged.",
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="For the vendor only; everyone else acts for their own partner."
    )
    start: ClientStart | None = strawberry.field(
        default=None, description="Step 1: a plan or a template."
    )
    name: str | None = strawberry.field(default=None, description="Step 2: the client's name.")
    domain: str | None = strawberry.field(default=None, description="Step 2: its website domain.")
    size: ClientSize | None = strawberry.field(
        default=None, description="Step 2: how large it is. The price depends on it."
    )
    advisor_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Step 2: the advisors who will work in it."
    )
    users: list[DraftUserInput] | None = strawberry.field(
        default=None, description="Step 3: its users."
    )
    interval: BillingInterval = strawberry.field(
        default=BillingInterval.MONTH, description="How often a subscription is charged, if any."
    )

    def use_case(self) -> CreateClient:
        """The use case's own input; what is missing is empty there."""
        return CreateClient(
            idempotency_key="",
            partner_id=row_id(self.partner_id, "Partner"),
            plan_code=self.start.plan_code if self.start else None,
            template_id=row_id(self.start.template_id, "ClientTemplate") if self.start else None,
            name=self.name or "",
            domain=self.domain or "",
            employee_count=given(self.size.employee_count) if self.size else None,
            bracket_code=given(self.size.bracket) if self.size else None,
            advisor_ids=row_ids(self.advisor_ids, "Advisor"),
            users=tuple(NewClientUser(user.name, user.email) for user in self.users or ()),
            interval=self.interval,
        )


def given(value: Any) -> Any:
    """A member of a oneOf input, or None if it is another one that was given."""
    return None if value is strawberry.UNSET else value


@strawberry.type(description="The answer of `createClient`.")
class CreateClientPayload(Payload):
    """The new client."""

    client: Client | None = loaded("client", "The new client; null if it was refused.")
    invitations: list[NewInvitation] | None = new_invitations()


@strawberry.input(description="A client to upgrade to a higher plan.")
class UpgradeClientInput:
    """An upgrade."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")
    plan_code: PlanCode = strawberry.field(description="The plan; higher than the present one.")
    interval: BillingInterval = strawberry.field(
        default=BillingInterval.MONTH, description="How often a subscription is charged, if any."
    )


@strawberry.type(description="The answer of `upgradeClient`.")
class UpgradeClientPayload(Payload):
    """The upgraded client."""

    client: Client | None = loaded("client", "The client; null if it was refused.")


@strawberry.input(description="A user to add to a client team.")
class AddClientUserInput:
    """A person and a team."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client team.")
    name: str = strawberry.field(description="Full name, 1–200 characters.")
    email: EmailAddress = strawberry.field(description="Unique in the team.")


@strawberry.type(description="The answer of `addClientUser`.")
class AddClientUserPayload(Payload):
    """The new user."""

    client_user: ClientUser | None = loaded("client_user", "The user; null if it was refused.")
    invitation: NewInvitation | None = new_invitation()
    client: Client | None = loaded("client", "The client team; null if it was refused.")


@strawberry.input(description="An advisor who is to work in a client.")
class AssignAdvisorInput:
    """An advisor and a client."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")
    advisor_id: strawberry.ID = strawberry.field(description="An active advisor of its partner.")
    role: AssignmentRole = strawberry.field(
        default=AssignmentRole.ADMIN, description="What the advisor may do there."
    )


@strawberry.type(description="The answer of `assignAdvisor`.")
class AssignAdvisorPayload(Payload):
    """The assignment."""

    assignment: AdvisorAssignment | None = loaded(
        "assignment", "The assignment; null if it was refused."
    )


@strawberry.input(description="An advisor who is to leave a client.")
class UnassignAdvisorInput:
    """An advisor and a client."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")
    advisor_id: strawberry.ID = strawberry.field(description="The advisor who works in it.")


@strawberry.type(description="The answer of `unassignAdvisor`.")
class UnassignAdvisorPayload(Payload):
    """The ended assignment."""

    assignment: AdvisorAssignment | None = loaded(
        "assignment", "The assignment, ended now; null if it was refused."
    )
