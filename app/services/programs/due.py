"""Which standings are to be evaluated, and doing so, batch by batch.

A standing is due when time alone may change its answer (the next evaluation on schedule, the end of
a grace or a pin, a certification that runs out), or when a fact or a new version has made it so. It
is evaluated as of the moment at which it became due, however late that is done. A batch is one
transaction: an evaluator that is killed loses nothing, and two at once do nothing twice.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection
from tortoise.expressions import F

from app.auth.actor import Actor
from app.domain.events import EventType
from app.domain.identity import Role
from app.domain.programs.vocabulary import ActivityKind, Promotion, RunStatus
from app.events.outbox import append
from app.persistence.database import WRITER, Database
from app.persistence.models import EvaluationRun, Standing, TierProgram
from app.persistence.sql import bind, in_list
from app.services.programs.evaluating import Evaluated, evaluate_and_keep, evaluator_for
from app.services.programs.versions import Version, version_in_force, versions_in_force
from app.services.use_case import Caller

SYSTEM = Actor(Role.SYSTEM, name="Partnergraph")
# Few enough that those who record facts about the same partners wait for milliseconds.
BATCH = 200
# What says as of when a standing is to be evaluated.
_MOMENTS = ("due_at", "since", "evaluated_at")


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch did. `partners` were looked at; none are left if there are none."""

    partners: int = 0
    moved: int = 0


async def evaluate_next(database: Database, now: datetime) -> Batch:
    """Evaluate the partners that have been due longest, in a transaction of its own."""
    return await database.transaction(lambda: _next(database, now))


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
        await _complete_overtaken(now)
        return Batch()
    program = await TierProgram.get(id=first.program_id)
    as_of = _as_of(first)
    version = await version_in_force(program, as_of)
    if version is None:
        # Nothing is in force yet; publishing makes its partners due.
        await Standing.filter(id=first.id).update(due_at=None)
        return Batch(1)
    run = await _run(version, as_of, now)
    found = await evaluate_and_keep(
        database, SYSTEM, version, await _due_alike(program.id, as_of), as_of, only_due=True
    )
    moved = sum(each.moves for each in found)
    if run:
        await _count(run, found, moved)
        await _complete(run, now)
    return Batch(max(len(found), 1), moved)


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


async def _run(version: Version, as_of: datetime, now: datetime) -> EvaluationRun | None:
    """The run that an evaluation as of this moment belongs to, locked; None if to none.

    There is one for each evaluation on schedule, and for what the vendor started by hand.
    """
    evaluator = await evaluator_for(version, as_of)
    calendar, every = evaluator.setting.calendar, version.definition.policy.evaluate_every
    if calendar.midnight(calendar.period(calendar.day(as_of), every)[0]) == as_of:
        await start_run(version.program_id, as_of, now)
    return (
        await EvaluationRun.select_for_update()
        .filter(program_id=version.program_id, as_of=as_of)
        .first()
    )


async def start_run(program_id: UUID, as_of: datetime, now: datetime) -> None:
    """Begin a run, if it has not begun."""
    run = EvaluationRun(
        program_id=program_id, as_of=as_of, status=RunStatus.RUNNING, started_at=now
    )
    await EvaluationRun.bulk_create([run], ignore_conflicts=True)


async def _count(run: EvaluationRun, found: Sequence[Evaluated], moved: int) -> None:
    at_risk = sum(each.decision.state.at_risk_on is not None for each in found)
    await EvaluationRun.filter(id=run.id).update(
        evaluated=F("evaluated") + len(found),
        moved=F("moved") + moved,
        at_risk=F("at_risk") + at_risk,
    )


async def _complete(run: EvaluationRun, now: datetime) -> None:
    """End a run, which is locked, once nobody is left in it."""
    # In order, so that it is looked for along the index: without, all rows may be read for it.
    left = Standing.filter(program_id=run.program_id, due_at__lte=run.as_of)
    some = await left.order_by("due_at", "id").first().values("id")
    if some or run.status == RunStatus.COMPLETED:
        return
    await EvaluationRun.filter(id=run.id).update(status=RunStatus.COMPLETED, completed_at=now)
    await _tell(await EvaluationRun.get(id=run.id).select_related("program"), now)


async def _complete_overtaken(now: datetime) -> None:
    """End runs whose partners were evaluated in others that began at the same time."""
    running = EvaluationRun.filter(status=RunStatus.RUNNING).order_by("as_of")
    for run in await running.select_for_update(skip_locked=True):
        await _complete(run, now)


async def _tell(run: EvaluationRun, now: datetime) -> None:
    await append(
        EventType.EVALUATION_COMPLETED,
        subject_id=run.id,
        partner_id=None,
        actor=SYSTEM,
        at=now,
        data={
            "program": run.program.key,
            "asOf": run.as_of.isoformat(),
            "evaluated": run.evaluated,
            "moved": run.moved,
            "atRisk": run.at_risk,
        },
    )
