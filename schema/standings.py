"""Where partners stand in tier programs, and the decisions that brought them there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.auth.policy import Action
from app.domain.partners import PartnerStatus
from app.domain.programs.badge import badge_path
from app.domain.programs.vocabulary import ApprovalStatus, DecisionOrigin, TierDirection
from app.persistence import models
from app.reads.sources import Column, Fetch, Filter, Order, Paging, Wanted
from app.services.programs.measuring import as_uuid
from schema.connections import OrderDirection
from schema.enums import described
from schema.evaluations import Evaluation
from schema.fields import column, computed, derived, many, one, reads
from schema.node import Node
from schema.scalars import DateTime
from schema.standing_lookup import by_id

if TYPE_CHECKING:
    from schema.partners import Partner
    from schema.programs import ProgramVersion, Tier, TierBenefit, TierProgram

described(
    TierDirection,
    "Which way a decision moved a partner.",
    PLACED="Into its first tier.",
    PROMOTION="To a higher tier.",
    DEMOTION="To a lower tier.",
    REMOVED="Out of all tiers.",
    RENEWED="The same tier under a newer version of the program; its benefits may differ.",
)
described(
    DecisionOrigin,
    "The origin of a decision.",
    MANUAL="The vendor set the tier and gave a reason.",
    EVALUATION="An evaluation: `evaluation` explains it.",
    APPROVAL="The vendor approved a tier that an evaluation proposed.",
    PIN="The vendor holds the partner in the tier for a time.",
)
described(
    ApprovalStatus,
    "The state of an approval that the vendor is asked for.",
    PENDING="The vendor has not decided yet.",
    APPROVED="Approved by the vendor.",
    REJECTED="Rejected by the vendor.",
    WITHDRAWN="Nobody asks any more: the partner no longer qualifies, or does for a higher tier.",
)


class StandingOrderField(StrEnum):
    """What standings can be ordered by."""

    TIER = "TIER"
    SINCE = "SINCE"


described(
    StandingOrderField,
    "Orderings of standings.",
    TIER="The tier, unplaced partners first.",
    SINCE="When the partner reached its tier.",
)


@strawberry.input(description="An ordering of standings.")
class StandingOrder:
    """An ordering of standings."""

    field: StandingOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="The direction."
    )


@strawberry.input(description="Conditions on standings; all that are set must match.")
class StandingFilter:
    """Conditions on standings."""

    tier: list[str] | None = strawberry.field(
        default=None, description="In one of the tiers with these keys."
    )


STANDINGS = Paging(
    orders={"TIER": Order("t.tier_rank", "int"), "SINCE": Order("t.since", "time")},
    default="TIER",
    descending=True,
    filters={
        "tier": Filter(
            "r.key",
            many=True,
            inside="t.tier_id IN (SELECT r.id FROM tier r WHERE {among})",
        )
    },
)


@strawberry.input(description="Conditions on standings at risk; all that are set must match.")
class AtRiskFilter:
    """Conditions on standings at risk."""

    program: str | None = strawberry.field(
        default=None, description="In the program with this key."
    )
    before: DateTime | None = strawberry.field(
        default=None, description="The tier will be lost before this moment."
    )


# Those who will fall if nothing changes, the first to fall first.
AT_RISK = Paging(
    orders={"ON": Order("t.at_risk_on", "time")},
    default="ON",
    filters={
        "program": Filter("t.program_id = (SELECT g.id FROM tier_program g WHERE g.key = {v})"),
        "before": Filter("t.at_risk_on < {v}"),
    },
    where="t.at_risk_on IS NOT NULL",
)


@strawberry.type(description="That a partner will lose its tier if nothing changes.")
class AtRisk:
    """A risk; plain data of a standing."""

    on: DateTime = strawberry.field(description="When it will lose it.")
    because: list[str] = strawberry.field(
        description="The labels of the conditions that it does not meet, now or then."
    )


def _at_risk(on: datetime | None, because: Sequence[str] | None) -> Mapping[str, Any] | None:
    return None if on is None else {"on": on, "because": list(because or ())}


@strawberry.type(
    description="A tier that the vendor holds a partner in: evaluations report it and leave it."
)
@reads(models.TierPin, Action.READ_PROGRAMS)
class TierPin(Node):
    """A pin."""

    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner.", "t.partner_id"
    )
    program: Annotated["TierProgram", strawberry.lazy("schema.programs")] = one(
        "The program.", "t.program_id"
    )
    tier_key: str = column("The key of the tier, also under the program's next versions.")
    reason: str = column("Why, in the vendor's words.")
    pinned_at: DateTime = column("When it was set.")
    expires_at: DateTime | None = column("When it ends by itself; null if it does not.")
    ended_at: DateTime | None = column("When it ended; null while it holds.")


@strawberry.type(description="The vendor is asked whether a partner may have a tier.")
@reads(models.TierApproval, Action.READ_PROGRAMS)
class TierApproval(Node):
    """An approval."""

    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner.", "t.partner_id"
    )
    program: Annotated["TierProgram", strawberry.lazy("schema.programs")] = one(
        "The program.", "t.program_id"
    )
    tier: Annotated["Tier", strawberry.lazy("schema.programs")] = one(
        "The tier that it qualifies for.", "t.tier_id"
    )
    status: ApprovalStatus = column("Its state.")
    requested_at: DateTime = column("When the vendor was asked.")
    decided_at: DateTime | None = column("When the question was settled; null while it is open.")
    note: str = column("The vendor's reason; empty before.")
    evaluation: Evaluation = one("The evaluation that asks.", "t.evaluation_id")


@strawberry.input(description="Conditions on approvals; all that are set must match.")
class TierApprovalFilter:
    """Conditions on approvals."""

    status: list[ApprovalStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    program: str | None = strawberry.field(
        default=None, description="In the program with this key."
    )


APPROVALS = Paging(
    orders={"REQUESTED_AT": Order("t.requested_at", "time")},
    default="REQUESTED_AT",
    descending=True,
    filters={
        "status": Filter("t.status", many=True),
        "program": Filter("t.program_id = (SELECT g.id FROM tier_program g WHERE g.key = {v})"),
    },
)


async def badge_paths(fetch: Fetch, wanted: Wanted) -> Mapping[str, str]:
    """Where the badges are, by standing."""
    placed = await fetch(
        models.Standing,
        "SELECT t.id, t.partner_id, t.program_id FROM standing t"
        " WHERE t.id{keys} AND {scope} AND t.tier_id IS NOT NULL",
    )
    of_partners, of_programs = (
        [row[name] for row in placed] for name in ("partner_id", "program_id")
    )
    partners = await by_id(fetch, models.Partner, "slug, status", of_partners)
    programs = await by_id(fetch, models.TierProgram, "key", of_programs)
    found = {}
    for row in placed:
        partner = partners[as_uuid(row["partner_id"])]
        if partner["status"] == PartnerStatus.ACTIVE:
            key = programs[as_uuid(row["program_id"])]["key"]
            found[str(row["id"])] = badge_path(key, partner["slug"])
    return found


@strawberry.type(description="Where a partner is in a program now.")
@reads(models.Standing, Action.READ_PROGRAMS)
class Standing(Node):
    """A standing."""

    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner.", "t.partner_id"
    )
    program: Annotated["TierProgram", strawberry.lazy("schema.programs")] = one(
        "The program.", "t.program_id"
    )
    tier: Annotated["Tier", strawberry.lazy("schema.programs")] | None = one(
        "The tier; null if the partner is not placed.", "t.tier_id"
    )
    since: DateTime = column("Since when.")
    decision: Annotated["TierDecision", strawberry.lazy("schema.standings")] | None = one(
        "The decision behind it; null before the first.", "t.decision_id"
    )
    enrolled_at: DateTime = column("Since when the partner is in the program.")
    held_until: DateTime | None = column(
        "The end of the period for which the program holds the tier; else null."
    )
    held_since: DateTime | None = column(
        "Since when only the hold keeps the tier: its requirements are no longer met. Null if it "
        "is.",
        sql="t.hold_since",
        kind="time",
    )
    grace_since: DateTime | None = column(
        "Since when only the grace period keeps the tier: its requirements are no longer met. "
        "Null if it is."
    )
    grace_until: DateTime | None = column("When the grace ends; null if there is none.")
    at_risk: AtRisk | None = derived(
        "When the partner will lose the tier if nothing changes, and why; null if it will not.",
        _at_risk,
        Column("t.at_risk_on", "time"),
        Column("t.at_risk_because", "json"),
    )
    pinned: TierPin | None = one(
        "The pin that holds the partner in its tier; null if there is none.", "t.pin_id"
    )
    approval: TierApproval | None = one(
        "The tier that the vendor is asked about; null if none.", "t.approval_id"
    )
    badge_path: str | None = computed(
        "Where the badge of its tier is, from the root of the service: an SVG for anybody to see "
        "and to verify. Null if there is none: the partner is in no tier, or not active.",
        badge_paths,
    )
    evaluated_at: DateTime | None = column("When it was evaluated last; null before the first.")
    next_evaluation_at: DateTime | None = column(
        "When it is evaluated next, at the latest: on schedule, or because something runs out.",
        sql="t.due_at",
        kind="time",
    )
    evaluated_up_to: DateTime | None = column(
        "The moment up to which this standing is evaluated: now, unless a due evaluation is "
        "pending. It is behind if `nextEvaluationAt` is not later than this: the tier is then "
        "the one of that moment. Read it again until it reaches the moment that you ask about. "
        "Null if it is not evaluated, such as when the partner is not active.",
        sql="CASE WHEN t.due_at > :now THEN :now ELSE t.due_at END",
        kind="time",
    )


@strawberry.type(description="One decision on a partner's tier. It never changes.")
@reads(models.TierDecision, Action.READ_PROGRAMS)
class TierDecision(Node):
    """A decision."""

    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner.", "t.partner_id"
    )
    program: Annotated["TierProgram", strawberry.lazy("schema.programs")] = one(
        "The program.", "t.program_id"
    )
    version: Annotated["ProgramVersion", strawberry.lazy("schema.programs")] = one(
        "The program version that it was made under.", "t.version_id"
    )
    from_tier: Annotated["Tier", strawberry.lazy("schema.programs")] | None = one(
        "The tier before; null if none.", "t.from_tier_id"
    )
    to_tier: Annotated["Tier", strawberry.lazy("schema.programs")] | None = one(
        "The tier after; null if none.", "t.to_tier_id"
    )
    direction: TierDirection = column("Which way it went.")
    origin: DecisionOrigin = column("What caused it.")
    reason: str = column("Why, in words.")
    decided_at: DateTime = column("When.")
    evaluation: Evaluation | None = one(
        "The evaluation that explains it, condition by condition; null if the vendor decided "
        "without one.",
        "t.evaluation_id",
    )
    benefits_gained: list[Annotated["TierBenefit", strawberry.lazy("schema.programs")]] = many(
        "Benefits gained, or whose value changed.",
        key="b.decision_id",
        join="JOIN benefit_change b ON b.tier_benefit_id = t.id AND b.change = 'GAINED'",
        order="b.position",
    )
    benefits_lost: list[Annotated["TierBenefit", strawberry.lazy("schema.programs")]] = many(
        "Benefits lost, or whose value changed.",
        key="b.decision_id",
        join="JOIN benefit_change b ON b.tier_benefit_id = t.id AND b.change = 'LOST'",
        order="b.position",
    )


# Of the decisions on a standing (`t`) the newest up to the moment `:f_at`: the field's argument.
_NEWEST = """(SELECT n.{0} FROM tier_decision n WHERE n.partner_id = t.partner_id
    AND n.program_id = t.program_id AND n.decided_at <= :f_at
    ORDER BY n.decided_at DESC, n.id DESC LIMIT 1)"""
DECIDED_BY = """EXISTS (SELECT 1 FROM tier_decision n WHERE n.partner_id = t.partner_id
    AND n.program_id = t.program_id AND n.decided_at <= {v})"""


@strawberry.type(description="Where a partner was in a program at a past moment.")
@reads(models.Standing, Action.READ_PROGRAMS)
class StandingAsOf:
    """The standing that a decision made, as long as no other followed."""

    program: Annotated["TierProgram", strawberry.lazy("schema.programs")] = one(
        "The program.", "t.program_id"
    )
    tier: Annotated["Tier", strawberry.lazy("schema.programs")] | None = one(
        "The tier at that time; null if the partner was in none.", _NEWEST.format("to_tier_id")
    )
    since: DateTime = column("Since when.", sql=_NEWEST.format("decided_at"), kind="time")
    decision: TierDecision = one("The decision behind it.", _NEWEST.format("id"))


TIER_DECISIONS = Paging(
    orders={"DECIDED_AT": Order("t.decided_at", "time")}, default="DECIDED_AT", descending=True
)

# Which of a partner's programs is meant; the oldest if none is named.
OF_PROGRAM = {
    "program": (
        str,
        "The key of the program; unset: its oldest program.",
        Filter("t.program_id = (SELECT g.id FROM tier_program g WHERE g.key = {v})"),
    )
}
