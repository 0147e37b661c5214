"""Where partners stand, as measuring wants to know it: read by a few statements for many partners.

Each statement reads one table, by its keys and under the actor's scope.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from app.domain.programs.facts import PartnerFacts
from app.persistence import models
from app.persistence.models.base import Record
from app.persistence.sql import in_list
from app.reads.sources import Fetch, Wanted
from app.services.programs.measuring import Rows, as_moment, as_uuid
from app.services.programs.progress import Placed, Reading

Row: TypeAlias = Mapping[str, Any]
ById: TypeAlias = Mapping[UUID, Row]


def reading_of(fetch: Fetch, wanted: Wanted) -> Reading:
    """What measures as of the moment of the request, for the actor."""

    def of(model: type[Record]) -> Rows:
        async def rows(sql: str, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
            return await fetch(model, sql, values)

        return rows

    return Reading(of(models.ActivityRecord), of, fetch.dialect, wanted.now)


async def load_placed(fetch: Fetch, standings: Sequence[Row], tiers: ById) -> list[Placed]:
    """Standings with what measuring has to know of the partners."""
    partners = await by_id(
        fetch, models.Partner, "type, currency_code", [row["partner_id"] for row in standings]
    )
    return [_place(row, partners, tiers) for row in standings]


def _place(row: Mapping[str, Any], partners: ById, tiers: ById) -> Placed:
    partner, tier = partners[as_uuid(row["partner_id"])], tier_of(row, tiers)
    return Placed(
        as_uuid(row["partner_id"]),
        as_uuid(row["program_id"]),
        PartnerFacts(partner["type"], partner["currency_code"], as_moment(row["enrolled_at"])),
        tier["key"] if tier else None,
        tier["rank"] if tier else 0,
        as_uuid(tier["version_id"]) if tier else None,
        row["approval_id"] is not None,
    )


async def load_standings(fetch: Fetch, wanted: Wanted) -> Sequence[Mapping[str, Any]]:
    """The standings that are meant, of each partner the oldest program first."""
    key = wanted.arguments.get("program")
    of_program = "t.program_id = (SELECT g.id FROM tier_program g WHERE g.key = :key)"
    return await fetch(
        models.Standing,
        "SELECT t.partner_id, t.program_id, t.tier_id, t.enrolled_at, t.approval_id"
        " FROM standing t WHERE t.partner_id{keys} AND {scope}"
        f"{'' if key is None else f' AND {of_program}'} ORDER BY t.program_id",
        {} if key is None else {"key": key},
    )


async def load_tiers(fetch: Fetch, standings: Sequence[Mapping[str, Any]]) -> ById:
    """The tiers that standings are in, by id."""
    ids = [row["tier_id"] for row in standings if row["tier_id"]]
    return await by_id(fetch, models.Tier, "key, name, rank, version_id", ids)


def tier_of(standing: Mapping[str, Any], tiers: ById) -> Mapping[str, Any] | None:
    """The tier of a standing, if it has one."""
    return tiers[as_uuid(standing["tier_id"])] if standing["tier_id"] else None


async def by_id(fetch: Fetch, model: type[Record], columns: str, ids: Sequence[Any]) -> ById:
    """Rows of a model, by id."""
    if not ids:
        return {}
    named = ", ".join(f"t.{column}" for column in columns.split(", "))
    sql = (
        f"SELECT t.id, {named} FROM {model._meta.db_table} t"
        f" WHERE {in_list('t.id', 'ids', fetch.dialect)} AND {{scope}}"
    )
    rows = await fetch(model, sql, {"ids": list(dict.fromkeys(ids))})
    return {as_uuid(row["id"]): row for row in rows}
