"""Evaluating partners of a program in the database: locked, measured, decided, kept.

Whoever records facts about a partner takes the same lock, so that an evaluation knows all records
up to a position, and none after it.
"""

from collections.abc import Hashable, Sequence
from datetime import datetime
from uuid import UUID

from cachetools import LRUCache

from app.auth.actor import Actor
from app.domain.partners import PartnerStatus, is_enrolled
from app.domain.programs.evaluation import Evaluator
from app.domain.programs.facts import PartnerFacts
from app.persistence.database import Database
from app.persistence.models import Partner, Standing, Vendor
from app.services.programs.evaluated import Evaluated
from app.services.programs.evaluation_storage import keep
from app.services.programs.measuring import EVERYTHING, Known, load_facts, load_rates, rows_of
from app.services.programs.standings import (
    PartnerRow,
    StandingRow,
    lock_partners,
    read_standings,
    state_of,
)
from app.services.programs.versions import Version, next_version_at

# The batches of a sweep are evaluated as of the same moment.
_ready: LRUCache[Hashable, Evaluator] = LRUCache(20)


async def evaluate_and_keep(
    database: Database,
    actor: Actor,
    version: Version,
    partner_ids: Sequence[UUID],
    as_of: datetime,
    *,
    only_due: bool = False,
    keep_all: bool = False,
) -> list[Evaluated]:
    """Evaluate partners as of a moment and keep the result, inside the open unit of work.

    With `only_due`, partners that another evaluator has seen to meanwhile are left out. With
    `keep_all`, an evaluation that changed nothing is kept as well.

    Partners that the program does not take any more, or that are not ACTIVE, are skipped
    again until something makes them due.
    """
    partners = await lock_partners(database, partner_ids)
    ids = [partner.id for partner in partners]
    standings = await read_standings(database, version.program_id, ids)
    if only_due:
        standings = [row for row in standings if row.due_at and row.due_at <= as_of]
    found = await assess(database, version, partners, standings, as_of)
    await keep(database, actor, version, found, as_of, keep_all)
    looked_at = {each.standing.id for each in found}
    idle = [row.id for row in standings if row.id not in looked_at]
    if idle:
        await Standing.filter(id__in=idle).update(
            due_at=None, at_risk_on=None, at_risk_because=None
        )
    return found


async def assess(
    database: Database,
    version: Version,
    partners: Sequence[Partner | PartnerRow],
    standings: Sequence[Standing | StandingRow],
    as_of: datetime,
) -> list[Evaluated]:
    """What evaluation would make of standings; nothing is written."""
    # However late: a rate that was set since does not change what held then.
    evaluator = await evaluator_for(version, as_of, Known(at=as_of))
    taken = {p.id: p for p in partners if _takes_part(p, version)}
    mine = [standing for standing in standings if standing.partner_id in taken]
    told = {row.partner_id: partner_facts(taken[row.partner_id], row.enrolled_at) for row in mine}
    facts = await load_facts(rows_of(database), database.dialect, evaluator, told)
    until = await next_version_at(version.program_id, as_of)
    found = []
    for standing in mine:
        state = state_of(standing, version)
        decision = evaluator.evaluate(facts[standing.partner_id], state)
        found.append(Evaluated(taken[standing.partner_id], standing, decision, until))
    return found


async def evaluator_for(version: Version, as_of: datetime, known: Known = EVERYTHING) -> Evaluator:
    """The version made ready to evaluate as of a moment, in the vendor's time zone."""
    vendor = await Vendor.first().only("time_zone")
    zone = vendor.time_zone if vendor else "UTC"
    rates = await load_rates(known)
    key = version.checksum, as_of, zone, rates.all
    if key not in _ready:
        _ready[key] = Evaluator(version.definition, as_of, zone, rates)
    return _ready[key]


def partner_facts(partner: Partner | PartnerRow, enrolled_at: datetime) -> PartnerFacts:
    """What of the partner itself counts."""
    return PartnerFacts(partner.type, partner.currency_code, enrolled_at)


def _takes_part(partner: Partner | PartnerRow, version: Version) -> bool:
    types = version.definition.partner_types
    return partner.status == PartnerStatus.ACTIVE and is_enrolled(types, partner.type)
