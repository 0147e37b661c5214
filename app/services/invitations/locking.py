"""The invitation that a call is for: found for a caller who may invite, and locked."""

from uuid import UUID

from app.auth.policy import Action, decide
from app.domain.client_lifecycle import work_problem
from app.domain.clients import ClientStatus
from app.domain.errors import ErrorCode, refuse
from app.persistence.models import Client, Invitation, Partner
from app.services.clients.locking import lock_client, refuse_if
from app.services.partners.locking import lock_partner, partner_problem
from app.services.use_case import Caller
from app.services.visible import require

FIELD = "invitationId"


async def lock_invitation(caller: Caller, invitation_id: UUID) -> Invitation:
    """An invitation as it is now, with its partner locked, for a caller who may invite that person.

    Raises Refused at `invitationId` with NOT_FOUND, and with ROLE_TOO_LOW for an invitation to the
    partner team if the actor may invite to client teams only, or for one to a client team that an
    advisor does not administer.
    """
    seen = await require(caller, Invitation, invitation_id, FIELD)
    if seen.client_id:
        await lock_client(caller, seen.client_id, FIELD)
    else:
        _require_team_admin(caller)
        await lock_partner(seen.partner_id)
    return await Invitation.get(id=invitation_id)


async def require_at_work(invitation: Invitation, *field: str) -> None:
    """Raises Refused with PARTNER_NOT_ACTIVE or CLIENT_NOT_ACTIVE for the team it leads to."""
    refuse_if(partner_problem(await Partner.get(id=invitation.partner_id), *field))
    if invitation.client_id:
        client = await Client.get(id=invitation.client_id)
        refuse_if(work_problem(ClientStatus(client.status), *field))


def _require_team_admin(caller: Caller) -> None:
    decision = decide(caller.actor, Action.INVITE_ADVISOR)
    if not decision.allowed:
        raise refuse(
            ErrorCode.ROLE_TOO_LOW,
            "This is an invitation to the partner team, for which you need INVITE_ADVISOR. Ask an"
            " admin of your partner team.",
            FIELD,
        )
