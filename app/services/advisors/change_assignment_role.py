"""Give an advisor another role in a client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.clients import AssignmentRole
from app.domain.errors import ErrorCode, Refused, refuse
from app.services.advisors.assignments import begin, current, end
from app.services.advisors.selection import active_advisor, unknown_advisor
from app.services.clients.locking import lock_active_client
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class ChangeAssignmentRole:
    """An advisor who works in a client, and the role to have there."""

    idempotency_key: str
    client_id: UUID
    advisor_id: UUID
    role: AssignmentRole


async def change_assignment_role(caller: Caller, input: ChangeAssignmentRole) -> Mapping[str, UUID]:
    """End the assignment and begin another with the role at the same moment: both stay on record.

    Gives the ids `client`, `advisor` and `assignment`. Raises Refused with NOT_FOUND,
    CLIENT_NOT_ACTIVE or PARTNER_NOT_ACTIVE for the client, UNKNOWN_ADVISOR for anyone but an active
    advisor of the team, and ALREADY_DONE for one who does not work there, or has that role.
    """

    async def work(now: datetime) -> Done:
        client = await lock_active_client(caller, input.client_id)
        advisor = await active_advisor(client.partner_id, input.advisor_id)
        if advisor is None:
            raise Refused([unknown_advisor("advisorId")])
        former = await current(client.id, advisor.id, "advisorId")
        if former.role == input.role:
            message = f"The advisor is {input.role} in this client already."
            raise refuse(ErrorCode.ALREADY_DONE, message, "role")
        await end(caller.actor, former, now)
        assignment = await begin(caller.actor, client, advisor, input.role, now)
        ids = {"client": client.id, "advisor": advisor.id, "assignment": assignment.id}
        return Done(assignment.id, client.partner_id, ids)

    return await perform(
        caller, "changeAssignmentRole", input.idempotency_key, arguments(input), work
    )
