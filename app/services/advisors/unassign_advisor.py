"""Take an advisor out of a client."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import Refused
from app.persistence.models import Advisor
from app.services.advisors.assignments import current, end
from app.services.advisors.selection import unknown_advisor
from app.services.clients.locking import lock_client
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class UnassignAdvisor:
    """An advisor, and the client to leave."""

    idempotency_key: str
    client_id: UUID
    advisor_id: UUID


async def unassign_advisor(caller: Caller, input: UnassignAdvisor) -> Mapping[str, UUID]:
    """End an assignment; gives the ids `client`, `advisor` and `assignment`.

    Raises Refused with NOT_FOUND for the client, UNKNOWN_ADVISOR for an advisor of another team and
    ALREADY_DONE for one of the team who does not work there.
    """

    async def work(now: datetime) -> Done:
        client = await lock_client(caller, input.client_id)
        if not await Advisor.exists(id=input.advisor_id, partner_id=client.partner_id):
            raise Refused([unknown_advisor("advisorId")])
        assignment = await current(client.id, input.advisor_id, "advisorId")
        await end(caller.actor, assignment, now)
        return Done(
            assignment.id,
            client.partner_id,
            {"client": client.id, "advisor": input.advisor_id, "assignment": assignment.id},
        )

    return await perform(caller, "unassignAdvisor", input.idempotency_key, arguments(input), work)
