"""Pause a client team, and let it go on.

A suspended client gets no new work: no advisors, users, content or higher plan. Its own users are
not let in (`app.auth.people`). Whoever works in it still sees it, and its licence runs on and is
charged: to end that, the subscription is cancelled or the client archived.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.client_lifecycle import resume_problem, suspend_problem
from app.domain.clients import ClientStatus
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import Client
from app.services.clients.locking import lock_client, refuse_if
from app.services.inputs import arguments
from app.services.partners.locking import partner_problem
from app.services.programs.manual_changes import check_reason
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class SuspendClient:
    """The client to pause, and why."""

    idempotency_key: str
    client_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeClient:
    """The suspended client to go on with."""

    idempotency_key: str
    client_id: UUID


async def suspend_client(caller: Caller, input: SuspendClient) -> Mapping[str, UUID]:
    """Make an ACTIVE client SUSPENDED; gives the id `client`.

    Raises Refused with REQUIRED, TOO_LONG or INVALID for the reason, NOT_FOUND, ALREADY_DONE for a
    suspended client and CLIENT_NOT_ACTIVE for an archived one.
    """

    async def work(now: datetime) -> Done:
        check_reason(input.reason)
        client = await lock_client(caller, input.client_id)
        refuse_if(suspend_problem(ClientStatus(client.status), "clientId"))
        data = {"reason": input.reason.strip()}
        return await _turn(
            caller, client, ClientStatus.SUSPENDED, EventType.CLIENT_SUSPENDED, data, now
        )

    return await perform(caller, "suspendClient", input.idempotency_key, arguments(input), work)


async def resume_client(caller: Caller, input: ResumeClient) -> Mapping[str, UUID]:
    """Make a SUSPENDED client ACTIVE again; gives the id `client`.

    Raises Refused with NOT_FOUND, ALREADY_DONE for a client in use, CLIENT_NOT_ACTIVE for an
    archived one and PARTNER_NOT_ACTIVE.
    """

    async def work(now: datetime) -> Done:
        client = await lock_client(caller, input.client_id)
        refuse_if(resume_problem(ClientStatus(client.status), "clientId"))
        refuse_if(partner_problem(client.partner, "clientId"))
        return await _turn(caller, client, ClientStatus.ACTIVE, EventType.CLIENT_RESUMED, {}, now)

    return await perform(caller, "resumeClient", input.idempotency_key, arguments(input), work)


async def _turn(
    caller: Caller,
    client: Client,
    status: ClientStatus,
    event: EventType,
    data: Mapping[str, str],
    now: datetime,
) -> Done:
    await Client.filter(id=client.id).update(status=status)
    await append(
        event,
        subject_id=client.id,
        partner_id=client.partner_id,
        client_id=client.id,
        actor=caller.actor,
        at=now,
        data=data,
    )
    return Done(client.id, client.partner_id, {"client": client.id})
