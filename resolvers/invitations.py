"""Queries and mutations on invitations, and on people who are to leave."""

from contextlib import suppress
from typing import Annotated

import strawberry

from app.auth.people import by_subject
from app.auth.policy import Action
from app.auth.refusal import Unauthenticated
from app.domain.errors import Refused
from app.services.advisors.change_assignment_role import (
    ChangeAssignmentRole,
    change_assignment_role,
)
from app.services.advisors.move_advisor import MoveAdvisor, move_advisor
from app.services.advisors.revoke_advisor import RevokeAdvisor, revoke_advisor
from app.services.clients.revoke_client_user import RevokeClientUser, revoke_client_user
from app.services.invitations.accept_invitation import AcceptInvitation, accept_invitation
from app.services.invitations.renew_invitation import RenewInvitation, renew_invitation
from app.services.invitations.revoke_invitation import RevokeInvitation, revoke_invitation
from app.services.invitations.token_visibility import pending
from resolvers.payloads import answer
from resolvers.permissions import mutation, query
from schema.inputs.invitations import (
    AcceptInvitationInput,
    AcceptInvitationPayload,
    RenewInvitationInput,
    RenewInvitationPayload,
    RevokeInvitationInput,
    RevokeInvitationPayload,
)
from schema.inputs.people import (
    ChangeAssignmentRoleInput,
    ChangeAssignmentRolePayload,
    MoveAdvisorInput,
    MoveAdvisorPayload,
    RevokeAdvisorInput,
    RevokeAdvisorPayload,
    RevokeClientUserInput,
    RevokeClientUserPayload,
)
from schema.node import required_id, row_id

_BOTH = " For an invitation to the partner team you need INVITE_ADVISOR as well."


@strawberry.type
class InvitationQueries:
    """Invitations."""

    @query(
        Action.ADD_CLIENT_USER,
        "The token of a pending invitation, for the vendor's mailer and for anyone who may "
        "invite that person; null if it is not pending, or not yours to send." + _BOTH,
    )
    async def invitation_token(
        self,
        info: strawberry.Info,
        invitation_id: Annotated[strawberry.ID, strawberry.argument(description="The invitation.")],
    ) -> str | None:
        """The token of a pending invitation."""
        context = info.context
        try:
            found = await pending(context.caller, required_id(invitation_id, "Invitation"))
        except Refused:
            return None
        return context.runtime.invitations.token(found.id)  # type: ignore[no-any-return]


@strawberry.type
class InvitationMutations:
    """Changes to invitations."""

    @mutation(
        Action.ADD_CLIENT_USER,
        "Invite the same person again: the pending invitation, if any, is void." + _BOTH,
    )
    async def renew_invitation(
        self,
        info: strawberry.Info,
        input: Annotated[RenewInvitationInput, strawberry.argument(description="Which.")],
    ) -> RenewInvitationPayload:
        """Renew an invitation."""
        use_case = RenewInvitation(
            idempotency_key=input.idempotency_key,
            invitation_id=required_id(input.invitation_id, "Invitation"),
        )
        work = renew_invitation(info.context.caller, use_case)
        return await answer(RenewInvitationPayload, work)

    @mutation(
        Action.ADD_CLIENT_USER,
        "Withdraw a pending invitation. The person stays in the team as invited." + _BOTH,
    )
    async def revoke_invitation(
        self,
        info: strawberry.Info,
        input: Annotated[RevokeInvitationInput, strawberry.argument(description="Which.")],
    ) -> RevokeInvitationPayload:
        """Withdraw an invitation."""
        use_case = RevokeInvitation(
            idempotency_key=input.idempotency_key,
            invitation_id=required_id(input.invitation_id, "Invitation"),
        )
        work = revoke_invitation(info.context.caller, use_case)
        return await answer(RevokeInvitationPayload, work)

    @mutation(
        Action.ACCEPT_INVITATION,
        "Accept an invitation, with the token of your sign-in (JWT) as the request's credentials: "
        "its subject is you from then on. The only field for somebody who is nobody here yet.",
    )
    async def accept_invitation(
        self,
        info: strawberry.Info,
        input: Annotated[AcceptInvitationInput, strawberry.argument(description="The token.")],
    ) -> AcceptInvitationPayload:
        """Accept an invitation."""
        context = info.context
        use_case = AcceptInvitation(
            idempotency_key=input.idempotency_key,
            invitation_id=context.runtime.invitations.read(input.token),
        )
        work = accept_invitation(context.caller, use_case)
        payload = await answer(AcceptInvitationPayload, work)
        if payload.ids and (newcomer := context.actor.identity):
            runtime = context.runtime
            # The answer is for the person whom the newcomer has become. Nobody, if it is a repeat
            # after that person was locked out.
            with suppress(Unauthenticated):
                context.actor = await by_subject(
                    runtime.database, newcomer.subject, runtime.clock.now()
                )
        return payload


@strawberry.type
class PeopleMutations:
    """Changes to who works where."""

    @mutation(
        Action.REVOKE_ADVISOR,
        "Revoke a user of the partner team permanently. Their assignments end, or go to a "
        "successor with their roles.",
    )
    async def revoke_advisor(
        self,
        info: strawberry.Info,
        input: Annotated[RevokeAdvisorInput, strawberry.argument(description="Whom.")],
    ) -> RevokeAdvisorPayload:
        """Revoke an advisor."""
        use_case = RevokeAdvisor(
            idempotency_key=input.idempotency_key,
            advisor_id=required_id(input.advisor_id, "Advisor"),
            successor_id=row_id(input.successor_id, "Advisor"),
        )
        return await answer(RevokeAdvisorPayload, revoke_advisor(info.context.caller, use_case))

    @mutation(Action.REVOKE_CLIENT_USER, "Revoke a user of a client team permanently.")
    async def revoke_client_user(
        self,
        info: strawberry.Info,
        input: Annotated[RevokeClientUserInput, strawberry.argument(description="Whom.")],
    ) -> RevokeClientUserPayload:
        """Revoke a client user."""
        use_case = RevokeClientUser(
            idempotency_key=input.idempotency_key,
            client_user_id=required_id(input.client_user_id, "ClientUser"),
        )
        work = revoke_client_user(info.context.caller, use_case)
        return await answer(RevokeClientUserPayload, work)

    @mutation(
        Action.ASSIGN_ADVISOR,
        "Move an advisor from one client to another of the same partner, with the same role.",
    )
    async def move_advisor(
        self,
        info: strawberry.Info,
        input: Annotated[MoveAdvisorInput, strawberry.argument(description="Who and where.")],
    ) -> MoveAdvisorPayload:
        """Move an advisor."""
        use_case = MoveAdvisor(
            idempotency_key=input.idempotency_key,
            advisor_id=required_id(input.advisor_id, "Advisor"),
            from_client_id=required_id(input.from_client_id, "Client"),
            to_client_id=required_id(input.to_client_id, "Client"),
        )
        return await answer(MoveAdvisorPayload, move_advisor(info.context.caller, use_case))

    @mutation(
        Action.ASSIGN_ADVISOR,
        "Give an advisor another role in a client. The assignment ends, and another begins.",
    )
    async def change_assignment_role(
        self,
        info: strawberry.Info,
        input: Annotated[
            ChangeAssignmentRoleInput, strawberry.argument(description="Who, where and what.")
        ],
    ) -> ChangeAssignmentRolePayload:
        """Change the role of an assignment."""
        use_case = ChangeAssignmentRole(
            idempotency_key=input.idempotency_key,
            client_id=required_id(input.client_id, "Client"),
            advisor_id=required_id(input.advisor_id, "Advisor"),
            role=input.role,
        )
        work = change_assignment_role(info.context.caller, use_case)
        return await answer(ChangeAssignmentRolePayload, work)
