"""The vendor places a partner in a tier manually, with a reason that is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.programs.vocabulary import DecisionOrigin
from app.services.inputs import arguments
from app.services.programs.manual_changes import check_reason, find_place, put_in_tier, tier_of
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class SetPartnerTier:
    """The tier that a partner is to have in a program, or None to take it out of its tier."""

    idempotency_key: str
    partner_id: UUID
    program_key: str
    tier_key: str | None
    reason: str


async def set_partner_tier(caller: Caller, input: SetPartnerTier) -> Mapping[str, UUID]:
    """Set a partner's tier; gives the ids `partner` and `tier_decision`.

    The vendor vouches for what the tier asks for without publishing it. What is published counts
    again at the next evaluation: to hold a partner in a tier against that, pin it.

    Raises Refused with REQUIRED, TOO_LONG or INVALID for the reason, NOT_FOUND (partner, program,
    tier, or no version in force yet), PARTNER_NOT_ACTIVE, NOT_ENROLLED, TIER_UNCHANGED, and
    TIER_PINNED while a pin holds the partner in its tier.
    """
    return await perform(
        caller,
        "setPartnerTier",
        input.idempotency_key,
        arguments(input),
        lambda now: _set(caller, input, now),
    )


async def _set(caller: Caller, input: SetPartnerTier, now: datetime) -> Done:
    check_reason(input.reason)
    key = input.tier_key
    place = await find_place(caller, input.partner_id, input.program_key, now, leaving=key is None)
    tier = None if key is None else tier_of(place.version, key, "tierKey")
    standing = place.standing
    if (standing.tier.key if standing.tier else None) == key:
        raise refuse(
            ErrorCode.TIER_UNCHANGED,
            "Nothing would change: the partner is there already.",
            "tierKey",
        )
    if standing.pin:
        raise refuse(
            ErrorCode.TIER_PINNED,
            "A pin holds the partner in its tier. Take the pin off first.",
            "partnerId",
        )
    standing.vouched_tier = key
    decision = await put_in_tier(
        caller.actor, place, tier, DecisionOrigin.MANUAL, input.reason.strip(), now
    )
    ids = {"partner": place.partner.id, "tier_decision": decision.id}
    return Done(decision.id, place.partner.id, ids)
