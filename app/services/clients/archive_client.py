"""Archive a client: its licence and assignments end, its domain is free again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.client_lifecycle import archive_problem
from app.domain.clients import ClientStatus
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.locks import lock_names
from app.persistence.models import AdvisorAssignment, Client
from app.services.advisors.assignments import end
from app.services.billing import slots, subscriptions
from app.services.billing.lifecycle import bring_partner_to
from app.services.billing.policies import find_policy
from app.services.clients.domains import mark_shared
from app.services.clients.locking import lock_client, refuse_if
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class ArchiveClient:
    """The client to archive."""

    idempotency_key: str
    client_id: UUID


async def archive_client(caller: Caller, input: ArchiveClient) -> Mapping[str, UUID]:
    """Archive a client; gives the id `client`. `restore_client` brings it back.

    Its subscription ends at once; what of it was charged stays charged. Raises Refused with
    NOT_FOUND, or ALREADY_DONE if it is archived.
    """

    async def work(now: datetime) -> Done:
        client = await lock_client(caller, input.client_id)
        refuse_if(archive_problem(ClientStatus(client.status), "clientId"))
        await bring_partner_to(client.partner_id, now)
        await lock_names(caller.database, client.domain)
        await Client.filter(id=client.id).update(
            status=ClientStatus.ARCHIVED, archived_at=now, domain_shared=False
        )
        await mark_shared(client.domain)
        working = AdvisorAssignment.filter(client_id=client.id, ended_at=None)
        for assignment in await working.order_by("id"):
            await end(caller.actor, assignment, now)
        cancelled = await subscriptions.cancel_live(client.id, now)
        returned = await _return_slot(client, now)
        await append(
            EventType.CLIENT_ARCHIVED,
            subject_id=client.id,
            partner_id=client.partner_id,
            client_id=client.id,
            actor=caller.actor,
            at=now,
            data={
                "name": client.name,
                "subscriptionCancelled": cancelled,
                "slotReturned": returned,
            },
        )
        return Done(client.id, client.partner_id, {"client": client.id})

    return await perform(caller, "archiveClient", input.idempotency_key, arguments(input), work)


async def _return_slot(client: Client, now: datetime) -> bool:
    # Without a policy a slot that was taken stays taken (S4).
    policy = await find_policy(now)
    if policy is None or not policy.return_slot_on_archive:
        return False
    return await slots.give_back(client.partner_id, client.id, now, "Client archived")
