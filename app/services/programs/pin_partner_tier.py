"""The vendor pins a partner to a tier, so that evaluation leaves it there, and unpins it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.activity import LATEST
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.programs.vocabulary import DecisionOrigin
from app.events.outbox import append
from app.persistence.models import TierPin
from app.services.inputs import arguments
from app.services.programs.evaluating import evaluate_and_keep
from app.services.programs.manual_changes import (
    check_reason,
    due_by_hand,
    find_place,
    put_in_tier,
    tier_of,
)
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class PinPartnerTier:
    """A tier to hold a partner in until a moment, or until it is taken off again."""

    idempotency_key: str
    partner_id: UUID
    program_key: str
    tier_key: str
    reason: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnpinPartnerTier:
    """The pin of a partner in a program to take off."""

    idempotency_key: str
    partner_id: UUID
    program_key: str
    reason: str


async def pin_partner_tier(caller: Caller, input: PinPartnerTier) -> Mapping[str, UUID]:
    """Pin a partner, and place it there if it is elsewhere; gives `partner` and `tier_pin`.

    A pin in force is replaced. Raises Refused with REQUIRED, TOO_LONG or INVALID (reason, an expiry
    that is past), NOT_FOUND, PARTNER_NOT_ACTIVE, NOT_ENROLLED.
    """
    return await perform(
        caller,
        "pinPartnerTier",
        input.idempotency_key,
        arguments(input),
        lambda now: _pin(caller, input, now),
    )


async def unpin_partner_tier(caller: Caller, input: UnpinPartnerTier) -> Mapping[str, UUID]:
    """Take a pin off, and evaluate the partner at once; gives `partner` and `tier_pin`.

    Raises Refused with REQUIRED, TOO_LONG or INVALID for the reason, NOT_FOUND, NOT_PINNED.
    """
    return await perform(
        caller,
        "unpinPartnerTier",
        input.idempotency_key,
        arguments(input),
        lambda now: _unpin(caller, input, now),
    )


async def _pin(caller: Caller, input: PinPartnerTier, now: datetime) -> Done:
    check_reason(input.reason)
    if input.expires_at is not None and not now < input.expires_at < LATEST:
        message = f"A pin ends later than now, and before {LATEST:%Y}. Give another moment."
        raise refuse(ErrorCode.INVALID, message, "expiresAt")
    place = await find_place(caller, input.partner_id, input.program_key, now)
    tier = tier_of(place.version, input.tier_key, "tierKey")
    standing, reason = place.standing, input.reason.strip()
    if standing.pin_id:
        await TierPin.filter(id=standing.pin_id).update(ended_at=now)
    pin = await TierPin.create(
        partner=place.partner,
        program_id=place.version.program_id,
        tier_key=tier.key,
        reason=reason,
        expires_at=input.expires_at,
        pinned_by=caller.actor.user_id,
        pinned_at=now,
    )
    standing.pin_id = pin.id
    if standing.tier_rank != tier.rank or standing.tier is None:
        await put_in_tier(
            caller.actor, place, tier, DecisionOrigin.PIN, reason, now, until=input.expires_at
        )
    else:
        # Nothing else threatens it as long as it is pinned; the end of the pin is due.
        standing.due_at = await due_by_hand(place.version, now, input.expires_at)
        standing.at_risk_on = standing.at_risk_because = None
        await standing.save()
    await _tell(caller, EventType.TIER_PINNED, pin, input.program_key, reason, now)
    return Done(pin.id, place.partner.id, {"partner": place.partner.id, "tier_pin": pin.id})


async def _unpin(caller: Caller, input: UnpinPartnerTier, now: datetime) -> Done:
    check_reason(input.reason)
    place = await find_place(caller, input.partner_id, input.program_key, now, leaving=True)
    standing, pin = place.standing, place.standing.pin
    if pin is None:
        raise refuse(
            ErrorCode.NOT_PINNED, "The partner is not pinned in this program.", "partnerId"
        )
    await TierPin.filter(id=pin.id).update(ended_at=now)
    standing.pin_id = None
    await standing.save(update_fields=["pin_id"])
    await _tell(caller, EventType.TIER_PIN_ENDED, pin, input.program_key, input.reason.strip(), now)
    await evaluate_and_keep(caller.database, caller.actor, place.version, [place.partner.id], now)
    return Done(pin.id, place.partner.id, {"partner": place.partner.id, "tier_pin": pin.id})


async def _tell(
    caller: Caller, type: EventType, pin: TierPin, program: str, reason: str, now: datetime
) -> None:
    await append(
        type,
        subject_id=pin.id,
        partner_id=pin.partner_id,
        actor=caller.actor,
        at=now,
        data={
            "program": program,
            "tier": pin.tier_key,
            "reason": reason,
            "expiresAt": pin.expires_at and pin.expires_at.isoformat(),
        },
    )
