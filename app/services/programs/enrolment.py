"""Bringing partners into programs, and what a new version makes due."""

from datetime import datetime
from functools import partial
from uuid import UUID

from tortoise.connection import get_connection

from app.domain.partners import PartnerStatus, is_enrolled
from app.domain.programs.vocabulary import VersionState
from app.persistence.database import WRITER, Database
from app.persistence.models import Partner, ProgramVersion, Standing
from app.persistence.sql import bind, in_list
from app.services.programs.measuring import as_moment, as_uuid
from app.services.programs.standings import new_standing
from app.services.programs.versions import Version, versions_in_force

_BATCH = 500
_MISSED = """
    UPDATE standing SET due_at = CASE WHEN since > :at THEN since ELSE :at END
    WHERE program_id = :program AND evaluated_at < :at AND due_at > :at
"""


async def bring_up(database: Database, version: Version, now: datetime) -> None:
    """Apply a version in force: in transactions of its own, and any number of times.

    Partners of its types that are not in the program come into it, as of the moment it took effect,
    and those that were evaluated before are due as of then.
    """
    row = await database.read(lambda: ProgramVersion.get(id=version.id))
    last: UUID | None = UUID(int=0)
    while last is not None:
        last = await database.transaction(
            partial(_enrol_some, database, version, last, _took_effect(row))
        )
    await database.transaction(lambda: _mark_before(database, version, now))


async def enrol(partner: Partner, now: datetime) -> None:
    """A standing without a tier in every program in force for the partner's type that it is not in.

    For one that comes to be ACTIVE: in the unit of work that makes it so.
    """
    standings = [
        new_standing(partner.id, version.program_id, now)
        for version in await versions_in_force(now)
        if is_enrolled(version.definition.partner_types, partner.type)
    ]
    await Standing.bulk_create(standings, ignore_conflicts=True)


async def _enrol_some(
    database: Database, version: Version, after: UUID, at: datetime
) -> UUID | None:
    """Enrol the next partners; gives the last of them, or None if there are no more."""
    types = [each.value for each in version.definition.partner_types]
    of_type = f" AND {in_list('p.type', 'types', database.dialect)}" if types else ""
    sql = f"""
        SELECT p.id, p.created_at FROM partner p
        WHERE p.id > :after AND p.status = :status{of_type} AND NOT EXISTS (
            SELECT 1 FROM standing s WHERE s.partner_id = p.id AND s.program_id = :program
        ) ORDER BY p.id LIMIT :batch
    """
    given = {
        "status": PartnerStatus.ACTIVE.value,
        "program": version.program_id,
        "after": after,
        "batch": _BATCH,
        "types": types,
    }
    rows = await database.rows(*bind(sql, given, database.dialect))
    standings = [
        new_standing(as_uuid(row["id"]), version.program_id, max(at, as_moment(row["created_at"])))
        for row in rows
    ]
    await Standing.bulk_create(standings, ignore_conflicts=True)
    return standings[-1].partner_id if len(rows) == _BATCH else None


async def _mark_before(database: Database, version: Version, now: datetime) -> None:
    """Make those due that no evaluation has looked at since a version took effect.

    The newest version comes first: in the end each is due as of the first one that it has missed.
    """
    published = ProgramVersion.filter(program_id=version.program_id, effective_from__lte=now)
    for row in await published.exclude(status=VersionState.DRAFT).order_by("-number"):
        await mark_before(database, version.program_id, _took_effect(row))


async def mark_before(database: Database, program_id: UUID, at: datetime) -> None:
    """Make those due as of a moment, when a version takes effect, that were evaluated before."""
    given = {"at": at, "program": program_id}
    await get_connection(WRITER).execute_query(*bind(_MISSED, given, database.dialect))


def _took_effect(version: ProgramVersion) -> datetime:
    assert version.published_at is not None
    return max(version.effective_from, version.published_at)
