"""Move an advisor from one client to another, in one step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.clients import AssignmentRole
from app.domain.errors import ErrorCode, Refused, refuse
from app.persistence.models import AdvisorAssignment, Client
from app.services.advisors.assignments import begin, current, end
from app.services.advisors.selection import active_advisor, unknown_advisor
from app.services.clients.locking import lock_active_client, lock_client
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class MoveAdvisor:
    """An advisor, the client to leave and the one to work in instead."""

    idempotency_key: str
    advisor_id: UUID
    from_client_id: UUID
    to_client_id: UUID


async def move_advisor(caller: Caller, input: MoveAdvisor) -> Mapping[str, UUID]:
    """End one assignment and begin the other with the same role.

    Gives the ids `advisor`, `ended` and `assignment`. Raises Refused with NOT_FOUND for either
    client, INVALID at `toClientId` for the same one or another partner's, CLIENT_NOT_ACTIVE or
    PARTNER_NOT_ACTIVE there, UNKNOWN_ADVISOR for anyone but an active advisor of the team, and
    ALREADY_DONE for one who does not work in the one client, or works in the other already.
    """

    async def work(now: datetime) -> Done:
        source, target = await _clients(caller, input)
        advisor = await active_advisor(source.partner_id, input.advisor_id)
        if advisor is None:
            raise Refused([unknown_advisor("advisorId")])
        former = await current(source.id, advisor.id, "advisorId")
        if await AdvisorAssignment.exists(client=target, advisor=advisor, ended_at=None):
            message = "The advisor works in that client already."
            raise refuse(ErrorCode.ALREADY_DONE, message, "toClientId")
        await end(caller.actor, former, now)
        role = AssignmentRole(former.role)
        assignment = await begin(caller.actor, target, advisor, role, now)
        ids = {"advisor": advisor.id, "ended": former.id, "assignment": assignment.id}
        return Done(assignment.id, source.partner_id, ids)

    return await perform(caller, "moveAdvisor", input.idempotency_key, arguments(input), work)


async def _clients(caller: Caller, input: MoveAdvisor) -> tuple[Client, Client]:
    """Both clients, with their one partner locked."""
    source = await lock_client(caller, input.from_client_id, "fromClientId")
    seen = await require(caller, Client, input.to_client_id, "toClientId")
    # Before it is locked: whoever holds two partners' locks may wait for another who does.
    if seen.id == source.id or seen.partner_id != source.partner_id:
        message = "Name another client of the same partner."
        raise refuse(ErrorCode.INVALID, message, "toClientId")
    return source, await lock_active_client(caller, input.to_client_id, "toClientId")
