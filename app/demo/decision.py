"""Decisions on a demo partner's tier, with their benefit changes and events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.demo.partner import Team
from app.demo.shared_data import Program, Step
from app.demo.timeline import EventActor
from app.domain.events import EventType
from app.domain.programs.benefits import GivenBenefit, benefit_changes, direction
from app.domain.programs.vocabulary import BenefitChangeKind, DecisionOrigin
from app.persistence.models import BenefitChange, TierDecision


@dataclass(frozen=True, slots=True)
class Move:
    """A move from one tier to another, who decided it, and when. None is no tier."""

    before: Step | None
    after: Step | None
    origin: DecisionOrigin
    reason: str
    actor: EventActor
    at: datetime


def add_decision(team: Team, program: Program, move: Move, evaluation_id: UUID | None) -> UUID:
    """Add a decision with its benefit changes and its event. Return its id."""
    before, after, at = move.before, move.after, move.at
    way = direction(before.rank if before else 0, after.rank if after else 0)
    id = team.add(
        TierDecision,
        at,
        program_id=program.id,
        version_id=program.version_id,
        from_tier_id=before.id if before else None,
        to_tier_id=after.id if after else None,
        direction=way,
        origin=move.origin,
        reason=move.reason,
        decided_by=move.actor.id,
        decided_at=at,
        evaluation_id=evaluation_id,
    )
    gained, lost = benefit_changes(before.gives if before else (), after.gives if after else ())
    _add_changes(team, id, at, BenefitChangeKind.GAINED, gained)
    _add_changes(team, id, at, BenefitChangeKind.LOST, lost)
    fact = {
        "program": program.key,
        "fromTier": before.key if before else None,
        "toTier": after.key if after else None,
        "direction": way,
        "reason": move.reason,
    }
    team.timeline.record(EventType.TIER_CHANGED, at, id, move.actor, fact)
    return id


def _add_changes(
    team: Team,
    decision_id: UUID,
    at: datetime,
    change: BenefitChangeKind,
    benefits: Sequence[GivenBenefit],
) -> None:
    for position, benefit in enumerate(benefits, start=1):
        team.add(
            BenefitChange,
            at,
            decision_id=decision_id,
            tier_benefit_id=benefit.source,
            change=change,
            position=position,
        )
