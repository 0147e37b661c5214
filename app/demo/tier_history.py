"""A demo partner's history in a program: evaluated by the service's rules, decided by the vendor.

Each step adds what the service would: evaluations, decisions, approvals, pins, events.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.demo.activity_records import Ledger
from app.demo.decision import Move, add_decision
from app.demo.partner import Team
from app.demo.shared_data import Program, Step
from app.demo.timeline import EventActor
from app.domain.events import EventType
from app.domain.identity import Role
from app.domain.programs.evaluation import Decision, digest
from app.domain.programs.policies import Happening, Pin, State
from app.domain.programs.reasons import reason as words_of
from app.domain.programs.vocabulary import ApprovalStatus, DecisionOrigin, Effect
from app.persistence.models import (
    Evaluation,
    Standing,
    TierApproval,
    TierPin,
)

SYSTEM = EventActor(Role.SYSTEM, None)
_SAME = (
    *("since", "enrolled_at", "held_until", "hold_since", "grace_since", "grace_until"),
    *("grace_noticed_at", "stepped_down_at", "at_risk_on", "rejected_until"),
    "deadline_passed_at",
)


class TierHistory:
    """A partner's position in a program so far. Steps must be in the order of time."""

    def __init__(self, team: Team, program: Program, ledger: Ledger) -> None:
        self.team, self.program, self.ledger = team, program, ledger
        self.state = State(rank=0, since=team.joined, enrolled_at=team.joined)
        self.evaluated_at: datetime | None = None
        self.due_at: datetime | None = None
        self._decision_id: UUID | None = None
        self._pin_id: UUID | None = None
        self._approval: dict[str, Any] | None = None

    def evaluate(self, at: datetime, actor: EventActor = SYSTEM) -> None:
        """Evaluate the partner as of a time, and apply the result."""
        assert self.evaluated_at is None or self.evaluated_at <= at
        evaluator = self.program.engine.at(at)
        facts = self.ledger.facts(evaluator, self.state.enrolled_at)
        decision = evaluator.evaluate(facts, self.state)
        self.state, self.evaluated_at = decision.state, at
        self.due_at = decision.outcome.due_at
        if not decision.happenings:
            return
        evaluation_id = self._store(decision, at)
        for happening in decision.happenings:
            self._apply(happening, evaluation_id, at, actor)

    def approve(self, at: datetime, rank: int, reason: str) -> None:
        """Approve the requested tier, or a lower one."""
        evaluation_id = self._record_decision(at, EventType.TIER_APPROVED, rank, reason)
        self._place(at, rank, DecisionOrigin.APPROVAL, reason, evaluation_id)
        self.evaluate(at, self.team.vendor)

    def reject(self, at: datetime, until: datetime, reason: str) -> None:
        """Reject the request. It is not repeated before `until`."""
        rank = self.state.asked
        self._record_decision(at, EventType.TIER_REJECTED, rank, reason)
        self.state = replace(self.state, rejected=rank, rejected_until=until)
        self.evaluate(at, self.team.vendor)

    def set_tier(self, at: datetime, rank: int, reason: str) -> None:
        """Move the partner to a tier manually."""
        self._place(at, rank, DecisionOrigin.MANUAL, reason)

    def pin(self, at: datetime, rank: int, reason: str, expires_at: datetime) -> None:
        """Pin the partner in a tier until then."""
        tier = self._key(rank)
        self._pin_id = self.team.add(
            TierPin,
            at,
            program_id=self.program.id,
            tier_key=tier,
            reason=reason,
            expires_at=expires_at,
            pinned_by=self.team.vendor.id,
            pinned_at=at,
        )
        self._place(at, rank, DecisionOrigin.PIN, reason)
        # As in the service: a pin does not vouch for unpublished requirements.
        self.state = replace(self.state, pin=Pin(rank, expires_at))
        fact = {"reason": reason, "expiresAt": expires_at.isoformat()}
        self._record(EventType.TIER_PINNED, at, self._pin_id, self.team.vendor, tier=tier, **fact)

    def write(self, active: bool) -> None:
        """Add the standing. A partner that is not active is never due."""
        state, step = self.state, self._step(self.state.rank)
        self.team.add(
            Standing,
            self.team.joined,
            program_id=self.program.id,
            tier_id=step.id if step else None,
            tier_rank=state.rank,
            decision_id=self._decision_id,
            vouched_tier=self._key(state.vouched),
            rejected_tier=self._key(state.rejected),
            at_risk_because=list(state.at_risk_because) or None,
            pin_id=self._pin_id,
            approval_id=self._approval and self._approval["id"],
            evaluated_at=self.evaluated_at,
            due_at=self.due_at if active else None,
            **{name: getattr(state, name) for name in _SAME},
        )

    def _step(self, rank: int) -> Step | None:
        return self.program.ladder[rank] if rank else None

    def _key(self, rank: int) -> str | None:
        step = self._step(rank)
        return step.key if step else None

    def _store(self, decision: Decision, at: datetime) -> UUID:
        inputs = decision.inputs()
        return self.team.add(
            Evaluation,
            at,
            program_id=self.program.id,
            version_id=self.program.version_id,
            as_of=at,
            facts_to=self.ledger.count(at),
            inputs=inputs,
            digest=digest(self.program.checksum, inputs),
            result=decision.result(self.ledger.contributing(decision.evaluator)),
            effects=decision.effects(),
            evaluated_at=at,
        )

    def _apply(
        self, happening: Happening, evaluation_id: UUID, at: datetime, actor: EventActor
    ) -> None:
        effect, data = happening.effect, dict(happening.data)
        if effect is Effect.MOVED:
            reason = words_of(self.program.engine.definition, happening)
            ranks = data["fromRank"], data["toRank"]
            self._decide(at, *ranks, DecisionOrigin.EVALUATION, reason, actor, evaluation_id)
            return
        subject = evaluation_id
        rank = data.pop("rank")
        if effect is Effect.APPROVAL_REQUESTED:
            subject = self._request_approval(rank, evaluation_id, at)
        if effect is Effect.APPROVAL_WITHDRAWN:
            subject = self._close(ApprovalStatus.WITHDRAWN, at)["id"]
        plain = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in data.items()}
        type = EventType(f"TIER_{effect}")
        self._record(type, at, subject, actor, tier=self._key(rank), **plain)

    def _request_approval(self, rank: int, evaluation_id: UUID, at: datetime) -> UUID:
        id = self.team.add(
            TierApproval,
            at,
            program_id=self.program.id,
            version_id=self.program.version_id,
            tier_id=self.program.ladder[rank].id,
            evaluation_id=evaluation_id,
            status=ApprovalStatus.PENDING,
            requested_at=at,
            note="",
        )
        self._approval = self.team.rows.of[TierApproval][-1]
        return id

    def _close(self, status: ApprovalStatus, at: datetime) -> dict[str, Any]:
        closed = self._approval
        assert closed is not None
        closed |= {"status": status, "decided_at": at}
        self._approval = None
        return closed

    def _record_decision(self, at: datetime, type: EventType, rank: int, reason: str) -> UUID:
        approved = type is EventType.TIER_APPROVED
        row = self._close(ApprovalStatus.APPROVED if approved else ApprovalStatus.REJECTED, at)
        row |= {"decided_by": self.team.vendor.id, "note": reason}
        self._record(type, at, row["id"], self.team.vendor, tier=self._key(rank), reason=reason)
        self.state = replace(self.state, asked=0)
        id: UUID = row["evaluation_id"]
        return id

    def _place(
        self,
        at: datetime,
        rank: int,
        origin: DecisionOrigin,
        reason: str,
        evaluation_id: UUID | None = None,
    ) -> None:
        before = self.state.rank
        self._decide(at, before, rank, origin, reason, self.team.vendor, evaluation_id)
        vouched = self.state.vouched if origin is DecisionOrigin.PIN else rank
        self.state = replace(
            self.state,
            rank=rank,
            since=at,
            vouched=vouched,
            held_until=None,
            hold_since=None,
            at_risk_on=None,
            at_risk_because=(),
        )

    def _decide(
        self,
        at: datetime,
        before: int,
        after: int,
        origin: DecisionOrigin,
        reason: str,
        actor: EventActor,
        evaluation_id: UUID | None,
    ) -> None:
        move = Move(self._step(before), self._step(after), origin, reason, actor, at)
        self._decision_id = add_decision(self.team, self.program, move, evaluation_id)

    def _record(
        self, type: EventType, at: datetime, subject: UUID, actor: EventActor, **data: Any
    ) -> None:
        self.team.timeline.record(type, at, subject, actor, {"program": self.program.key, **data})
