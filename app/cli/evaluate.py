"""`evaluate`: the partners of a program, all at once."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from app.cli.shared import Wrong, err, migrated, out, read_settings, run_loop, service_clock
from app.domain.activity import EARLIEST, LATEST
from app.domain.programs.reasons import reason
from app.domain.programs.vocabulary import Effect
from app.domain.timestamps import parse_timestamp_or_date
from app.persistence.database import Database
from app.persistence.models import TierProgram
from app.services.programs.evaluated import Evaluated
from app.services.programs.run_evaluation import begin_run, finish_run, look
from app.services.programs.versions import Version, version_in_force
from app.services.visible import find_by


def evaluate(
    program: Annotated[str, typer.Argument(help="The key of the program.")],
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="A moment, such as 2026-11-01T00:00Z; now if unset."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would move.")] = False,
) -> None:
    """Evaluate all partners of a program. If stopped half way, the next run resumes it."""

    async def work() -> None:
        settings = read_settings()
        async with migrated(settings) as database:
            clock = await service_clock(settings, database)
            now = clock.now()
            moment = _moment(as_of) if as_of else now
            if moment > now and not dry_run:
                raise Wrong("That moment is still to come: look at it with --dry-run.")
            version = await database.read(lambda: _version(program, moment))
            if dry_run:
                await _show(database, version, moment)
            else:
                await _run(database, version, moment, now)

    run_loop(work())


async def _run(database: Database, version: Version, moment: datetime, now: datetime) -> None:
    total = await begin_run(database, version, moment, now)
    with Progress(console=err) as bars:
        task = bars.add_task("Evaluating", total=total)
        done = await finish_run(database, version, moment, now, lambda n: bars.advance(task, n))
    out.print(f"{done.evaluated} evaluated, {done.moved} moved, {done.at_risk} at risk.")
    if not done.evaluated:
        out.print("Whoever was placed or evaluated after that moment is not taken back to it.")


async def _show(database: Database, version: Version, moment: datetime) -> None:
    table = Table("Partner", "From", "To", "Why")
    looked_at = 0
    async for each in look(database, version, moment):
        looked_at += 1
        for row in _rows(version, each):
            table.add_row(*row)
    out.print(table)
    out.print(f"{looked_at} looked at, {table.row_count} would move. Nothing was written.")


def _rows(version: Version, each: Evaluated) -> list[tuple[str, str, str, str]]:
    return [
        (
            each.partner.name,
            _name(version, moved.data["fromRank"]),
            _name(version, moved.data["toRank"]),
            reason(version.definition, moved),
        )
        for moved in each.decision.happenings
        if moved.effect is Effect.MOVED
    ]


def _name(version: Version, rank: int) -> str:
    tier = version.tier(rank)
    return tier.name if tier else "–"


def _moment(text: str) -> datetime:
    try:
        moment = parse_timestamp_or_date(text, UTC)
    except ValueError as error:
        raise Wrong("Give --as-of as 2026-11-01, or 2026-11-01T09:00:00+01:00.") from error
    if not EARLIEST.year <= moment.year < LATEST.year:
        raise Wrong(f"Give a moment from the year {EARLIEST:%Y} on, before {LATEST:%Y}.")
    return moment


async def _version(key: str, moment: datetime) -> Version:
    program = await find_by(TierProgram, key=key)
    version = await version_in_force(program, moment) if program else None
    if version is None:
        raise Wrong(f"No version of a program {key} is in force then. See `program export`.")
    return version
