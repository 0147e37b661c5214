"""Inputs and payloads of the mutations on invitations, and of others that invite."""

from typing import Any

import strawberry

from app.domain.identity import Role
from app.services.invitations.token_visibility import made
from schema.identity import Viewer
from schema.inputs.payload import Payload, idempotency_key, loaded
from schema.invitations import Invitation, NewInvitation
from schema.node import encode
from schema.scalars import DateTime, EmailAddress


async def _made(root: Payload, info: strawberry.Info) -> list[NewInvitation]:
    """The invitations among the ids that a use case gave, each with its token."""
    ids = [id for name, id in root.ids.items() if name.partition(".")[0] == "invitation"]
    context = info.context
    return [
        NewInvitation(
            id=encode("Invitation", row.id),
            email=EmailAddress(row.email),
            expires_at=DateTime(row.expires_at),
            token=context.runtime.invitations.token(row.id),
        )
        for row in await made(context.caller, ids)
    ]


def new_invitation() -> Any:
    """A payload field: the invitation that was made, with its token."""

    async def load(root: Any, info: strawberry.Info) -> NewInvitation | None:
        return next(iter(await _made(root, info)), None)

    description = "The invitation, with its token; null if it was refused."
    return strawberry.field(resolver=load, description=description)


def new_invitations() -> Any:
    """The same for several people."""

    async def load(root: Any, info: strawberry.Info) -> list[NewInvitation] | None:
        return await _made(root, info) if root.ids else None

    description = (
        "The invitations of the users, with their tokens, in the order given; null if it was "
        "refused."
    )
    return strawberry.field(resolver=load, description=description)


@strawberry.input(description="An invitation that another is to follow.")
class RenewInvitationInput:
    """An invitation to renew."""

    idempotency_key: str = idempotency_key()
    invitation_id: strawberry.ID = strawberry.field(
        description="The invitation: pending, expired or withdrawn."
    )


@strawberry.type(description="The answer of `renewInvitation`.")
class RenewInvitationPayload(Payload):
    """The new invitation."""

    invitation: NewInvitation | None = new_invitation()


@strawberry.input(description="An invitation to withdraw.")
class RevokeInvitationInput:
    """An invitation to withdraw."""

    idempotency_key: str = idempotency_key()
    invitation_id: strawberry.ID = strawberry.field(description="The invitation; pending.")


@strawberry.type(description="The answer of `revokeInvitation`.")
class RevokeInvitationPayload(Payload):
    """The invitation."""

    invitation: Invitation | None = loaded(
        "invitation", "The invitation, withdrawn; null if it was refused."
    )


@strawberry.input(description="An invitation to accept.")
class AcceptInvitationInput:
    """A token."""

    idempotency_key: str = idempotency_key()
    token: str = strawberry.field(description="The token of the invitation, out of the link.")


@strawberry.type(description="The answer of `acceptInvitation`.")
class AcceptInvitationPayload(Payload):
    """Who has joined."""

    @strawberry.field(description="Who you are from now on; null if it was refused.")
    def viewer(self, info: strawberry.Info) -> Viewer | None:
        """The person whom the newcomer has become."""
        actor = info.context.actor
        if not self.ids or actor.role is Role.NEWCOMER:
            return None
        return Viewer(name=actor.name, role=actor.role, scopes=None)
