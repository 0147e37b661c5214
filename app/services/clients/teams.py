"""The teams that a use case is about: found for the actor, and kept still while they change."""

from uuid import UUID

from app.domain.clients import ClientStatus
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.partners import PartnerStatus
from app.persistence.models import Client, Partner
from app.services.use_case import Caller
from app.services.visible import require


async def partner_of(caller: Caller, partner_id: UUID | None) -> Partner:
    """The partner that a call is for: the vendor names it, others act for their own.

    Raises Refused at `partnerId` with REQUIRED, or with NOT_FOUND for one that the actor may not
    see.
    """
    if partner_id is None and caller.actor.is_vendor:
        raise refuse(ErrorCode.REQUIRED, "Name the partner to act for.", "partnerId")
    return await require(caller, Partner, partner_id or caller.actor.partner_id, "partnerId")


async def lock_partner(partner_id: UUID) -> Partner:
    """The partner's row, locked until the unit of work ends.

    Whoever changes a partner's clients, people or slots takes this lock first and reads afterwards:
    changes to one partner follow each other, so what was checked still holds when it is written.
    SQLite has one writer at a time anyway. NO KEY: rows that only refer to the partner may still be
    written meanwhile.
    """
    return await Partner.select_for_update(no_key=True).get(id=partner_id)


def partner_problem(partner: Partner, *field: str) -> Problem | None:
    """What forbids new business for a partner: PARTNER_NOT_ACTIVE, or nothing."""
    if partner.status == PartnerStatus.ACTIVE:
        return None
    message = f"The partner is {partner.status}. Ask the vendor to make it active first."
    return Problem(ErrorCode.PARTNER_NOT_ACTIVE, message, field)


async def lock_active_partner(caller: Caller, partner_id: UUID | None) -> Partner:
    """The ACTIVE partner that a call is for, locked. Raises Refused at `partnerId`."""
    partner = await lock_partner((await partner_of(caller, partner_id)).id)
    if problem := partner_problem(partner, "partnerId"):
        raise Refused([problem])
    return partner


async def lock_client(caller: Caller, client_id: UUID) -> Client:
    """A client as it is now, with its partner locked. Raises Refused with NOT_FOUND."""
    seen = await require(caller, Client, client_id, "clientId")
    await lock_partner(seen.partner_id)
    return await Client.get(id=client_id).select_related("partner")


async def lock_active_client(caller: Caller, client_id: UUID) -> Client:
    """The same, for new work in it. Raises Refused with CLIENT_NOT_ACTIVE, PARTNER_NOT_ACTIVE."""
    client = await lock_client(caller, client_id)
    if client.status != ClientStatus.ACTIVE:
        raise refuse(
            ErrorCode.CLIENT_NOT_ACTIVE,
            f"The client is {client.status}. Only an ACTIVE client can be changed.",
            "clientId",
        )
    if problem := partner_problem(client.partner, "clientId"):
        raise Refused([problem])
    return client
