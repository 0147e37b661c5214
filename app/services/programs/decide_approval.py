"""The vendor says yes or no to a tier that a partner qualifies for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.activity import LATEST
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.programs.policies import next_evaluation
from app.domain.programs.vocabulary import ApprovalStatus, DecisionOrigin
from app.events.outbox import append
from app.persistence.models import TierApproval
from app.services.inputs import arguments
from app.services.programs.evaluating import evaluate_and_keep, evaluator_for
from app.services.programs.manual_changes import (
    Place,
    check_reason,
    find_place,
    put_in_tier,
    tier_of,
)
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class ApproveTierChange:
    """The approval asked for; with `tier_key` a lower tier than that is given."""

    idempotency_key: str
    approval_id: UUID
    reason: str
    tier_key: str | None = None


@dataclass(frozen=True, slots=True)
class RejectTierChange:
    """The approval asked for; it is not asked for again before `ask_again_at`, by default the
    next evaluation after the next one on schedule."""

    idempotency_key: str
    approval_id: UUID
    reason: str
    ask_again_at: datetime | None = None


async def approve_tier_change(caller: Caller, input: ApproveTierChange) -> Mapping[str, UUID]:
    """Place the partner; gives `partner`, `tier_approval` and `tier_decision`.

    The vendor vouches with it for what the tier asks for without publishing it. Raises Refused with
    REQUIRED, TOO_LONG or INVALID for the reason, NOT_FOUND (approval, tier), NOT_PENDING, and
    INVALID for a tier that is not between the partner's and the one asked for.
    """
    return await perform(
        caller,
        "approveTierChange",
        input.idempotency_key,
        arguments(input),
        lambda now: _approve(caller, input, now),
    )


async def reject_tier_change(caller: Caller, input: RejectTierChange) -> Mapping[str, UUID]:
    """Leave the partner where it is; gives `partner` and `tier_approval`.

    Raises Refused with REQUIRED, TOO_LONG or INVALID (reason, a past moment), NOT_FOUND,
    NOT_PENDING.
    """
    return await perform(
        caller,
        "rejectTierChange",
        input.idempotency_key,
        arguments(input),
        lambda now: _reject(caller, input, now),
    )


async def _approve(caller: Caller, input: ApproveTierChange, now: datetime) -> Done:
    approval, place = await _asked(caller, input.approval_id, input.reason, now)
    version, standing = place.version, place.standing
    if standing.pin:
        raise refuse(
            ErrorCode.TIER_PINNED,
            "A pin holds the partner in its tier. Take the pin off first.",
            "approvalId",
        )
    asked = version.rank(approval.tier)
    key = input.tier_key or version.definition.tiers[asked - 1].key
    tier = tier_of(version, key, "tierKey")
    if not standing.tier_rank < tier.rank <= asked:
        raise refuse(
            ErrorCode.INVALID,
            "Approve the tier asked for, or one between the partner's own and that.",
            "tierKey",
        )
    reason = input.reason.strip()
    standing.approval_id, standing.vouched_tier = None, tier.key
    if tier.rank < asked:
        # A lower tier is a no to the one asked for.
        await _note_rejection(place, asked, None, now)
    decision = await put_in_tier(
        caller.actor, place, tier, DecisionOrigin.APPROVAL, reason, now, approval.evaluation_id
    )
    await _close(
        caller, approval, ApprovalStatus.APPROVED, EventType.TIER_APPROVED, tier.key, reason, now
    )
    # What the tier now holds it by, and whether it is at risk.
    await evaluate_and_keep(caller.database, caller.actor, version, [place.partner.id], now)
    ids = {
        "partner": place.partner.id,
        "tier_approval": approval.id,
        "tier_decision": decision.id,
    }
    return Done(approval.id, place.partner.id, ids)


async def _reject(caller: Caller, input: RejectTierChange, now: datetime) -> Done:
    approval, place = await _asked(caller, input.approval_id, input.reason, now)
    if input.ask_again_at is not None and not now < input.ask_again_at < LATEST:
        message = f"Give a moment that is still to come, before {LATEST:%Y}."
        raise refuse(ErrorCode.INVALID, message, "askAgainAt")
    version, standing = place.version, place.standing
    standing.approval_id = None
    rejected = version.rank(approval.tier)
    await _note_rejection(place, rejected, input.ask_again_at, now)
    await standing.save()
    reason = input.reason.strip()
    await _close(
        caller,
        approval,
        ApprovalStatus.REJECTED,
        EventType.TIER_REJECTED,
        version.definition.tiers[rejected - 1].key,
        reason,
        now,
    )
    # There may be a lower tier to ask about.
    await evaluate_and_keep(caller.database, caller.actor, version, [place.partner.id], now)
    ids = {"partner": place.partner.id, "tier_approval": approval.id}
    return Done(approval.id, place.partner.id, ids)


async def _note_rejection(
    place: Place, rank: int, ask_again_at: datetime | None, now: datetime
) -> None:
    """Not to be asked about this tier before a moment: by default the evaluation after the next."""
    standing, program = place.standing, place.version.definition
    calendar = (await evaluator_for(place.version, now)).setting.calendar
    later = next_evaluation(program, next_evaluation(program, now, calendar), calendar)
    standing.rejected_tier = program.tiers[rank - 1].key
    standing.rejected_until = ask_again_at or later


async def _asked(
    caller: Caller, approval_id: UUID, reason: str, now: datetime
) -> tuple[TierApproval, Place]:
    check_reason(reason)
    row = await require(caller, TierApproval, approval_id, "approvalId")
    await row.fetch_related("program", "tier")
    place = await find_place(caller, row.partner_id, row.program.key, now)
    # Read again under the lock: somebody else may have decided meanwhile.
    approval = await TierApproval.get(id=row.id).select_related("tier")
    if approval.status != ApprovalStatus.PENDING:
        raise refuse(
            ErrorCode.NOT_PENDING,
            f"This approval is {approval.status}. Nothing is left to decide.",
            "approvalId",
        )
    return approval, place


async def _close(
    caller: Caller,
    approval: TierApproval,
    status: ApprovalStatus,
    type: EventType,
    tier_key: str,
    note: str,
    now: datetime,
) -> None:
    await TierApproval.filter(id=approval.id).update(
        status=status, decided_at=now, decided_by=caller.actor.user_id, note=note
    )
    program = await approval.program
    await append(
        type,
        subject_id=approval.id,
        partner_id=approval.partner_id,
        actor=caller.actor,
        at=now,
        data={"program": program.key, "tier": tier_key, "reason": note},
    )
