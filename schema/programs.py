"""Tier programs as data, and where a partner stands."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.domain.programs.vocabulary import (
    BenefitKind,
    VersionState,
)
from app.persistence import models
from app.reads.sources import Column
from schema.connections import Connection
from schema.enums import described
from schema.evaluations import RUNS, EvaluationRun
from schema.fields import column, computed, derived, many, one, page, reads
from schema.node import Node
from schema.program_texts import version_changes, version_yaml
from schema.requirements import Requirement
from schema.scalars import DateTime, JSONObject
from schema.standings import STANDINGS, Standing, StandingFilter, StandingOrder
from schema.vocabulary import PartnerType

if TYPE_CHECKING:
    pass

described(
    VersionState,
    "The state of a program version.",
    DRAFT="Being written; only the vendor sees it.",
    PUBLISHED="In force from its effective date; it never changes.",
    SUPERSEDED="A newer version is published; this one is in force until that one is effective.",
)
described(
    BenefitKind,
    "A kind of benefit.",
    PERCENT_SHARE="A share of what clients are charged.",
    ENTITLEMENT="Something that a partner may use or participate in.",
    CONTACT="A person at the vendor.",
    SERVICE_LEVEL="A level of service.",
    CADENCE="Something that happens regularly.",
    LISTING="A place in a public list.",
    BADGE="A mark to show.",
    LEAD_PRIORITY="Priority in the distribution of leads.",
    BUDGET="Money to spend on the market.",
    REBATE="A refund on sales.",
    CONTENT_ACCESS="Access to content.",
    TRAINING_ACCESS="Access to training.",
    AWARD="An award.",
)


@strawberry.type(description="Something a program gives.")
@reads(models.Benefit)
class Benefit(Node):
    """A benefit."""

    key: str = column("Its key, unique in the version.")
    name: str = column("Its name.")
    description: str = column("What it means; may be empty.")
    kind: BenefitKind = column("The kind of benefit.")


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
        "The condition for it besides the tier; null if nothing."
    )


@strawberry.type(description="A step of the ladder.")
@reads(models.Tier)
class Tier(Node):
    """A tier."""

    key: str = column("Its key, unique in the version.")
    name: str = column("Its name.")
    rank: int = column("Its place in the ladder: 1 is the lowest.")
    color: str | None = column("A colour for it as `#RRGGBB`.")
    requirement: Requirement | None = column("Its requirement; null if nothing.")
    benefits: list[TierBenefit] = many(
        "Its benefits, in the program's order.", key="t.tier_id", order="t.position"
    )


@strawberry.type(description="What a program says from a date on. A published one never changes.")
@reads(models.ProgramVersion)
class ProgramVersion(Node):
    """A version of a program."""

    number: int = column("Counts from 1.")
    status: VersionState = column("Its state.")
    effective_from: DateTime = column("From when it is in force.")
    created_at: DateTime = column("When it was imported.")
    published_at: DateTime | None = column("When it was published; null for a draft.")
    checksum: str = column("SHA-256 of the whole definition in canonical form.")
    definition: JSONObject = column(
        "The whole program file in canonical form: importing it gives the same program."
    )
    yaml: str = derived(
        "The same as a YAML file, to be edited and imported as the next version.",
        version_yaml,
        Column("t.definition", "json"),
        Column("t.checksum", "text"),
    )
    changes: list[str] = computed(
        "Its changes to the previously published version, in sentences; empty for the first.",
        version_changes,
        missing=[],
    )
    gate: Requirement | None = column("What must hold to be in any tier; null if nothing.")
    policy: JSONObject = column("How partners move: promotion, retention, demotion, schedule.")
    tiers: list[Tier] = many("Its ladder, lowest first.", key="t.version_id", order="t.rank")
    benefits: list[Benefit] = many(
        "All benefits it defines, also those that no tier gives.",
        key="t.version_id",
        order="t.position",
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
    evaluation_runs: Connection[EvaluationRun] = page(
        "The evaluations of all its partners, newest first. For the vendor; empty for anyone else.",
        key="t.program_id",
        paging=RUNS,
    )
