"""The client team that a use case changes: found for the actor, and kept still meanwhile."""

from uuid import UUID

from app.auth.actor import Actor
from app.domain.clients import AssignmentRole, ClientStatus
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.identity import Role
from app.persistence.models import AdvisorAssignment, Client
from app.services.partners.acting import lock_partner, partner_problem
from app.services.use_case import Caller
from app.services.visible import require


async def lock_client(caller: Caller, client_id: UUID) -> Client:
    """A client as it is now, with its partner locked, for whoever may administer it.

    Raises Refused at `clientId` with NOT_FOUND, and with ROLE_TOO_LOW for an advisor whose
    assignment there is not ADMIN.
    """
    seen = await require(caller, Client, client_id, "clientId")
    await lock_partner(seen.partner_id)
    # Again: until the lock was there, the client could change and the advisor be taken out of it.
    client = await require(caller, Client, client_id, "clientId")
    await _require_admin(caller.actor, client)
    await client.fetch_related("partner")
    return client


async def lock_active_client(caller: Caller, client_id: UUID) -> Client:
    """The same, for new work in it. Raises Refused with CLIENT_NOT_ACTIVE, PARTNER_NOT_ACTIVE."""
    client = await lock_client(caller, client_id)
    if client.status != ClientStatus.ACTIVE:
        raise refuse(
            ErrorCode.CLIENT_NOT_ACTIVE,
            f"The client is {client.status}. Only an ACTIVE client can be changed.",
            "clientId",
        )
    if problem := partner_problem(client.partner, "clientId"):
        raise Refused([problem])
    return client


async def _require_admin(actor: Actor, client: Client) -> None:
    """Refuse an advisor who only looks (VIEWER) or works (CONTRIBUTOR) in the client.

    Everything that is changed about a client team is administering it. A partner admin needs no
    assignment, and is not limited by one.
    """
    if actor.role is not Role.ADVISOR:
        return
    assignment = await AdvisorAssignment.get(
        client_id=client.id, advisor_id=actor.user_id, ended_at=None
    )
    if assignment.role != AssignmentRole.ADMIN:
        raise refuse(
            ErrorCode.ROLE_TOO_LOW,
            f"You are {assignment.role} in this client, and only an ADMIN may do this."
            " Ask an admin of your partner team to do it, or to give you that role.",
            "clientId",
        )
