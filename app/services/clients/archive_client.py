"""Archive a client: its licence and assignments end, its domain is free again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.clients import ClientStatus
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.events.outbox import append
from app.persistence.models import AdvisorAssignment, Client, Vendor
from app.services.advisors.assignments import end
from app.services.billing import slots, subscriptions
from app.services.clients.domains import lock_domain, mark_shared
from app.services.clients.teams import lock_client
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform

# The vendor's policy on assessment slots (S4): without it, a slot that was taken stays taken.
RETURN_SLOT_POLICY = "returnSlotOnArchive"


@dataclass(frozen=True, slots=True)
class ArchiveClient:
    """The client to archive."""

    idempotency_key: str
    client_id: UUID


async def archive_client(caller: Caller, input: ArchiveClient) -> Mapping[str, UUID]:
    """Archive a client for good; gives the id `client`.

    Its subscription is cancelled. Raises Refused with NOT_FOUND, or ALREADY_DONE if it is archived.
    """

    async def work(now: datetime) -> Done:
        client = await lock_client(caller, input.client_id)
        if client.status == ClientStatus.ARCHIVED:
            raise refuse(ErrorCode.ALREADY_DONE, "The client is archived already.", "clientId")
        await lock_domain(caller.database, client.domain)
        await Client.filter(id=client.id).update(
            status=ClientStatus.ARCHIVED, archived_at=now, domain_shared=False
        )
        await mark_shared(client.domain)
        for assignment in await AdvisorAssignment.filter(client_id=client.id, ended_at=None):
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
    vendor = await Vendor.first()
    if vendor is None or not vendor.policies.get(RETURN_SLOT_POLICY, False):
        return False
    return await slots.give_back(client.partner_id, client.id, now, "Client archived")
