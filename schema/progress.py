"""How far a partner is on the way to its next tier: measured when asked for."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry

from app.domain.programs.chart import Bar, progress_chart
from app.domain.programs.explaining import condition_json, requirement_json, share
from app.domain.programs.progress import MAX_HORIZON, Progress, expiry_json, steps_to
from app.reads.errors import BadArgument
from app.reads.sources import Fetch, Wanted
from app.services.programs.contributors import Contributing
from app.services.programs.progress import (
    Placed,
    load_progress,
    load_progress_records,
)
from schema.evaluations import ConditionResult, MetricValue, RequirementResult
from schema.fields import Argument
from schema.results import condition_result, requirement_result
from schema.scalars import DateTime
from schema.standing_lookup import load_placed, load_standings, load_tiers, reading_of

DEFAULT_HORIZON = 90


@strawberry.type(description="A tier, in short.")
class TierOutline:
    """A tier; plain data."""

    key: str = strawberry.field(description="Its key.")
    name: str = strawberry.field(description="Its name.")
    rank: int = strawberry.field(description="Its place in the ladder: 1 is the lowest.")


@strawberry.type(
    description="What a condition loses within some days if nothing is added: records that leave "
    "its window, certifications that expire."
)
class Expiry:
    """An expiry; plain data."""

    within_days: int = strawberry.field(description="Within how many days from now.")
    on: DateTime = strawberry.field(description="The moment that those days end at.")
    label: str = strawberry.field(description="The condition in words.")
    unit: str = strawberry.field(description="The unit of the values.")
    tiers: list[str] = strawberry.field(
        description="The keys of the tiers that ask for it: the partner's own, the next, or both."
    )
    value_now: MetricValue | None = strawberry.field(description="The value now.")
    value_then: MetricValue | None = strawberry.field(description="The value at that moment.")
    threshold_missed: bool = strawberry.field(
        description="Whether the condition holds now and no longer will."
    )


@strawberry.type(
    description="How far a partner is on the way to its next tier, measured now. Evaluations "
    "decide, not this: see `standing`."
)
class TierProgress:
    """Progress; plain data."""

    program_key: str = strawberry.field(description="The key of the program.")
    program_name: str = strawberry.field(description="Its name.")
    as_of: DateTime = strawberry.field(description="The moment of measuring.")
    tier: TierOutline | None = strawberry.field(description="Its tier; null if it is in none.")
    next_tier: TierOutline | None = strawberry.field(
        description="The tier above; null above the highest."
    )
    gap: list[ConditionResult] = strawberry.field(
        description="The unmet conditions of the gate and of the next tier. Empty if it "
        "qualifies, or if there is no next tier."
    )
    gate: RequirementResult | None = strawberry.field(
        description="What the program requires of everyone; null if nothing."
    )
    next_tier_requirement: RequirementResult | None = strawberry.field(
        description="The requirement of the next tier, met or not; null if nothing."
    )
    expiring: list[Expiry] = strawberry.field(
        description="What the conditions of its tier and of the next one lose within 30, 60 and "
        "90 days, up to the horizon, and within the horizon itself. Each counts from "
        "now."
    )
    awaiting_approval: bool = strawberry.field(
        description="Whether the vendor is asked to approve a tier: see `standing.approval`."
    )
    chart: str = strawberry.field(
        description="A bar for each condition of the gate and the next tier, as an SVG document."
    )


OF_A_PROGRAM = Argument(str, "The key of the program; unset: its oldest program.")
HORIZON = Argument(
    int, f"How many days ahead to look for what expires, 0–{MAX_HORIZON}.", DEFAULT_HORIZON
)


async def tier_progress(fetch: Fetch, wanted: Wanted) -> Mapping[str, Any]:
    """The progress of each partner, by its id."""
    horizon = wanted.arguments.get("horizon_days")
    horizon = DEFAULT_HORIZON if horizon is None else horizon
    if not 0 <= horizon <= MAX_HORIZON:
        raise BadArgument(f"horizonDays must be from 0 to {MAX_HORIZON}.")
    days = steps_to(horizon) if wanted.wants("expiring") else ()
    standings = await load_standings(fetch, wanted)
    tiers = await load_tiers(fetch, standings)
    places: dict[UUID, Placed] = {}
    for place in await load_placed(fetch, standings, tiers):
        places.setdefault(place.partner_id, place)
    reading = reading_of(fetch, wanted)
    found = await load_progress(reading, list(places.values()), days)
    records: Mapping[UUID, Contributing] = {}
    if found and wanted.wants("contributors"):
        records = await load_progress_records(reading, found)
    return {
        str(id): _progress(progress, places[id], records.get(id, _NONE), wanted)
        for id, progress in found.items()
    }


_NONE = Contributing()


def _progress(
    progress: Progress, standing: Placed, records: Contributing, wanted: Wanted
) -> Mapping[str, Any]:
    program, verdict = progress.outlook.program, progress.verdict
    tier, next_tier = progress.tier, progress.next_tier
    currency = progress.facts.partner.currency
    return {
        "programKey": program.key,
        "programName": program.name,
        "asOf": wanted.now,
        "tier": tier and _outline(tier),
        "nextTier": next_tier and _outline(next_tier),
        "gap": [condition_result(each) for each in progress.gap(records)],
        "gate": requirement_result(requirement_json(verdict, program.gate, records)),
        "nextTierRequirement": next_tier
        and requirement_result(requirement_json(verdict, next_tier.requirement, records)),
        "expiring": [expiry_json(each, currency) for each in progress.expiring()],
        "awaitingApproval": standing.asks,
        "chart": _chart(progress) if wanted.wants("chart") else "",
    }


def _outline(tier: Any) -> Mapping[str, Any]:
    return {"key": tier.key, "name": tier.name, "rank": tier.rank}


def _chart(progress: Progress) -> str:
    bars = []
    for condition in progress.asked() if progress.next_tier else ():
        told = condition_json(progress.verdict, condition)
        bars.append(
            Bar(
                told["label"],
                _with_unit(told["value"], told["unit"]) or "not known",
                _with_unit(told["threshold"], told["unit"]),
                share(told),
                told["met"] == "MET",
            )
        )
    tier, next_tier = progress.tier, progress.next_tier
    names = [each.name if each else None for each in (tier, next_tier)]
    return progress_chart(names[0], names[1], bars)


def _with_unit(value: Mapping[str, Any] | None, unit: str) -> str | None:
    if value is None:
        return None
    # Only a number has one that says more than the label does.
    return f"{value['text']} {unit}" if value["number"] and len(unit) == 3 else value["text"]
