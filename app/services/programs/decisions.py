"""Tier decisions as they are kept: the move, the benefits it gave and took, the event.

Rows are made first and written together, for one partner as for many.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.auth.actor import Actor
from app.domain.events import EventType
from app.domain.programs.benefits import GivenBenefit, benefit_changes
from app.domain.programs.vocabulary import BenefitChangeKind, DecisionOrigin, TierDirection
from app.events.outbox import new_event
from app.persistence.models import (
    BenefitChange,
    Evaluation,
    Event,
    Tier,
    TierApproval,
    TierBenefit,
    TierDecision,
)
from app.services.programs.versions import Version

# The benefits of tiers, by the tier's id.
Benefits = Mapping[UUID, Sequence[GivenBenefit]]


@dataclass(frozen=True, slots=True)
class Move:
    """A partner's step from one tier to another under one version; None is no tier."""

    partner_id: UUID
    version: Version
    from_tier: Tier | None
    to_tier: Tier | None
    direction: TierDirection
    origin: DecisionOrigin
    reason: str


@dataclass(slots=True)
class Keeping:
    """Rows of decisions and of what goes with them, not written yet. All happened `at` once."""

    actor: Actor
    at: datetime
    evaluations: list[Evaluation] = field(default_factory=list)
    approvals: list[TierApproval] = field(default_factory=list)
    decisions: list[TierDecision] = field(default_factory=list)
    changes: list[BenefitChange] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def tell(
        self, type: EventType, partner_id: UUID | None, subject_id: UUID, data: Mapping[str, Any]
    ) -> None:
        """Add an event."""
        self.events.append(
            new_event(
                type,
                subject_id=subject_id,
                partner_id=partner_id,
                actor=self.actor,
                at=self.at,
                data=data,
            )
        )

    def move(self, move: Move, benefits: Benefits, evaluation_id: UUID | None) -> TierDecision:
        """Add a decision with its benefit changes and its event."""
        decision = TierDecision(
            partner_id=move.partner_id,
            program_id=move.version.program_id,
            version_id=move.version.id,
            from_tier_id=move.from_tier.id if move.from_tier else None,
            to_tier_id=move.to_tier.id if move.to_tier else None,
            direction=move.direction,
            origin=move.origin,
            reason=move.reason,
            decided_by=self.actor.user_id,
            decided_at=self.at,
            evaluation_id=evaluation_id,
        )
        self.decisions.append(decision)
        before, after = (_given(benefits, tier) for tier in (move.from_tier, move.to_tier))
        gained, lost = benefit_changes(before, after)
        self._change(decision, BenefitChangeKind.GAINED, gained)
        self._change(decision, BenefitChangeKind.LOST, lost)
        self.tell(
            EventType.TIER_CHANGED,
            move.partner_id,
            decision.id,
            {
                "program": move.version.program_key,
                "fromTier": move.from_tier.key if move.from_tier else None,
                "toTier": move.to_tier.key if move.to_tier else None,
                "direction": move.direction,
                "reason": move.reason,
            },
        )
        return decision

    def _change(
        self, decision: TierDecision, change: BenefitChangeKind, benefits: Iterable[GivenBenefit]
    ) -> None:
        self.changes += [
            BenefitChange(
                partner_id=decision.partner_id,
                decision_id=decision.id,
                tier_benefit_id=benefit.source,
                change=change,
                position=position,
            )
            for position, benefit in enumerate(benefits, start=1)
        ]

    async def write(self) -> None:
        """Write all rows, inside the open unit of work. Standings are not among them."""
        rows: Iterable[list[Any]] = (
            self.evaluations,
            self.approvals,
            self.decisions,
            self.changes,
            self.events,
        )
        for each in rows:
            if each:
                await type(each[0]).bulk_create(each)


async def load_benefits(tiers: Iterable[Tier | None]) -> Benefits:
    """What each of the tiers gives."""
    found: dict[UUID, list[GivenBenefit]] = {tier.id: [] for tier in tiers if tier}
    for row in await TierBenefit.filter(tier_id__in=list(found)).select_related("benefit"):
        found[row.tier_id].append(
            GivenBenefit(row.benefit.key, row.position, row.value, row.condition, row.id)
        )
    return found


def _given(benefits: Benefits, tier: Tier | None) -> Sequence[GivenBenefit]:
    return benefits[tier.id] if tier else ()
