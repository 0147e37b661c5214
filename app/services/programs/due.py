"""Which standings are to be evaluated, and doing so, batch by batch.

A standing is due when time alone may change its answer (the next evaluation on schedule, the end of
a grace or a pin, a certification that runs out), or when a fact or a new version has made it so. It
is evaluated as of the moment at which it became due, however late that is done. A batch is one
transaction: an evaluator that is killed loses nothing, and two at once do nothing twice.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from tortoise.connection import get_connection

from app.domain.programs.vocabulary import ActivityKind, Promotion
from app.persistence.database import WRITER, Database
from app.persistence.models import Partner, Standing, TierProgram
from app.persistence.sql import bind, in_list
from app.services.partners.locking import lock_partner
from app.services.programs.evaluated import Evaluated
from app.services.programs.evaluating import evaluate_and_keep
from app.services.programs.measuring import as_moment, as_uuid
from app.services.programs.runs import SYSTEM, complete_overtaken, count_in_run
from app.services.programs.versions import version_in_force, versions_in_force
from app.services.use_case import Caller

# Few enough that those who record facts about the same partners wait for milliseconds.
BATCH = 200
# What says as of when a standing is to be evaluated.
_MOMENTS = ("due_at", "since", "evaluated_at")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch did. `partners` were evaluated; none are left if there are none."""

    partners: int = 0
    moved: int = 0


class _Due(NamedTuple):
    """That a partner is to be evaluated in a program, as of a moment that has passed."""

    as_of: datetime
    program_id: UUID
    partner_id: UUID


async def evaluate_next(database: Database, now: datetime) -> Batch:
    """Evaluate the partners that have been due longest, in a transaction of its own."""
    return await database.transaction(lambda: _next(database, now))


async def take_due(database: Database, partner_ids: Collection[UUID], now: datetime) -> None:
    """Evaluate partners as of every moment that has passed, in order, inside the open unit of work.

    For whoever holds their locks and is about to change what evaluations go by: records of facts,
    pins, tiers, approvals. What they change counts from now on, and not at a moment before that the
    evaluator has not come by yet.
    """
    rows = await _due_among(database, partner_ids, now)
    behind = {row.partner_id for row in rows}
    while rows:
        as_of, program_id, _ = min(rows)
        alike = sorted(row.partner_id for row in rows if row[:2] == (as_of, program_id))
        await _evaluate_due(database, program_id, alike[:BATCH], as_of, now)
        rows = await _due_among(database, behind, now)


async def lock_and_take_due(database: Database, partner_id: UUID, now: datetime) -> Partner:
    """A partner, locked until the open unit of work ends, as it is once all that is due is done."""
    await lock_partner(partner_id)
    await take_due(database, [partner_id], now)
    # A deadline that has passed may have suspended it.
    return await Partner.get(id=partner_id)


async def _due_among(
    database: Database, partner_ids: Collection[UUID], now: datetime
) -> list[_Due]:
    among = in_list("partner_id", "partners", database.dialect)
    sql = f"""
        SELECT partner_id, program_id, {", ".join(_MOMENTS)} FROM standing
        WHERE due_at <= :now AND {among}
    """
    given = {"partners": list(partner_ids), "now": now}
    rows = await database.rows(*bind(sql, given, database.dialect))
    return [
        _Due(
            _latest(as_moment(row[name]) for name in _MOMENTS if row[name] is not None),
            as_uuid(row["program_id"]),
            as_uuid(row["partner_id"]),
        )
        for row in rows
    ]


async def earliest_due(database: Database) -> datetime | None:
    """When a standing becomes due next, or the first has become due; None if none ever does."""

    async def read() -> datetime | None:
        due = Standing.filter(due_at__isnull=False).order_by("due_at")
        first = await due.first().only("due_at")
        return first.due_at if first else None

    return await database.read(read)


async def note_facts(
    caller: Caller, partner_ids: Collection[UUID], kinds: Collection[ActivityKind], now: datetime
) -> None:
    """Facts of these kinds came in: programs that move on facts at once look at the partners.

    Runs inside the open unit of work. A few partners are evaluated in it, so that its answer tells
    their tiers; of many it notes that they are due. Standings that no evaluation has ever looked at
    stay so until the vendor has them evaluated.
    """
    for version in await versions_in_force(now):
        policy = version.definition.policy
        if policy.promotion is not Promotion.IMMEDIATE or version.kinds.isdisjoint(kinds):
            continue
        if len(partner_ids) > BATCH:
            await _mark_due(caller.database, partner_ids, version.program_id, now)
            continue
        rows = await Standing.filter(
            program_id=version.program_id, partner_id__in=list(partner_ids), due_at__isnull=False
        )
        # Never as of a moment before the last look: whoever tells of the past makes them due.
        later = {row.partner_id for row in rows if _looked_at(row) > now}
        if later:
            await _mark_due(caller.database, later, version.program_id, now)
        ids = [row.partner_id for row in rows if row.partner_id not in later]
        await evaluate_and_keep(caller.database, caller.actor, version, ids, now)


async def _mark_due(
    database: Database, partner_ids: Collection[UUID], program_id: UUID, now: datetime
) -> None:
    among = in_list("partner_id", "partners", database.dialect)
    sql = (
        "UPDATE standing SET due_at = :now"
        f" WHERE due_at > :now AND program_id = :program AND {among}"
    )
    given = {"now": now, "partners": list(partner_ids), "program": program_id}
    await get_connection(WRITER).execute_query(*bind(sql, given, database.dialect))


async def _next(database: Database, now: datetime) -> Batch:
    first = await Standing.filter(due_at__lte=now).order_by("due_at", "id").first()
    if first is None:
        await complete_overtaken(now)
        return Batch()
    as_of = _as_of(first)
    ids = await _due_alike(first.program_id, as_of)
    found = await _evaluate_due(database, first.program_id, ids, as_of, now)
    return Batch(max(len(found), 1), sum(each.moves for each in found))


async def _evaluate_due(
    database: Database,
    program_id: UUID,
    partner_ids: Sequence[UUID],
    as_of: datetime,
    now: datetime,
) -> list[Evaluated]:
    """Evaluate partners of a program as of the moment at which they became due."""
    version = await version_in_force(await TierProgram.get(id=program_id), as_of)
    if version is None:
        # Nothing is in force yet; publishing makes its partners due.
        due = Standing.filter(program_id=program_id, partner_id__in=list(partner_ids))
        await due.filter(due_at__lte=as_of).update(due_at=None)
        return []
    found = await evaluate_and_keep(database, SYSTEM, version, partner_ids, as_of, only_due=True)
    await count_in_run(version, as_of, found, now)
    return found


def _as_of(standing: Standing) -> datetime:
    """The moment it became due; never before it was placed or looked at last."""
    return _latest(getattr(standing, name) for name in _MOMENTS)


def _looked_at(standing: Standing) -> datetime:
    """When it was placed or looked at last."""
    return _latest(getattr(standing, name) for name in _MOMENTS if name != "due_at")


def _latest(moments: Iterable[datetime | None]) -> datetime:
    return max(moment for moment in moments if moment is not None)


async def _due_alike(program_id: UUID, as_of: datetime) -> Sequence[UUID]:
    """The partners that are to be evaluated as of the same moment."""
    rows = (
        await Standing.filter(program_id=program_id, due_at__lte=as_of)
        .order_by("due_at", "id")
        .limit(BATCH)
        .values_list("partner_id", *_MOMENTS)
    )
    return [id for id, *moments in rows if _latest(moments) == as_of]
