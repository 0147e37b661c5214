"""`activity`: facts about partners from files."""

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from app.auth.actor import Actor
from app.cli.shared import Wrong, err, migrated, out, read_settings, run_loop, service_clock
from app.domain.csv_rows import RefusedRow, UnreadableFile
from app.domain.errors import Refused
from app.domain.identity import Role
from app.persistence.database import Database
from app.persistence.models import Vendor
from app.services.activity.import_activity import Checked, check_file, import_file
from app.services.activity.read_import import FileFormat, ImportFile
from app.services.use_case import Caller

SHOWN = 20
# A bar is moved once in so many steps: moving it costs more than reading a row.
STEPS = 500

activity = typer.Typer(no_args_is_help=True, help="Facts about partners: import.")


@activity.callback()
def group() -> None:
    """Facts about partners."""


@activity.command("import")
def import_command(
    file: Annotated[
        Path, typer.Argument(help="CSV with a header, or JSON Lines.", exists=True, dir_okay=False)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file only.")] = False,
    refused: Annotated[
        Path | None, typer.Option(help="Where to write all refused rows, as CSV.")
    ] = None,
    format: Annotated[
        FileFormat | None, typer.Option(help="Unset: by the ending, .csv or .jsonl.")
    ] = None,
) -> None:
    """Import sales, certifications and other facts: all rows of a file or, if one is wrong, none.

    Importing a file again changes nothing: each row has an external id.
    """
    kind = format or _format_of(file)

    async def work() -> None:
        settings = read_settings()
        async with migrated(settings) as database:
            clock = await service_clock(settings, database)
            actor = Actor(Role.VENDOR_ADMIN, name="Command line")
            caller = Caller(
                *(actor, database, clock, "command-line"),
                tolerance=settings.clock_tolerance,
            )
            given = ImportFile(file, kind, await _vendor_zone(database))
            try:
                await _import(caller, given, refused, dry_run)
            except UnreadableFile as error:
                raise Wrong(f"{file.name}: {error} Nothing was imported.") from error

    run_loop(work())


def _format_of(file: Path) -> FileFormat:
    endings = {".csv": FileFormat.CSV, ".jsonl": FileFormat.JSONL, ".ndjson": FileFormat.JSONL}
    found = endings.get(file.suffix.lower())
    if found is None:
        raise Wrong(f"{file.name} ends neither in .csv nor in .jsonl: give --format.")
    return found


async def _vendor_zone(database: Database) -> ZoneInfo:
    vendor = await database.read(lambda: Vendor.first())
    if vendor is None:
        raise Wrong("There is no vendor yet. Run `python -m app setup` first.")
    return ZoneInfo(vendor.time_zone)


async def _import(caller: Caller, file: ImportFile, report: Path | None, dry_run: bool) -> None:
    shown: list[RefusedRow] = []
    with _reporting(report, shown) as told, _bar("Checking", file.path.stat().st_size) as moved:
        checked = await check_file(caller, file, told, moved)
    if checked.refused:
        raise Wrong(_refusals(file, checked, shown, report))
    if dry_run:
        fresh = checked.rows - checked.unchanged
        out.print(f"{fresh:,} rows would be recorded, {checked.unchanged:,} are there already.")
        return
    with _bar("Recording", checked.rows) as moved:
        try:
            done = await import_file(caller, file, checked, moved)
        except Refused as refused:
            shown = [RefusedRow(int(p.field[0]), p.field[1], p.message) for p in refused.problems]
            checked.refused = len(shown)
            raise Wrong(_refusals(file, checked, shown[:SHOWN], None)) from refused
    out.print(f"{done.recorded:,} rows recorded, {done.unchanged:,} were there already.")


@contextmanager
def _reporting(
    path: Path | None, shown: list[RefusedRow]
) -> Iterator[Callable[[RefusedRow], None]]:
    """Takes refused rows: the first ones into `shown`, all of them into the file."""
    with ExitStack() as stack:
        writer = None
        if path is not None:
            file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            writer = csv.writer(file)
            writer.writerow(["line", "field", "reason"])

        def tell(row: RefusedRow) -> None:
            if len(shown) < SHOWN:
                shown.append(row)
            if writer is not None:
                writer.writerow([row.line, row.field, row.reason])

        yield tell


@contextmanager
def _bar(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    calls = 0
    with Progress(console=err) as bars:
        task = bars.add_task(doing, total=total)

        def moved(done: int) -> None:
            nonlocal calls
            calls += 1
            if calls % STEPS == 0 or done >= total:
                bars.update(task, completed=done)

        yield moved


def _refusals(
    file: ImportFile, checked: Checked, shown: list[RefusedRow], report: Path | None
) -> str:
    """Print the first refused rows, and give the sentence that ends the command."""
    table = Table("Line", "Field", "Reason")
    for row in shown:
        table.add_row(str(row.line), escape(row.field), escape(row.reason))
    err.print(table)
    where = f"All of them are in {report}." if report else "See all with --refused FILE."
    return (
        f"{checked.refused:,} of {checked.rows:,} rows of {file.path.name} are refused; nothing was"
        f" imported. {where}"
    )
