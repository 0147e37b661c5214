"""How a demo partner came to its tier: decisions with reasons, and what each gave and took."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.demo import words
from app.demo.scene import Step
from app.demo.team import Team
from app.domain.events import EventType
from app.domain.programs.benefits import GivenBenefit, benefit_changes, direction
from app.domain.programs.vocabulary import BenefitChangeKind, DecisionOrigin
from app.persistence.models import BenefitChange, Standing, TierDecision


def add_tiers(team: Team, ranks: Sequence[int]) -> None:
    """Place the partner in the tiers of these ranks one after the other; 0 takes it out."""
    program = team.scene.program
    step: Step | None = None
    decision_id: UUID | None = None
    since = team.joined
    for rank, at in zip(ranks, _moments(team, len(ranks)), strict=True):
        # A program with fewer tiers gives its highest.
        to = program.ladder[min(rank, max(program.ladder))] if rank else None
        if to == step:
            continue
        decision_id = _decide(team, step, to, at)
        step, since = to, at
    team.add(
        Standing,
        team.joined,
        program_id=program.id,
        tier_id=step.id if step else None,
        tier_rank=step.rank if step else 0,
        decision_id=decision_id,
        since=since,
    )


def _moments(team: Team, count: int) -> list[datetime]:
    """The first some weeks after joining, the others spread over the time since."""
    if not count:
        return []
    first = team.moment(team.joined + timedelta(days=10), team.joined + timedelta(days=40))
    # Apart by more than a day, so that no two decisions are one moment.
    room = (team.until - timedelta(days=2) - first) / count
    return [first] + [
        first + room * number + team.random.random() * room * 0.8 for number in range(1, count)
    ]


def _decide(team: Team, step: Step | None, to: Step | None, at: datetime) -> UUID:
    program = team.scene.program
    way = direction(step.rank if step else 0, to.rank if to else 0)
    reason = team.random.choice(words.data("words")["reasons"][way])
    decision_id = team.add(
        TierDecision,
        at,
        program_id=program.id,
        version_id=program.version_id,
        from_tier_id=step.id if step else None,
        to_tier_id=to.id if to else None,
        direction=way,
        origin=DecisionOrigin.MANUAL,
        reason=reason,
        decided_by=team.vendor.id,
        decided_at=at,
    )
    gained, lost = benefit_changes(step.gives if step else (), to.gives if to else ())
    _add_changes(team, decision_id, at, BenefitChangeKind.GAINED, gained)
    _add_changes(team, decision_id, at, BenefitChangeKind.LOST, lost)
    to_key = to.key if to else None
    team.tiers.append((at, to_key))
    team.diary.tell(
        EventType.TIER_CHANGED,
        at,
        decision_id,
        team.vendor,
        {
            "program": program.key,
            "fromTier": step.key if step else None,
            "toTier": to_key,
            "direction": way,
            "reason": reason,
        },
    )
    return decision_id


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
