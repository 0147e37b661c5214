"""Tier decisions as they are kept: the move, its benefits, the new standing, the event."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.auth.actor import Actor
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.programs.benefits import GivenBenefit, benefit_changes
from app.domain.programs.vocabulary import BenefitChangeKind, DecisionOrigin, TierDirection
from app.events.outbox import append
from app.persistence.models import (
    BenefitChange,
    Partner,
    ProgramVersion,
    Standing,
    Tier,
    TierBenefit,
    TierDecision,
    TierProgram,
)


@dataclass(frozen=True, slots=True)
class Move:
    """A partner's step from one tier to another under one version; None is no tier."""

    partner: Partner
    program: TierProgram
    version: ProgramVersion
    standing: Standing
    from_tier: Tier | None
    to_tier: Tier | None
    direction: TierDirection


async def decide(
    move: Move, *, origin: DecisionOrigin, reason: str, actor: Actor, at: datetime
) -> TierDecision:
    """Make the move, inside the open unit of work, and give the decision that keeps it.

    Raises Refused with CONFLICT if the standing has moved since it was read.
    """
    decision = await TierDecision.create(
        partner=move.partner,
        program=move.program,
        version=move.version,
        from_tier=move.from_tier,
        to_tier=move.to_tier,
        direction=move.direction,
        origin=origin,
        reason=reason,
        decided_by=actor.user_id,
        decided_at=at,
    )
    await _take_standing(decision, move)
    await _keep_benefit_changes(decision, move)
    await append(
        EventType.TIER_CHANGED,
        subject_id=decision.id,
        partner_id=move.partner.id,
        actor=actor,
        at=at,
        data={
            "program": move.program.key,
            "fromTier": move.from_tier.key if move.from_tier else None,
            "toTier": move.to_tier.key if move.to_tier else None,
            "direction": move.direction,
            "reason": reason,
        },
    )
    return decision


async def _take_standing(decision: TierDecision, move: Move) -> None:
    """Point the standing at the decision, unless another decision came in between."""
    former = move.standing.decision_id
    guard = {"decision_id": former} if former else {"decision_id__isnull": True}
    changed = await Standing.filter(id=move.standing.id, **guard).update(
        tier_id=move.to_tier.id if move.to_tier else None,
        tier_rank=move.to_tier.rank if move.to_tier else 0,
        decision_id=decision.id,
        since=decision.decided_at,
    )
    if not changed:
        raise refuse(
            ErrorCode.CONFLICT,
            "Another decision on this partner was made at this moment. Read it, then decide again.",
            "partnerId",
        )


async def _keep_benefit_changes(decision: TierDecision, move: Move) -> None:
    gained, lost = benefit_changes(
        await _benefits_of(move.from_tier), await _benefits_of(move.to_tier)
    )
    rows = [
        *_changes(decision, move, BenefitChangeKind.GAINED, gained),
        *_changes(decision, move, BenefitChangeKind.LOST, lost),
    ]
    await BenefitChange.bulk_create(rows)


async def _benefits_of(tier: Tier | None) -> list[GivenBenefit]:
    if tier is None:
        return []
    rows = await TierBenefit.filter(tier_id=tier.id).select_related("benefit")
    return [
        GivenBenefit(row.benefit.key, row.position, row.value, row.condition, row.id)
        for row in rows
    ]


def _changes(
    decision: TierDecision, move: Move, change: BenefitChangeKind, benefits: Iterable[GivenBenefit]
) -> list[BenefitChange]:
    return [
        BenefitChange(
            partner_id=move.partner.id,
            decision=decision,
            tier_benefit_id=benefit.source,
            change=change,
            position=position,
        )
        for position, benefit in enumerate(benefits, start=1)
    ]
