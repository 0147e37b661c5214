"""Tier programs as data, and where a partner stands."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.auth.policy import Action
from app.domain.programs.vocabulary import (
    BenefitKind,
    DecisionOrigin,
    TierDirection,
    VersionState,
)
from app.persistence import models
from app.reads.sources import Filter, Order, Paging
from schema.connections import Connection, OrderDirection
from schema.enums import described
from schema.fields import column, many, one, page, reads
from schema.node import Node
from schema.scalars import DateTime, JSONObject
from schema.vocabulary import PartnerType

if TYPE_CHECKING:
    from schema.partners import Partner

described(
    VersionState,
    "The state of a program version.",
    DRAFT="Being written; only the vendor sees it.",
    PUBLISHED="In force from its effective date; it never changes.",
    SUPERSEDED="A newer version is published; this one is in force until that one is effective.",
)
described(
    BenefitKind,
    "What sort of thing a benefit is.",
    PERCENT_SHARE="A share of what clients are charged.",
    ENTITLEMENT="Something a partner may use or take part in.",
    CONTACT="A person at the vendor.",
    SERVICE_LEVEL="A level of service.",
    CADENCE="Something that happens regularly.",
    LISTING="A place in a public list.",
    BADGE="A mark to show.",
    LEAD_PRIORITY="A better place when leads are given out.",
    BUDGET="Money to spend on the market.",
    REBATE="Money back on what was sold.",
    CONTENT_ACCESS="Access to content.",
    TRAINING_ACCESS="Access to training.",
    AWARD="An award.",
)
described(
    TierDirection,
    "Which way a decision moved a partner.",
    PLACED="Into its first tier.",
    PROMOTION="To a higher tier.",
    DEMOTION="To a lower tier.",
    REMOVED="Out of all tiers.",
)
described(
    DecisionOrigin,
    "How a decision came about.",
    MANUAL="The vendor set the tier, and said why.",
)


@strawberry.type(description="What a requirement compares: a metric with a threshold.")
class Condition:
    """A condition; plain data out of the program version."""

    metric: str = strawberry.field(description="What is measured, such as `MONEY_SUM`.")
    operator: str = strawberry.field(description="How it is compared, such as `GTE`.")
    threshold: str | None = strawberry.field(
        description="What it is compared with; null if unpublished: then only the vendor decides."
    )
    unit: str | None = strawberry.field(description="The unit of the threshold, such as `USD`.")
    published: bool = strawberry.field(description="Whether the threshold is published.")
    window: JSONObject | None = strawberry.field(
        description='Over which time, such as `{"kind": "ROLLING", "count": 12, "unit": "MONTH"}`.'
    )
    filters: JSONObject | None = strawberry.field(description="Which records count.")
    label: str = strawberry.field(description="The condition in words.")


@strawberry.type(
    description="A node of a requirement tree: ALL, ANY, AT_LEAST or NOT over others, or a "
    "condition."
)
class Requirement:
    """A requirement; plain data out of the program version."""

    kind: str = strawberry.field(description="`ALL`, `ANY`, `AT_LEAST`, `NOT` or `CONDITION`.")
    label: str = strawberry.field(description="The requirement in words.")
    at_least: int | None = strawberry.field(description="How many must hold, for AT_LEAST.")
    of: list[Annotated["Requirement", strawberry.lazy("schema.programs")]] = strawberry.field(
        description="The requirements it is made of; empty for a condition."
    )
    condition: Condition | None = strawberry.field(description="The condition, for CONDITION.")


@strawberry.type(description="Something a program gives.")
@reads(models.Benefit)
class Benefit(Node):
    """A benefit."""

    key: str = column("Its key, unique in the version.")
    name: str = column("Its name.")
    description: str = column("What it means; may be empty.")
    kind: BenefitKind = column("What sort of thing it is.")


@strawberry.type(description="A benefit as one tier gives it.")
@reads(models.TierBenefit)
class TierBenefit(Node):
    """A benefit of a tier."""

    benefit: Benefit = one("The benefit.", "t.benefit_id")
    tier: Annotated["Tier", strawberry.lazy("schema.programs")] = one(
        "The tier that gives it.", "t.tier_id"
    )
    value: JSONObject = column(
        "Its value there: `text` for people, and typed keys such as `rate` (a decimal as text)."
    )
    condition: Requirement | None = column(
        "What must hold for it besides the tier; null if nothing."
    )


@strawberry.type(description="A step of the ladder.")
@reads(models.Tier)
class Tier(Node):
    """A tier."""

    key: str = column("Its key, unique in the version.")
    name: str = column("Its name.")
    rank: int = column("Its place in the ladder: 1 is the lowest.")
    color: str | None = column("A colour for it as `#RRGGBB`.")
    requirement: Requirement | None = column("What it takes to be in it; null if nothing.")
    benefits: list[TierBenefit] = many(
        "What it gives, in the program's order.", key="t.tier_id", order="t.position"
    )


@strawberry.type(description="What a program says from a date on. A published one never changes.")
@reads(models.ProgramVersion)
class ProgramVersion(Node):
    """A version of a program."""

    number: int = column("Counts from 1.")
    status: VersionState = column("Its state.")
    effective_from: DateTime = column("From when it is in force.")
    published_at: DateTime | None = column("When it was published; null for a draft.")
    checksum: str = column("SHA-256 of the whole definition in canonical form.")
    gate: Requirement | None = column("What must hold to be in any tier; null if nothing.")
    policy: JSONObject = column("How partners move: promotion, retention, demotion, schedule.")
    tiers: list[Tier] = many("Its ladder, lowest first.", key="t.version_id", order="t.rank")
    benefits: list[Benefit] = many(
        "All benefits it defines, also those that no tier gives.",
        key="t.version_id",
        order="t.position",
    )


class StandingOrderField(StrEnum):
    """What standings can be ordered by."""

    TIER = "TIER"
    SINCE = "SINCE"


described(
    StandingOrderField,
    "What standings can be ordered by.",
    TIER="The tier, unplaced partners first.",
    SINCE="When the partner came to its tier.",
)


@strawberry.input(description="An ordering of standings.")
class StandingOrder:
    """An ordering of standings."""

    field: StandingOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Up or down."
    )


@strawberry.input(description="Conditions on standings; all that are set must hold.")
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
    tier: Tier | None = one("The tier; null if the partner is not placed.", "t.tier_id")
    since: DateTime = column("Since when.")
    decision: Annotated["TierDecision", strawberry.lazy("schema.programs")] | None = one(
        "The decision that made it so; null before the first.", "t.decision_id"
    )


# The newest version that is published and effective: of the tiers and benefits (`t`), its own.
IN_FORCE = """JOIN program_version v ON v.id = t.version_id AND v.status <> 'DRAFT'
    AND v.effective_from <= :now AND NOT EXISTS (
        SELECT 1 FROM program_version n WHERE n.program_id = v.program_id
        AND n.status <> 'DRAFT' AND n.effective_from <= :now AND n.number > v.number)"""


@strawberry.type(description="An ordered ladder of tiers as data, in versions.")
@reads(models.TierProgram)
class TierProgram(Node):
    """A program."""

    key: str = column("Its key.")
    name: str = column("Its name.")
    description: str = column("What it is; may be empty.")
    partner_types: list[PartnerType] = column("The partner types in it; empty for all.")
    created_at: DateTime = column("When it was first imported.")
    version: ProgramVersion | None = many(
        "The version in force: the newest one published that is effective; null if there is none.",
        key="t.program_id",
        order="t.number DESC",
        where="t.status <> 'DRAFT' AND t.effective_from <= :now",
    )
    versions: list[ProgramVersion] = many(
        "All versions that you may see, newest first.", key="t.program_id", order="t.number DESC"
    )
    tiers: list[Tier] = many(
        "The ladder in force, lowest first.",
        key="v.program_id",
        join=IN_FORCE,
        order="t.rank",
    )
    benefits: list[Benefit] = many(
        "All benefits in force, also those that no tier gives.",
        key="v.program_id",
        join=IN_FORCE,
        order="t.position",
    )
    standings: Connection[Standing] = page(
        "Where the partners are that you may see, highest tier first.",
        key="t.program_id",
        paging=STANDINGS,
        where=StandingFilter,
        order_by=StandingOrder,
    )


@strawberry.type(description="One decision on a partner's tier. It never changes.")
@reads(models.TierDecision, Action.READ_PROGRAMS)
class TierDecision(Node):
    """A decision."""

    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner.", "t.partner_id"
    )
    program: TierProgram = one("The program.", "t.program_id")
    version: ProgramVersion = one("The version it was made under.", "t.version_id")
    from_tier: Tier | None = one("The tier before; null if none.", "t.from_tier_id")
    to_tier: Tier | None = one("The tier after; null if none.", "t.to_tier_id")
    direction: TierDirection = column("Which way it went.")
    origin: DecisionOrigin = column("How it came about.")
    reason: str = column("Why, in words.")
    decided_at: DateTime = column("When.")
    benefits_gained: list[TierBenefit] = many(
        "What the partner has now and had not before, or with another value.",
        key="b.decision_id",
        join="JOIN benefit_change b ON b.tier_benefit_id = t.id AND b.change = 'GAINED'",
        order="b.position",
    )
    benefits_lost: list[TierBenefit] = many(
        "What the partner had before and has no more, or with another value.",
        key="b.decision_id",
        join="JOIN benefit_change b ON b.tier_benefit_id = t.id AND b.change = 'LOST'",
        order="b.position",
    )


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
