"""Runs: evaluations of a whole program as of one moment, counted as its batches are done.

Whoever changes the row of a run holds the locks of the partners already: in this order nobody
waits for somebody who waits for them.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import F

from app.auth.actor import Actor
from app.domain.events import EventType
from app.domain.identity import Role
from app.domain.programs.vocabulary import RunStatus
from app.events.outbox import append
from app.persistence.models import EvaluationRun, Standing
from app.services.programs.evaluated import Evaluated
from app.services.programs.evaluating import evaluator_for
from app.services.programs.versions import Version

SYSTEM = Actor(Role.SYSTEM, name="Partnergraph")


async def count_in_run(
    version: Version, as_of: datetime, found: Sequence[Evaluated], now: datetime
) -> None:
    """Count what was evaluated as of a moment in the run that it belongs to, if there is one."""
    if run := await _run(version, as_of, now):
        await _count(run, found)
        await _complete(run, now)


async def _run(version: Version, as_of: datetime, now: datetime) -> EvaluationRun | None:
    """The run that an evaluation as of this moment belongs to, locked; None if to none.

    There is one for each evaluation on schedule, and for what the vendor started manually.
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


async def _count(run: EvaluationRun, found: Sequence[Evaluated]) -> None:
    at_risk = sum(each.decision.state.at_risk_on is not None for each in found)
    await EvaluationRun.filter(id=run.id).update(
        evaluated=F("evaluated") + len(found),
        moved=F("moved") + sum(each.moves for each in found),
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


async def complete_overtaken(now: datetime) -> None:
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
