"""The partner that a call is for: found for the actor, fit for new business, and locked."""

from uuid import UUID

from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.partners import PartnerStatus, status_problem
from app.persistence.models import Partner
from app.services.use_case import Caller
from app.services.visible import require


def partner_problem(partner: Partner, *field: str) -> Problem | None:
    """What forbids new business for a partner: PARTNER_NOT_ACTIVE, or nothing."""
    return status_problem(PartnerStatus(partner.status), *field)


async def acting_partner(caller: Caller) -> Partner:
    """The actor's own partner, which must be ACTIVE: for what only partners do.

    Raises Refused with INVALID for an actor of the vendor, and with PARTNER_NOT_ACTIVE.
    """
    if caller.actor.partner_id is None:
        raise refuse(
            ErrorCode.INVALID,
            "Only a partner's own people and apps do this. Call it with one of their keys.",
        )
    partner = await Partner.get(id=caller.actor.partner_id)
    if problem := partner_problem(partner):
        raise Refused([problem])
    return partner


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


async def lock_active_partner(caller: Caller, partner_id: UUID | None) -> Partner:
    """The ACTIVE partner that a call is for, locked. Raises Refused at `partnerId`."""
    partner = await lock_partner((await partner_of(caller, partner_id)).id)
    if problem := partner_problem(partner, "partnerId"):
        raise Refused([problem])
    return partner
