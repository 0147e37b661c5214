"""Bring an archived client back.

It is ACTIVE again, with its users and content as they are. Its licence and its assignments ended as
it was archived: it comes back on the plan of `restored_plan`, without a subscription, and with the
advisors who are named. A slot that went back to the partner stays there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.client_lifecycle import domain_taken, restore_problem, restored_plan
from app.domain.clients import AssignmentRole, ClientStatus
from app.domain.errors import Refused
from app.domain.events import EventType
from app.domain.plans import PlanCode
from app.events.outbox import append
from app.persistence.locks import lock_names
from app.persistence.models import Client, Plan
from app.services.advisors.assignments import begin
from app.services.advisors.selection import chosen_advisors
from app.services.billing import slots
from app.services.clients.domains import mark_shared
from app.services.clients.locking import lock_client, refuse_if
from app.services.inputs import arguments
from app.services.partners.locking import partner_problem
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class RestoreClient:
    """The archived client, and the advisors who are to work in it."""

    idempotency_key: str
    client_id: UUID
    advisor_ids: tuple[UUID, ...] = ()


async def restore_client(caller: Caller, input: RestoreClient) -> Mapping[str, UUID]:
    """Make an ARCHIVED client ACTIVE again; gives the id `client`.

    Raises Refused with NOT_FOUND, ALREADY_DONE for a client that is not archived,
    PARTNER_NOT_ACTIVE, DOMAIN_TAKEN if another client has its domain by now, and UNKNOWN_ADVISOR.
    """
    return await perform(
        caller,
        "restoreClient",
        input.idempotency_key,
        arguments(input),
        lambda now: _restore(caller, input, now),
    )


async def _restore(caller: Caller, input: RestoreClient, now: datetime) -> Done:
    client = await lock_client(caller, input.client_id)
    refuse_if(restore_problem(ClientStatus(client.status), "clientId"))
    refuse_if(partner_problem(client.partner, "clientId"))
    await lock_names(caller.database, client.domain)
    live = Client.filter(partner_id=client.partner_id, domain=client.domain)
    if await live.exclude(status=ClientStatus.ARCHIVED).exists():
        raise Refused([domain_taken(client.domain, "clientId")])
    advisors, problems = await chosen_advisors(client.partner_id, input.advisor_ids)
    if problems:
        raise Refused(problems)
    plan = await _plan(client)
    await Client.filter(id=client.id).update(
        status=ClientStatus.ACTIVE, archived_at=None, plan_id=plan
    )
    await mark_shared(client.domain)
    await append(
        EventType.CLIENT_RESTORED,
        subject_id=client.id,
        partner_id=client.partner_id,
        client_id=client.id,
        actor=caller.actor,
        at=now,
        data={"name": client.name, "plan": plan},
    )
    for advisor in advisors:
        await begin(caller.actor, client, advisor, AssignmentRole.ADMIN, now)
    return Done(client.id, client.partner_id, {"client": client.id})


async def _plan(client: Client) -> PlanCode:
    slot_plan = await Plan.filter(takes_slot=True).order_by("rank").first()
    held = await slots.held(client.partner_id, client.id)
    return restored_plan(PlanCode(slot_plan.code) if slot_plan else None, held > 0)
