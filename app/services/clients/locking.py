"""The client team that a use case changes: found for the actor, and locked."""

from uuid import UUID

from app.auth.actor import Actor
from app.domain.client_lifecycle import role_problem, work_problem
from app.domain.clients import AssignmentRole, ClientStatus
from app.domain.errors import Problem, Refused
from app.domain.identity import Role
from app.persistence.models import AdvisorAssignment, Client
from app.services.partners.locking import lock_partner, partner_problem
from app.services.use_case import Caller
from app.services.visible import require


async def lock_client(caller: Caller, client_id: UUID, field: str = "clientId") -> Client:
    """A client as it is now, with its partner locked, for a caller who may administer it.

    Raises Refused at `field` with NOT_FOUND, and with ROLE_TOO_LOW for an advisor whose
    assignment there is not ADMIN.
    """
    seen = await require(caller, Client, client_id, field)
    await lock_partner(seen.partner_id)
    # Again: until the lock was there, the client could change and the advisor be taken out of it.
    client = await require(caller, Client, client_id, field)
    await _require_admin(caller.actor, client, field)
    await client.fetch_related("partner")
    return client


async def lock_active_client(caller: Caller, client_id: UUID, field: str = "clientId") -> Client:
    """The same, for new work in it. Raises Refused with CLIENT_NOT_ACTIVE, PARTNER_NOT_ACTIVE."""
    client = await lock_client(caller, client_id, field)
    refuse_if(work_problem(ClientStatus(client.status), field))
    refuse_if(partner_problem(client.partner, field))
    return client


def refuse_if(problem: Problem | None) -> None:
    """Raises Refused with the problem, if there is one."""
    if problem:
        raise Refused([problem])


async def _require_admin(actor: Actor, client: Client, field: str) -> None:
    """Refuse an advisor who only looks (VIEWER) or works (CONTRIBUTOR) in the client.

    Everything that is changed about a client team is administering it. A partner admin needs no
    assignment, and is not limited by one.
    """
    if actor.role is not Role.ADVISOR:
        return
    assignment = await AdvisorAssignment.get(
        client_id=client.id, advisor_id=actor.user_id, ended_at=None
    )
    refuse_if(role_problem(AssignmentRole(assignment.role), field))
