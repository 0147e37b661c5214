"""The partner that an actor works for."""

from app.domain.errors import ErrorCode, refuse
from app.domain.partners import PartnerStatus
from app.persistence.models import Partner
from app.services.use_case import Caller


async def acting_partner(caller: Caller) -> Partner:
    """The actor's own partner, which must be ACTIVE.

    Raises Refused with INVALID for an actor of the vendor, and with PARTNER_NOT_ACTIVE.
    """
    if caller.actor.partner_id is None:
        raise refuse(
            ErrorCode.INVALID,
            "Only a partner's own people and apps do this. Call it with one of their keys.",
        )
    partner = await Partner.get(id=caller.actor.partner_id)
    if partner.status != PartnerStatus.ACTIVE:
        raise refuse(
            ErrorCode.PARTNER_NOT_ACTIVE,
            f"The partner is {partner.status}. Ask the vendor to make it active first.",
        )
    return partner
