"""Progress and held benefits, measured for any number of partners by a few statements.

They are read, never kept, and so go by the `Rows` that are given: those of a planned read, which
let through what the actor may see.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from cachetools import LRUCache

from app.domain.programs.facts import Facts, PartnerFacts, Rate, Rates
from app.domain.programs.model import ProgramDefinition, Requirement
from app.domain.programs.parse import parse_program
from app.domain.programs.progress import (
    Outlook,
    Progress,
    benefit_conditions,
    why_not,
    with_benefits_alone,
)
from app.persistence.database import Dialect
from app.persistence.models import ExchangeRate, ProgramVersion, Vendor
from app.persistence.models.base import Record
from app.persistence.sql import in_list
from app.services.programs.contributors import Contributing, load_contributing
from app.services.programs.measuring import Known, Rows, as_moment, as_uuid, load_facts

# Versions that partners are measured by are published: what they say never changes.
_DEFINITIONS: LRUCache[UUID, "Definition"] = LRUCache(100)

_IN_FORCE = """
SELECT t.id, t.program_id FROM program_version t
WHERE {programs} AND {scope} AND t.status <> 'DRAFT' AND t.effective_from <= :now AND NOT EXISTS (
    SELECT 1 FROM program_version n WHERE n.program_id = t.program_id
    AND n.status <> 'DRAFT' AND n.effective_from <= :now AND n.number > t.number)
"""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a version says, and the same with the conditions of its benefits alone."""

    whole: ProgramDefinition
    benefits: ProgramDefinition
    conditions: Mapping[tuple[str, str], Requirement]


@dataclass(frozen=True, slots=True)
class Placed:
    """A partner's standing in a program, with what measuring has to know of the partner.

    `tier_key` and `tier_rank` are of the tier it is in, under the version of that tier.
    """

    partner_id: UUID
    program_id: UUID
    facts: PartnerFacts
    tier_key: str | None
    tier_rank: int
    version_id: UUID | None
    asks: bool

    def rank_in(self, program: ProgramDefinition) -> int:
        """The rank of its tier under a version that may be another."""
        if self.tier_key is None:
            return 0
        by_key = {tier.key: tier.rank for tier in program.tiers}
        return by_key.get(self.tier_key, min(self.tier_rank, len(program.tiers)))


@dataclass(frozen=True, slots=True)
class Seen(Known):
    """Of the records those that the actor may see: the statements are a planned read's."""

    @property
    def sql(self) -> str:
        """The condition on `activity_record t`."""
        return " AND {scope}"


_SEEN = Seen()


@dataclass(frozen=True, slots=True)
class Reading:
    """What reads, and the moment that it is about. In its SQL, `{scope}` is the actor's scope on
    the table with alias `t`; `rows` is for `activity_record`, `of` makes it for another model."""

    rows: Rows
    of: Callable[[type[Record]], Rows]
    dialect: Dialect
    now: datetime


async def load_progress(
    reading: Reading, standings: Sequence[Placed], days: Sequence[int]
) -> dict[UUID, Progress]:
    """The progress of each partner, of whom one standing is given, looking some days ahead.

    There is none in a program without a version in force.
    """
    versions = await _in_force(reading, {each.program_id for each in standings})
    definitions = await _definitions(reading, versions.values())
    zone, rates = await _setting(reading)
    found: dict[UUID, Progress] = {}
    for program_id, version in versions.items():
        program = definitions[version].whole
        mine = {each.partner_id: each for each in standings if each.program_id == program_id}
        outlook = Outlook(program, reading.now, zone, rates, days)
        facts = await _facts(reading, outlook, mine)
        for id, each in mine.items():
            found[id] = Progress(outlook, facts[id], each.rank_in(program))
    return found


async def load_progress_records(
    reading: Reading, found: Mapping[UUID, Progress]
) -> Mapping[UUID, Contributing]:
    """The records that the values of each partner's conditions rest on."""
    positions: dict[Outlook, dict[UUID, set[int]]] = {}
    for id, progress in found.items():
        held = {holding.position for holding in progress.facts.holdings}
        positions.setdefault(progress.outlook, {})[id] = held
    records: dict[UUID, Contributing] = {}
    for outlook, wanted in positions.items():
        records |= await load_contributing(reading.rows, reading.dialect, outlook, wanted, _SEEN)
    return records


async def load_benefits_missed(
    reading: Reading, standings: Sequence[Placed]
) -> dict[tuple[UUID, UUID, str], str]:
    """Why a benefit's condition does not hold, by partner, version and benefit key.

    Benefits that are not among them are held.
    """
    versions = {each.version_id for each in standings if each.version_id}
    definitions = await _definitions(reading, versions)
    zone, rates = await _setting(reading)
    missed: dict[tuple[UUID, UUID, str], str] = {}
    for version in versions:
        definition = definitions[version]
        mine = {each.partner_id: each for each in standings if each.version_id == version}
        outlook = Outlook(definition.benefits, reading.now, zone, rates)
        facts = await _facts(reading, outlook, mine)
        for id, each in mine.items():
            verdict = outlook.now.verdict(facts[id])
            for (tier, benefit), condition in definition.conditions.items():
                if tier == each.tier_key and (why := why_not(verdict, condition)):
                    missed[id, version, benefit] = why
    return missed


async def _facts(
    reading: Reading, outlook: Outlook, standings: Mapping[UUID, Placed]
) -> Mapping[UUID, Facts]:
    told = {id: each.facts for id, each in standings.items()}
    return await load_facts(reading.rows, reading.dialect, outlook, told, _SEEN)


async def _in_force(reading: Reading, programs: Collection[UUID]) -> dict[UUID, UUID]:
    """The version in force of each program that has one."""
    if not programs:
        return {}
    among = in_list("t.program_id", "programs", reading.dialect)
    sql = _IN_FORCE.replace("{programs}", among)
    rows = await reading.of(ProgramVersion)(sql, {"programs": list(programs), "now": reading.now})
    return {as_uuid(row["program_id"]): as_uuid(row["id"]) for row in rows}


async def _definitions(reading: Reading, versions: Collection[UUID]) -> dict[UUID, Definition]:
    """What published versions say, read and understood once."""
    missing = [id for id in versions if id not in _DEFINITIONS]
    found = {id: _DEFINITIONS[id] for id in versions if id in _DEFINITIONS}
    if missing:
        among = in_list("t.id", "versions", reading.dialect)
        sql = f"SELECT t.id, t.definition FROM program_version t WHERE {among} AND {{scope}}"
        for row in await reading.of(ProgramVersion)(sql, {"versions": missing}):
            id = as_uuid(row["id"])
            found[id] = _DEFINITIONS[id] = _definition(row["definition"])
    return found


def _definition(raw: Any) -> Definition:
    program = parse_program(orjson.loads(raw) if isinstance(raw, str | bytes) else raw)
    alone = with_benefits_alone(program)
    return Definition(program, alone, benefit_conditions(alone))


async def _setting(reading: Reading) -> tuple[str, Rates]:
    """The vendor's time zone, and all exchange rates."""
    zones = await reading.of(Vendor)("SELECT t.time_zone FROM vendor t WHERE {scope}", {})
    rates = await reading.of(ExchangeRate)(
        "SELECT t.base, t.quote, t.effective_from, t.rate FROM exchange_rate t WHERE {scope}", {}
    )
    found = [
        Rate(r["base"], r["quote"], as_moment(r["effective_from"]), Decimal(str(r["rate"])))
        for r in rates
    ]
    return (zones[0]["time_zone"] if zones else "UTC"), Rates(found)
