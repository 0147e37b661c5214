"""Inputs and payloads of the mutations on who works where."""

import strawberry

from app.domain.clients import AssignmentRole
from schema.clients import AdvisorAssignment, Client, ClientUser
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.partners import Advisor


@strawberry.input(description="A user of the partner team to lock out.")
class RevokeAdvisorInput:
    """A user who leaves the team."""

    idempotency_key: str = idempotency_key()
    advisor_id: strawberry.ID = strawberry.field(description="The user.")
    successor_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="An active advisor of the team who takes over the assignments, with the roles. "
        "A successor who works in a client already keeps the higher role. Unset: they all end.",
    )


@strawberry.type(description="The answer of `revokeAdvisor`.")
class RevokeAdvisorPayload(Payload):
    """The user."""

    advisor: Advisor | None = loaded("advisor", "The user, revoked; null if it was refused.")


@strawberry.input(description="A user of a client team to lock out.")
class RevokeClientUserInput:
    """A user who leaves a client team."""

    idempotency_key: str = idempotency_key()
    client_user_id: strawberry.ID = strawberry.field(description="The user.")


@strawberry.type(description="The answer of `revokeClientUser`.")
class RevokeClientUserPayload(Payload):
    """The user."""

    client_user: ClientUser | None = loaded(
        "client_user", "The user, revoked; null if it was refused."
    )
    client: Client | None = loaded("client", "The client team; null if it was refused.")


@strawberry.input(description="An advisor who is to leave one client for another.")
class MoveAdvisorInput:
    """An advisor and two clients."""

    idempotency_key: str = idempotency_key()
    advisor_id: strawberry.ID = strawberry.field(description="The advisor.")
    from_client_id: strawberry.ID = strawberry.field(description="The client to leave.")
    to_client_id: strawberry.ID = strawberry.field(
        description="The client to work in, of the same partner."
    )


@strawberry.type(description="The answer of `moveAdvisor`.")
class MoveAdvisorPayload(Payload):
    """Both assignments."""

    ended: AdvisorAssignment | None = loaded(
        "ended", "The assignment that ended; null if it was refused."
    )
    assignment: AdvisorAssignment | None = loaded(
        "assignment", "The assignment that began; null if it was refused."
    )


@strawberry.input(description="Another role for an advisor who works in a client.")
class ChangeAssignmentRoleInput:
    """An advisor, a client and a role."""

    idempotency_key: str = idempotency_key()
    client_id: strawberry.ID = strawberry.field(description="The client.")
    advisor_id: strawberry.ID = strawberry.field(description="The advisor who works in it.")
    role: AssignmentRole = strawberry.field(description="What the advisor may do there from now.")


@strawberry.type(description="The answer of `changeAssignmentRole`.")
class ChangeAssignmentRolePayload(Payload):
    """The assignment with the new role."""

    assignment: AdvisorAssignment | None = loaded(
        "assignment", "The assignment with the new role; null if it was refused."
    )
