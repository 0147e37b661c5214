"""Keeping what evaluations came to: explained evaluations, decisions, approvals, pins, events."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.auth.actor import Actor
from app.domain.events import EventType
from app.domain.partners import PartnerStatus
from app.domain.programs.benefits import direction
from app.domain.programs.evaluation import Decision, digest
from app.domain.programs.policies import Happening
from app.domain.programs.reasons import reason, renewal
from app.domain.programs.vocabulary import (
    ApprovalStatus,
    DeadlineAction,
    DecisionOrigin,
    Effect,
    TierDirection,
)
from app.persistence.database import Database
from app.persistence.models import (
    Evaluation,
    Partner,
    Tier,
    TierApproval,
    TierPin,
)
from app.services.programs.contributors import Contributing, load_contributing
from app.services.programs.decisions import Benefits, Keeping, Move, load_benefits
from app.services.programs.evaluated import Evaluated
from app.services.programs.measuring import rows_of
from app.services.programs.standings import take_state, write_looked_at, write_standings
from app.services.programs.versions import Version

# How each effect is told; a move is told with its decision.
_EVENTS = {
    Effect.AT_RISK: EventType.TIER_AT_RISK,
    Effect.RISK_ENDED: EventType.TIER_RISK_ENDED,
    Effect.GRACE_STARTED: EventType.TIER_GRACE_STARTED,
    Effect.GRACE_NOTICE: EventType.TIER_GRACE_NOTICE,
    Effect.GRACE_ENDED: EventType.TIER_GRACE_ENDED,
    Effect.HELD: EventType.TIER_HELD,
    Effect.HOLD_ENDED: EventType.TIER_HOLD_ENDED,
    Effect.DEADLINE_PASSED: EventType.ENTRY_DEADLINE_PASSED,
}


async def keep(
    database: Database,
    actor: Actor,
    version: Version,
    found: Sequence[Evaluated],
    as_of: datetime,
    keep_all: bool = False,
) -> None:
    """Write what evaluations of one program as of one moment came to, in the open unit of work.

    An evaluation that did nothing leaves only the note that it was made (unless `keep_all`): it can
    be made again from the same records at any time.
    """
    told: list[Evaluated] = []
    quiet: list[Evaluated] = []
    for each in found:
        matters = keep_all or each.decision.happenings or _renewed(each, version)
        (told if matters else quiet).append(each)
    await _keep_quiet(database, version, quiet, as_of)
    if not told:
        return
    work = _Work(version, Keeping(actor, as_of), await _benefits(version, told))
    contributing = await load_contributing(
        rows_of(database), database.dialect, told[0].decision.evaluator, _positions(told)
    )
    for each in told:
        work.take(each, contributing[each.partner.id])
    await work.keeping.write()
    for action in work.after:
        await action()
    await write_standings([each.standing for each in told], database.dialect)


def _renewed(each: Evaluated, version: Version) -> bool:
    """Whether the partner stays in a tier that a newer version defines."""
    tier = each.standing.tier
    return tier is not None and tier.version_id != version.id


async def _keep_quiet(
    database: Database, version: Version, quiet: Sequence[Evaluated], as_of: datetime
) -> None:
    same: defaultdict[datetime, list[UUID]] = defaultdict(list)
    moved_on = []
    for each in quiet:
        due = each.due_at
        if each.decision.state == each.decision.before:
            same[due].append(each.standing.id)
        else:
            # Such as a hold that now lasts to the end of another period.
            take_state(each.standing, each.decision.state, version)
            each.standing.evaluated_at, each.standing.due_at = as_of, due
            moved_on.append(each.standing)
    for due, ids in same.items():
        await write_looked_at(ids, as_of, due, database.dialect)
    await write_standings(moved_on, database.dialect)


async def _benefits(version: Version, told: Sequence[Evaluated]) -> Benefits:
    tiers = {tier.id: tier for tier in version.tiers}
    tiers |= {each.standing.tier.id: each.standing.tier for each in told if each.standing.tier}
    return await load_benefits(tiers.values())


def _positions(told: Sequence[Evaluated]) -> dict[UUID, set[int]]:
    return {
        each.partner.id: {holding.position for holding in each.decision.facts.holdings}
        for each in told
    }


class _Work:
    """Makes the rows of one evaluation after the other."""

    def __init__(self, version: Version, keeping: Keeping, benefits: Benefits) -> None:
        self.version, self.keeping, self.benefits = version, keeping, benefits
        # Changes of single rows, once those that they refer to are written.
        self.after: list[Callable[[], Any]] = []

    def take(self, each: Evaluated, contributing: Contributing) -> None:
        decision, standing = each.decision, each.standing
        evaluation = self._evaluation(each, contributing)
        self.keeping.evaluations.append(evaluation)
        former = standing.tier
        take_state(standing, decision.state, self.version)
        standing.evaluated_at, standing.due_at = evaluation.as_of, each.due_at
        for happening in decision.happenings:
            if happening.effect is Effect.MOVED:
                self._move(each, former, happening, evaluation.id)
            else:
                self._tell(each, happening, evaluation)
        if former and former.version_id != self.version.id and not each.moves:
            self._renew(each, former, evaluation.id)

    def _evaluation(self, each: Evaluated, contributing: Contributing) -> Evaluation:
        decision: Decision = each.decision
        inputs = decision.inputs()
        return Evaluation(
            partner_id=each.partner.id,
            program_id=self.version.program_id,
            version_id=self.version.id,
            as_of=self.keeping.at,
            facts_to=each.partner.activity_count,
            inputs=inputs,
            digest=digest(self.version.checksum, inputs),
            result=decision.result(contributing),
            effects=decision.effects(),
            evaluated_at=self.keeping.at,
        )

    def _move(
        self, each: Evaluated, former: Tier | None, moved: Happening, evaluation_id: UUID
    ) -> None:
        before, after = moved.data["fromRank"], moved.data["toRank"]
        move = Move(
            each.partner.id,
            self.version,
            # The tier as it was when the partner came to it, of an older version perhaps.
            former if before == each.decision.before.rank else self.version.tier(before),
            self.version.tier(after),
            direction(before, after),
            DecisionOrigin.PIN if moved.data.get("pinned") else DecisionOrigin.EVALUATION,
            reason(self.version.definition, moved),
        )
        row = self.keeping.move(move, self.benefits, evaluation_id)
        each.standing.decision_id = row.id

    def _renew(self, each: Evaluated, former: Tier, evaluation_id: UUID) -> None:
        tier = self.version.tier(each.decision.state.rank)
        assert tier is not None
        move = Move(
            each.partner.id,
            self.version,
            former,
            tier,
            TierDirection.RENEWED,
            DecisionOrigin.EVALUATION,
            renewal(tier.name),
        )
        each.standing.decision_id = self.keeping.move(move, self.benefits, evaluation_id).id

    def _tell(self, each: Evaluated, happening: Happening, evaluation: Evaluation) -> None:
        effect, partner_id = happening.effect, each.partner.id
        data = self._data(happening)
        if effect in _EVENTS:
            self.keeping.tell(_EVENTS[effect], partner_id, evaluation.id, data)
        if effect is Effect.PIN_ENDED:
            self._end_pin(each)
        if effect is Effect.APPROVAL_REQUESTED:
            self._ask(each, happening.data["rank"], evaluation, data)
        if effect is Effect.APPROVAL_WITHDRAWN:
            self._withdraw(each, data)
        if effect is Effect.DEADLINE_PASSED and data["action"] == DeadlineAction.SUSPEND:
            self._suspend(partner_id)

    def _data(self, happening: Happening) -> dict[str, Any]:
        """What an event tells: tiers by key, moments as text."""
        data: dict[str, Any] = {"program": self.version.program_key}
        for name, value in happening.data.items():
            if name == "rank":
                tier = self.version.tier(value)
                data["tier"] = tier.key if tier else None
            else:
                data[name] = value.isoformat() if isinstance(value, datetime) else value
        return data

    def _end_pin(self, each: Evaluated) -> None:
        pin, at = each.standing.pin, self.keeping.at
        data = {
            "program": self.version.program_key,
            "tier": pin.tier_key,
            "reason": "Its time is over.",
            "expiresAt": pin.expires_at.isoformat(),
        }
        self.keeping.tell(EventType.TIER_PIN_ENDED, each.partner.id, pin.id, data)
        self.after.append(lambda: TierPin.filter(id=pin.id).update(ended_at=at))

    def _ask(
        self, each: Evaluated, rank: int, evaluation: Evaluation, data: dict[str, Any]
    ) -> None:
        tier = self.version.tier(rank)
        assert tier is not None
        row = TierApproval(
            partner_id=each.partner.id,
            program_id=self.version.program_id,
            version_id=self.version.id,
            tier_id=tier.id,
            evaluation_id=evaluation.id,
            status=ApprovalStatus.PENDING,
            requested_at=self.keeping.at,
        )
        self.keeping.approvals.append(row)
        self.keeping.tell(EventType.TIER_APPROVAL_REQUESTED, each.partner.id, row.id, data)
        each.standing.approval_id = row.id

    def _withdraw(self, each: Evaluated, data: dict[str, Any]) -> None:
        id, at = each.standing.approval_id, self.keeping.at
        assert id is not None
        self.keeping.tell(EventType.TIER_APPROVAL_WITHDRAWN, each.partner.id, id, data)
        each.standing.approval_id = None
        self.after.append(
            lambda: TierApproval.filter(id=id).update(
                status=ApprovalStatus.WITHDRAWN, decided_at=at
            )
        )

    def _suspend(self, partner_id: UUID) -> None:
        self.keeping.tell(EventType.PARTNER_SUSPENDED, partner_id, partner_id, {})
        self.after.append(
            lambda: Partner.filter(id=partner_id).update(status=PartnerStatus.SUSPENDED)
        )
