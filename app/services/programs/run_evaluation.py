"""Evaluating all partners of a program as of one moment: for real, or only to look."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from app.persistence.database import WRITER, Database
from app.persistence.models import EvaluationRun, Partner, Standing
from app.persistence.sql import bind
from app.services.programs.due import BATCH, evaluate_next
from app.services.programs.enrolment import bring_up
from app.services.programs.evaluated import Evaluated
from app.services.programs.evaluating import assess
from app.services.programs.runs import start_run
from app.services.programs.standings import load_standings
from app.services.programs.versions import Version

# A standing that was placed or looked at later is not taken back in time.
_MARK = """
    UPDATE standing SET due_at = :at WHERE program_id = :program AND since <= :at
    AND (evaluated_at IS NULL OR evaluated_at <= :at)
"""


async def begin_run(database: Database, version: Version, at: datetime, now: datetime) -> int:
    """Make all partners of the program due as of `at`; gives how many are.

    What is overdue comes first, each as of its own moment: a run that was stopped is completed.
    From here on the new one is done by the next evaluator, should this process end.
    """
    await bring_up(database, version, now)
    while (await evaluate_next(database, now)).partners:
        pass

    async def work() -> int:
        given = {"at": at, "program": version.program_id}
        await get_connection(WRITER).execute_query(*bind(_MARK, given, database.dialect))
        await start_run(version.program_id, at, now)
        return await Standing.filter(program_id=version.program_id, due_at__lte=at).count()

    return await database.transaction(work)


async def finish_run(
    database: Database, version: Version, at: datetime, now: datetime, report: Callable[[int], None]
) -> EvaluationRun:
    """Evaluate what is due until nothing is; `report` is told of each batch. Gives the run."""
    while batch := (await evaluate_next(database, now)).partners:
        report(batch)
    return await database.read(lambda: EvaluationRun.get(program_id=version.program_id, as_of=at))


async def look(database: Database, version: Version, at: datetime) -> AsyncIterator[Evaluated]:
    """What evaluation as of a moment would make of each partner; nothing is written."""
    last = UUID(int=0)

    async def batch() -> tuple[list[UUID], list[Evaluated]]:
        rows = Standing.filter(program_id=version.program_id, partner_id__gt=last)
        ids = [row.partner_id for row in await rows.order_by("partner_id").limit(BATCH)]
        partners = await Partner.filter(id__in=ids)
        standings = await load_standings(version.program_id, ids)
        return ids, await assess(database, version, partners, standings, at)

    while True:
        ids, found = await database.read(batch)
        for each in found:
            yield each
        if len(ids) < BATCH:
            return
        last = ids[-1]
