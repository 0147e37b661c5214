"""Helpers for tests of invitations: people who are invited, and newcomers who sign in."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from app.auth.actor import Actor, Identity
from app.domain.identity import Role
from app.services.advisors.invite_advisor import InviteAdvisor, invite_advisor
from app.services.clients.add_client_user import AddClientUser, add_client_user
from app.services.invitations.accept_invitation import AcceptInvitation, accept_invitation
from tests.world import Team, World

EMAIL = "nora@new.example"


def newcomer(subject: str = "idp|nora", email: str | None = None) -> Actor:
    """Somebody with a valid token who is nobody here; `email` is what the issuer vouches for."""
    return Actor(Role.NEWCOMER, name="Newcomer", identity=Identity(subject, email))


async def invited_advisor(world: World, team: Team, email: str = EMAIL) -> Mapping[str, UUID]:
    """The ids `advisor` and `invitation` of somebody whom the team's admin has just invited."""
    input = InviteAdvisor(str(uuid4()), "Nora New", email)
    return await invite_advisor(world.caller(team.as_admin()), input)


async def invited_user(world: World, team: Team, email: str = EMAIL) -> Mapping[str, UUID]:
    """The ids `client_user` and `invitation` of somebody new in the team's client."""
    input = AddClientUser(str(uuid4()), team.client.id, "Nora New", email)
    return await add_client_user(world.caller(team.as_admin()), input)


async def accept(world: World, invitation_id: UUID | None, actor: Actor) -> Mapping[str, UUID]:
    """Accept by a newcomer, with a key of its own."""
    input = AcceptInvitation(str(uuid4()), invitation_id)
    return await accept_invitation(world.caller(actor), input)
