"""Evaluations: what a program's rules came to for a partner, condition by condition."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.auth.policy import Action
from app.domain.programs.requirement_evaluation import Answer
from app.domain.programs.vocabulary import ActivityKind, Effect, RunStatus
from app.persistence import models
from app.reads.sources import Column, Order, Paging
from schema.billing import Money
from schema.enums import described
from schema.fields import column, derived, one, reads
from schema.node import Node
from schema.requirements import Metric, Operator, RequirementKind
from schema.results import effects_of, gate_result, tier_results
from schema.scalars import DateTime, DecimalText, JSONObject

if TYPE_CHECKING:
    from schema.partners import Partner
    from schema.programs import ProgramVersion, TierProgram

described(
    Answer,
    "Whether something that a program asks for holds.",
    MET="It holds.",
    NOT_MET="It does not.",
    UNPUBLISHED="The threshold is not published: the vendor decides.",
)
described(
    Effect,
    "An effect of an evaluation.",
    MOVED="It moved the partner to another tier.",
    AT_RISK="It found that the partner will lose its tier if nothing changes.",
    RISK_ENDED="It found that the partner is no longer at risk.",
    GRACE_STARTED="A time of grace began.",
    GRACE_NOTICE="It gave notice that the grace ends soon.",
    GRACE_ENDED="The grace ended.",
    HELD="The tier is kept to the end of a period.",
    HOLD_ENDED="The hold ended.",
    PIN_ENDED="A pin ran out.",
    APPROVAL_REQUESTED="It asked the vendor to approve a tier.",
    APPROVAL_WITHDRAWN="It no longer asks the vendor.",
    DEADLINE_PASSED="The time to enter a tier ran out.",
)
described(
    RunStatus,
    "The state of an evaluation of a whole program.",
    RUNNING="Not all partners are done; it resumes where it stopped.",
    COMPLETED="All partners are done.",
)


@strawberry.type(description="A value that was measured, or one that it is compared with.")
class MetricValue:
    """A value; plain data."""

    text: str = strawberry.field(description="For people, such as `3`, `true` or `LEADS`.")
    number: DecimalText | None = strawberry.field(description="A number; null if it is none.")
    flag: bool | None = strawberry.field(description="True or false; null if it is neither.")
    codes: list[str] | None = strawberry.field(description="Codes; null if it is none.")


@strawberry.type(description="The value of one period, where a condition looks at each.")
class PeriodValue:
    """The value of a period; plain data."""

    start: DateTime | None = strawberry.field(
        name="from", description="When the period begins; null: it has no beginning."
    )
    to: DateTime = strawberry.field(description="When it ends, not included.")
    value: MetricValue | None = strawberry.field(description="The value; null if not known.")


@strawberry.type(description="A record that a value rests on: `node` has all of it.")
class Contributor:
    """The outline of an activity record; plain data."""

    id: strawberry.ID = strawberry.field(description="The id of the ActivityRecord.")
    kind: ActivityKind = strawberry.field(description="The kind of fact.")
    code: str | None = strawberry.field(
        description="Which certification, attestation and so on; null for other kinds."
    )
    quantity: int = strawberry.field(
        description="1; of a reversal -1, or 0 if some of the money is left after it."
    )
    amount: Money | None = strawberry.field(description="The money of a sale; else null.")
    occurred_at: DateTime = strawberry.field(description="When it took effect.")


@strawberry.type(description="The result for one condition.")
class ConditionResult:
    """A result; plain data."""

    label: str = strawberry.field(description="The condition in words.")
    metric: Metric = strawberry.field(description="What is measured.")
    operator: Operator = strawberry.field(description="How it is compared.")
    unit: str = strawberry.field(
        description="The unit of value and threshold, such as `USD` or `PERSON`."
    )
    value: MetricValue | None = strawberry.field(
        description="The value, of several periods the one furthest from the threshold; null if "
        "it is not known, such as without a rate between currencies."
    )
    threshold: MetricValue | None = strawberry.field(
        description="The required value; null if that is not published."
    )
    remaining: MetricValue | None = strawberry.field(
        description="The remaining difference; null where there is no such thing."
    )
    met: Answer = strawberry.field(description="Whether it holds.")
    buckets: list[PeriodValue] = strawberry.field(
        description="The value of each period, oldest first, where it looks at each; else empty."
    )
    unconverted: list[str] = strawberry.field(
        description="The currencies that it could not convert, for want of a rate."
    )
    records: int = strawberry.field(description="How many records the value rests on.")
    contributors: list[Contributor] = strawberry.field(description="The newest of those records.")


@strawberry.type(description="The result for a node of a requirement tree.")
class RequirementResult:
    """A result; plain data."""

    kind: RequirementKind = strawberry.field(description="How it combines those in `of`.")
    label: str = strawberry.field(description="The requirement in words.")
    at_least: int | None = strawberry.field(description="How many must hold, for AT_LEAST.")
    met: Answer = strawberry.field(description="Whether it holds.")
    of: list[Annotated["RequirementResult", strawberry.lazy("schema.evaluations")]] = (
        strawberry.field(description="Its child results; empty for a condition.")
    )
    result: ConditionResult | None = strawberry.field(
        description="The result of the condition, for CONDITION."
    )


@strawberry.type(description="The result for a tier.")
class TierResult:
    """A result; plain data."""

    key: str = strawberry.field(description="The tier's key.")
    name: str = strawberry.field(description="Its name.")
    rank: int = strawberry.field(description="Its place in the ladder: 1 is the lowest.")
    met: Answer = strawberry.field(
        description="Whether the partner qualifies for it: the gate holds and its requirement."
    )
    requirement: RequirementResult | None = strawberry.field(
        description="The result for its requirement; null if it has none."
    )
    conditions: list[ConditionResult] = strawberry.field(
        description="All conditions of the requirement, without the tree around them."
    )


@strawberry.type(description="One thing that an evaluation did.")
class EvaluationEffect:
    """An effect; plain data."""

    effect: Effect = strawberry.field(description="The kind of effect.")
    data: JSONObject = strawberry.field(description="More of it; the keys depend on the effect.")


@strawberry.type(
    description="A program's rules applied to one partner as of a moment. It never changes: the "
    "same inputs give the same result."
)
@reads(models.Evaluation, Action.READ_PROGRAMS)
class Evaluation(Node):
    """An evaluation."""

    partner: Annotated["Partner", strawberry.lazy("schema.partners")] = one(
        "The partner.", "t.partner_id"
    )
    program: Annotated["TierProgram", strawberry.lazy("schema.programs")] = one(
        "The program.", "t.program_id"
    )
    version: Annotated["ProgramVersion", strawberry.lazy("schema.programs")] = one(
        "The version whose rules were applied.", "t.version_id"
    )
    as_of: DateTime = column("The moment that it looks at.")
    evaluated_at: DateTime = column("When it was created.")
    digest: str = column("SHA-256 of all that went in, in canonical form.")
    inputs: JSONObject = column(
        "The inputs besides the version: the moment, the sums of the records, what held, "
        "exchange rates, and the previous standing."
    )
    gate: RequirementResult | None = derived(
        "What the program requires of everyone; null if nothing.",
        gate_result,
        Column("t.result", "json"),
    )
    tiers: list[TierResult] = derived(
        "The results for each tier, lowest first.", tier_results, Column("t.result", "json")
    )
    effects: list[EvaluationEffect] = derived(
        "Its effects, in order; empty if it changed nothing.",
        effects_of,
        Column("t.effects", "json"),
    )


@strawberry.type(description="An evaluation of all partners of a program as of a moment.")
@reads(models.EvaluationRun, Action.READ_PROGRAMS)
class EvaluationRun(Node):
    """A run. For the vendor: it counts partners."""

    program: Annotated["TierProgram", strawberry.lazy("schema.programs")] = one(
        "The program.", "t.program_id"
    )
    as_of: DateTime = column("The moment that it looks at.")
    status: RunStatus = column("Its state.")
    evaluated: int = column("The number of partners evaluated.")
    moved: int = column("The number of partners whose tier changed.")
    at_risk: int = column("How many of them will lose their tier if nothing changes.")
    started_at: DateTime = column("When it started.")
    completed_at: DateTime | None = column("When it was done; null before.")


EVALUATIONS = Paging(
    orders={"EVALUATED_AT": Order("t.evaluated_at", "time")},
    default="EVALUATED_AT",
    descending=True,
)
RUNS = Paging(orders={"AS_OF": Order("t.as_of", "time")}, default="AS_OF", descending=True)
