"""Who would move if a program version were in force now: evaluated, and never kept."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.ids import new_id
from app.domain.partners import PartnerStatus
from app.domain.programs.canonical import checksum
from app.domain.programs.evaluation import Decision
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.program_text import read_program
from app.persistence.models import Partner, ProgramVersion, Tier, TierProgram
from app.services.programs.evaluated import Evaluated
from app.services.programs.evaluating import assess
from app.services.programs.simulate_tier import standing_to_be
from app.services.programs.standings import load_standings
from app.services.programs.versions import Version, load_version
from app.services.use_case import Caller
from app.services.visible import require

# Partners measured by one set of statements.
BATCH = 250
# Partners that one page looks at, at most: a version under which nobody moves is paged as well.
MOST_EXAMINED = 2_000


@dataclass(frozen=True, slots=True)
class PreviewProgram:
    """Which version: one that is stored, or the text of one. The page: so many who move, after."""

    version_id: UUID | None
    text: str | None
    first: int
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class Mover:
    """A partner that would move: where it is, under the version in force, and what is decided."""

    partner_id: UUID
    from_tier: Tier | None
    to_tier: Tier | None
    decision: Decision


@dataclass(frozen=True, slots=True)
class Preview:
    """A page of those who would move, and what became of all that were examined for it.

    `last` is the partner to go on after; `more` whether there may be others.
    """

    movers: list[Mover]
    examined: int
    up: int
    down: int
    last: UUID | None
    more: bool


async def preview_program(caller: Caller, input: PreviewProgram) -> Preview:
    """Evaluate partners, in the order of their ids, as if the version were in force now.

    Partners that are not in the program yet, and would be, are among them. A page ends with its
    last mover, or after 2,000 partners. Raises Refused with NOT_FOUND for the version, and
    ProgramError for the text.
    """
    now = caller.clock.now()
    version = await _version(caller, input)
    movers: list[Mover] = []
    examined = up = down = 0
    last, more = input.after, True
    while more and len(movers) < input.first and examined < MOST_EXAMINED:
        batch = await _batch(caller, version, last, now)
        more = len(batch) == BATCH
        for position, (partner_id, each) in enumerate(batch, start=1):
            last, examined = partner_id, examined + 1
            if not each or not each.moves:
                continue
            movers.append(_mover(each, version))
            higher = each.decision.state.rank > each.decision.before.rank
            up, down = up + higher, down + (not higher)
            if len(movers) == input.first:
                more = more or position < len(batch)
                break
    return Preview(movers, examined, up, down, last, more)


async def _version(caller: Caller, input: PreviewProgram) -> Version:
    if input.text is not None:
        definition = await asyncio.to_thread(read_program, input.text)
        program = await caller.database.read(lambda: TierProgram.get_or_none(key=definition.key))
        return _unsaved(definition, program.id if program else new_id())

    async def load() -> Version:
        row = await require(caller, ProgramVersion, input.version_id, "versionId")
        return await load_version(row.id)

    return await caller.database.read(load)


def _unsaved(definition: ProgramDefinition, program_id: UUID) -> Version:
    id = new_id()
    tiers = tuple(
        Tier(version_id=id, key=tier.key, name=tier.name, rank=tier.rank, color=tier.color)
        for tier in definition.tiers
    )
    return Version(id, program_id, definition.key, checksum(definition), definition, tiers)


async def _batch(
    caller: Caller, version: Version, after: UUID | None, now: datetime
) -> list[tuple[UUID, Evaluated | None]]:
    """The next partners, each with what would become of it."""

    async def look() -> list[tuple[UUID, Evaluated | None]]:
        wanted = Partner.filter(status=PartnerStatus.ACTIVE)
        if types := version.definition.partner_types:
            wanted = wanted.filter(type__in=[each.value for each in types])
        if after:
            wanted = wanted.filter(id__gt=after)
        partners = await wanted.order_by("id").limit(BATCH)
        standings = await load_standings(version.program_id, [p.id for p in partners])
        there = {standing.partner_id for standing in standings}
        standings += [
            standing_to_be(partner.id, version.program_id, now)
            for partner in partners
            if partner.id not in there
        ]
        found = await assess(caller.database, version, partners, standings, now)
        by_partner: Mapping[UUID, Evaluated] = {each.partner.id: each for each in found}
        return [(partner.id, by_partner.get(partner.id)) for partner in partners]

    return await caller.database.read(look)


def _mover(each: Evaluated, version: Version) -> Mover:
    to_tier = version.tier(each.decision.state.rank)
    return Mover(each.partner.id, each.standing.tier, to_tier, each.decision)
