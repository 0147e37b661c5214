"""Where each partner is in a program, how it came there, and the evaluations that say so."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from app.domain.programs.vocabulary import (
    ApprovalStatus,
    BenefitChangeKind,
    DecisionOrigin,
    RunStatus,
    TierDirection,
)
from app.persistence.models.base import Record, belongs_to, code, one_of
from app.persistence.tenancy import VENDOR_ONLY, Tenancy

_TEAM_ONLY = Tenancy(partner="t.partner_id = :partner", advisor="t.partner_id = :partner")


class Standing(Record):
    """Where a partner is in a program now, the decision says why."""

    partner = belongs_to("Partner")
    partner_id: UUID
    program = belongs_to("TierProgram")
    program_id: UUID
    tier = belongs_to("Tier", null=True)
    tier_id: UUID | None
    # The tier's rank, repeated so that partners can be listed by tier.
    tier_rank = fields.IntField(default=0)
    decision = belongs_to("TierDecision", null=True)
    decision_id: UUID | None
    since = fields.DatetimeField()
    enrolled_at = fields.DatetimeField()
    # The highest tier whose unpublished thresholds the vendor has vouched for, by its key.
    vouched_tier = fields.CharField(max_length=60, null=True)
    held_until = fields.DatetimeField(null=True)
    # Since when it is kept by the hold alone.
    hold_since = fields.DatetimeField(null=True)
    grace_since = fields.DatetimeField(null=True)
    grace_until = fields.DatetimeField(null=True)
    # When the partner was told that the grace is about to end.
    grace_noticed_at = fields.DatetimeField(null=True)
    # When it last went down by one step: the next is for the next evaluation.
    stepped_down_at = fields.DatetimeField(null=True)
    # When it will fall if nothing changes, and what it lacks then.
    at_risk_on = fields.DatetimeField(null=True)
    at_risk_because: Any = fields.JSONField(null=True)
    # The vendor said no to this tier: it is not asked again before then.
    rejected_tier = fields.CharField(max_length=60, null=True)
    rejected_until = fields.DatetimeField(null=True)
    deadline_passed_at = fields.DatetimeField(null=True)
    pin = belongs_to("TierPin", null=True)
    pin_id: UUID | None
    approval = belongs_to("TierApproval", null=True)
    approval_id: UUID | None
    evaluated_at = fields.DatetimeField(null=True)
    # When time alone may change the answer next.
    due_at = fields.DatetimeField(null=True)

    tenancy = _TEAM_ONLY

    class Meta:
        table = "standing"
        unique_together = (("partner_id", "program_id"),)
        indexes = [
            Index(fields=("program_id", "tier_rank", "id")),
            Index(fields=("program_id", "since", "id")),
            Index(fields=("program_id", "at_risk_on", "id")),
            Index(fields=("program_id", "partner_id")),
            Index(fields=("due_at", "id")),
            Index(fields=("program_id", "due_at", "id")),
            Index(fields=("tier_id", "partner_id")),
        ]


class TierDecision(Record):
    """One immutable decision on a partner's tier."""

    partner = belongs_to("Partner")
    partner_id: UUID
    program = belongs_to("TierProgram")
    program_id: UUID
    version = belongs_to("ProgramVersion")
    version_id: UUID
    from_tier = belongs_to("Tier", null=True)
    from_tier_id: UUID | None
    to_tier = belongs_to("Tier", null=True)
    to_tier_id: UUID | None
    direction = code()
    # How it came about, such as MANUAL: set by the vendor.
    origin = code()
    reason = fields.TextField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField()
    # What explains it; null if the vendor decided without one.
    evaluation = belongs_to("Evaluation", null=True)
    evaluation_id: UUID | None

    tenancy = _TEAM_ONLY

    class Meta:
        table = "tier_decision"
        constraints = [
            one_of("tier_decision", "direction", TierDirection),
            one_of("tier_decision", "origin", DecisionOrigin),
        ]
        indexes = [
            Index(fields=("partner_id", "decided_at", "id")),
            Index(fields=("partner_id", "program_id", "decided_at", "id")),
        ]


class BenefitChange(Record):
    """A benefit that a decision gave (GAINED) or took (LOST), with its value then."""

    partner = belongs_to("Partner")
    partner_id: UUID
    decision = belongs_to("TierDecision")
    decision_id: UUID
    tier_benefit = belongs_to("TierBenefit")
    tier_benefit_id: UUID
    change = code()
    position = fields.IntField()

    tenancy = _TEAM_ONLY

    class Meta:
        table = "benefit_change"
        constraints = [
            one_of("benefit_change", "change", BenefitChangeKind),
        ]
        unique_together = (("decision_id", "change", "position"),)


class Evaluation(Record):
    """The rules applied to one partner as of a moment, with all that went in and came out."""

    partner = belongs_to("Partner")
    partner_id: UUID
    program = belongs_to("TierProgram")
    program_id: UUID
    version = belongs_to("ProgramVersion")
    version_id: UUID
    as_of = fields.DatetimeField()
    # The position of the newest activity record it knew.
    facts_to = fields.BigIntField()
    # The values measured and the standing before, as the rules got them, and their SHA-256.
    inputs: Any = fields.JSONField()
    digest = fields.CharField(max_length=64)
    # For each condition of each tier: value, threshold, what remains, whether met, which records.
    result: Any = fields.JSONField()
    # What it did, in order.
    effects: Any = fields.JSONField(default=list)
    evaluated_at = fields.DatetimeField()

    tenancy = _TEAM_ONLY

    class Meta:
        table = "evaluation"
        indexes = [Index(fields=("partner_id", "evaluated_at", "id"))]


class EvaluationRun(Record):
    """An evaluation of all partners of a program as of a moment, batch by batch."""

    program = belongs_to("TierProgram")
    program_id: UUID
    as_of = fields.DatetimeField()
    status = code()
    evaluated = fields.IntField(default=0)
    moved = fields.IntField(default=0)
    at_risk = fields.IntField(default=0)
    started_at = fields.DatetimeField()
    completed_at = fields.DatetimeField(null=True)

    tenancy = VENDOR_ONLY

    class Meta:
        table = "evaluation_run"
        constraints = [one_of("evaluation_run", "status", RunStatus)]
        unique_together = (("program_id", "as_of"),)


class TierPin(Record):
    """A tier that the vendor holds a partner in, until a moment or until it is taken off."""

    partner = belongs_to("Partner")
    partner_id: UUID
    program = belongs_to("TierProgram")
    program_id: UUID
    # By key, so that it holds under the next version too.
    tier_key = fields.CharField(max_length=60)
    reason = fields.TextField()
    expires_at = fields.DatetimeField(null=True)
    pinned_by = fields.UUIDField(null=True)
    pinned_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    tenancy = _TEAM_ONLY

    class Meta:
        table = "tier_pin"
        indexes = [Index(fields=("partner_id", "pinned_at", "id"))]


class TierApproval(Record):
    """A tier that a partner qualifies for and the vendor is asked about."""

    partner = belongs_to("Partner")
    partner_id: UUID
    program = belongs_to("TierProgram")
    program_id: UUID
    version = belongs_to("ProgramVersion")
    version_id: UUID
    tier = belongs_to("Tier")
    tier_id: UUID
    evaluation = belongs_to("Evaluation")
    evaluation_id: UUID
    status = code()
    requested_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    decided_by = fields.UUIDField(null=True)
    note = fields.TextField(default="")

    tenancy = _TEAM_ONLY

    class Meta:
        table = "tier_approval"
        constraints = [one_of("tier_approval", "status", ApprovalStatus)]
        indexes = [
            Index(fields=("requested_at", "id")),
            Index(fields=("status", "requested_at", "id")),
            Index(fields=("partner_id", "requested_at", "id")),
        ]
