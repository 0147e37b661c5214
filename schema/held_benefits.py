"""The benefits of partners' tiers, and whether each is held: measured when asked for."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import strawberry

from app.domain.ids import global_id
from app.persistence import models
from app.persistence.sql import in_list
from app.reads.convert import converter
from app.reads.sources import Fetch, Wanted
from app.services.programs.measuring import as_uuid
from app.services.programs.progress import load_benefits_missed
from schema.fields import Argument
from schema.programs import Benefit
from schema.progress import TierOutline
from schema.requirements import Requirement
from schema.scalars import JSONObject
from schema.standing_lookup import ById, by_id, load_placed, load_standings, load_tiers, reading_of

OF_ANY_PROGRAM = Argument(str, "The key of the program; unset: of all its programs.")
_json = converter("json", "") or (lambda raw: raw)


@strawberry.type(
    description="A benefit of the partner's tier, and whether it is held: some depend on a "
    "condition besides the tier."
)
class HeldBenefit:
    """A benefit; plain data."""

    id: strawberry.ID = strawberry.field(description="The id of the TierBenefit: `node` takes it.")
    program_key: str = strawberry.field(description="The key of the program that gives it.")
    tier: TierOutline = strawberry.field(description="The tier that gives it.")
    benefit: Benefit = strawberry.field(description="The benefit.")
    value: JSONObject = strawberry.field(
        description="Its value there: `text` for people, and typed keys such as `rate` (a decimal "
        "as text)."
    )
    condition: Requirement | None = strawberry.field(
        description="The condition for it besides the tier; null if nothing."
    )
    held: bool = strawberry.field(description="Whether the partner has it now.")
    why_not: str | None = strawberry.field(
        description="What is missing, in words; null if it is held."
    )


async def held_benefits(fetch: Fetch, wanted: Wanted) -> Mapping[str, Any]:
    """The benefits of each partner, by its id, in the order of program versions and benefits."""
    standings = [row for row in await load_standings(fetch, wanted) if row["tier_id"]]
    if not standings:
        return {}
    tiers = await load_tiers(fetch, standings)
    given = await _given(fetch, list(tiers))
    programs = await by_id(
        fetch, models.TierProgram, "key", [row["program_id"] for row in standings]
    )
    missed: Mapping[Any, str] = {}
    if wanted.wants("held") or wanted.wants("whyNot"):
        missed = await _missed(fetch, wanted, standings, tiers, given)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(standings, key=lambda row: str(_version(row, tiers))):
        partner, tier = as_uuid(row["partner_id"]), tiers[as_uuid(row["tier_id"])]
        held = {
            "programKey": programs[as_uuid(row["program_id"])]["key"],
            "tier": {name: tier[name] for name in ("key", "name", "rank")},
        }
        for benefit in given.get(as_uuid(row["tier_id"]), ()):
            why = missed.get((partner, _version(row, tiers), benefit["benefit"]["key"]))
            told = {**benefit, **held, "held": why is None, "whyNot": why}
            found.setdefault(str(partner), []).append(told)
    return found


def _version(standing: Mapping[str, Any], tiers: ById) -> UUID:
    return as_uuid(tiers[as_uuid(standing["tier_id"])]["version_id"])


async def _given(fetch: Fetch, tiers: Sequence[UUID]) -> Mapping[UUID, list[dict[str, Any]]]:
    """What each tier gives, in the program's order."""
    rows = await fetch(
        models.TierBenefit,
        "SELECT t.id, t.tier_id, t.benefit_id, t.value, t.condition FROM tier_benefit t"
        f" WHERE {in_list('t.tier_id', 'tiers', fetch.dialect)} AND {{scope}} ORDER BY t.position",
        {"tiers": list(tiers)},
    )
    benefits = await by_id(
        fetch, models.Benefit, "key, name, description, kind", [row["benefit_id"] for row in rows]
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        benefit = benefits[as_uuid(row["benefit_id"])]
        found.setdefault(as_uuid(row["tier_id"]), []).append(
            {
                "id": global_id("TierBenefit", as_uuid(row["id"])),
                "benefit": {
                    "id": global_id("Benefit", as_uuid(benefit["id"])),
                    **{name: benefit[name] for name in ("key", "name", "description", "kind")},
                },
                "value": _json(row["value"]),
                "condition": _json(row["condition"]),
            }
        )
    return found


async def _missed(
    fetch: Fetch,
    wanted: Wanted,
    standings: Sequence[Mapping[str, Any]],
    tiers: ById,
    given: Mapping[UUID, Sequence[Mapping[str, Any]]],
) -> Mapping[Any, str]:
    """Why benefits are not held: nothing is measured for partners whose benefits ask nothing."""
    asking = {id for id, benefits in given.items() if any(b["condition"] for b in benefits)}
    mine = [row for row in standings if as_uuid(row["tier_id"]) in asking]
    if not mine:
        return {}
    return await load_benefits_missed(
        reading_of(fetch, wanted), await load_placed(fetch, mine, tiers)
    )
