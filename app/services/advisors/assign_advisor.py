"""Put an advisor of the partner team into one of its clients."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.clients import AssignmentRole
from app.domain.errors import ErrorCode, Refused, refuse
from app.persistence.models import AdvisorAssignment
from app.services.advisors.assignments import begin
from app.services.advisors.selection import active_advisor, unknown_advisor
from app.services.clients.locking import lock_active_client
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class AssignAdvisor:
    """An advisor, and the client to work in."""

    idempotency_key: str
    client_id: UUID
    advisor_id: UUID
    role: AssignmentRole = AssignmentRole.ADMIN


async def assign_advisor(caller: Caller, input: AssignAdvisor) -> Mapping[str, UUID]:
    """Assign an advisor; gives the ids `client`, `advisor` and `assignment`.

    Raises Refused with NOT_FOUND, CLIENT_NOT_ACTIVE or PARTNER_NOT_ACTIVE for the client,
    ALREADY_DONE when the advisor works there already, and UNKNOWN_ADVISOR for anyone but an active
    advisor of the client's own partner.
    """

    async def work(now: datetime) -> Done:
        client = await lock_active_client(caller, input.client_id)
        advisor = await active_advisor(client.partner_id, input.advisor_id)
        if advisor is None:
            raise Refused([unknown_advisor("advisorId")])
        if await AdvisorAssignment.exists(client=client, advisor=advisor, ended_at=None):
            raise refuse(
                ErrorCode.ALREADY_DONE, "The advisor works in this client already.", "advisorId"
            )
        assignment = await begin(caller.actor, client, advisor, input.role, now)
        return Done(
            assignment.id,
            client.partner_id,
            {"client": client.id, "advisor": advisor.id, "assignment": assignment.id},
        )

    return await perform(caller, "assignAdvisor", input.idempotency_key, arguments(input), work)
