"""`clients`: client teams from files."""

from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer
from rich.markup import escape
from rich.table import Table

from app.auth.actor import Actor
from app.cli.shared import Wrong, err, migrated, out, read_settings, run_loop, service_clock
from app.domain.csv_rows import encoding_of
from app.domain.csv_text import csv_line
from app.domain.errors import Refused
from app.domain.identity import Role
from app.domain.ids import id_prefix
from app.domain.plans import PlanCode
from app.domain.text import sort_key
from app.persistence.models import ClientTemplate, Partner
from app.services.clients.import_clients import (
    ImportClients,
    RowsRefused,
    check_import,
    import_clients,
)
from app.services.clients.read_clients import ClientRow
from app.services.use_case import Caller
from app.services.visible import find_by

SHOWN = 20

clients = typer.Typer(no_args_is_help=True, help="Client teams: import.")


@clients.callback()
def group() -> None:
    """Client teams."""


@clients.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="CSV with a header.", exists=True, dir_okay=False)],
    partner: Annotated[str, typer.Option(help="The slug of the partner whose clients they are.")],
    template: Annotated[
        str | None,
        typer.Option(help="Name or id of the template of rows without plan or template."),
    ] = None,
    plan: Annotated[
        PlanCode | None, typer.Option(help="The plan of rows without plan or template.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file only.")] = False,
    refused: Annotated[
        Path | None, typer.Option(help="Where to write all refused rows, as CSV.")
    ] = None,
) -> None:
    """Create a client for each row of a file or, if one row is wrong, none.

    Columns: name, domain, employees or bracket, plan or template, advisors, users, interval.
    """

    async def work() -> None:
        settings = read_settings()
        text = _text(file)
        async with migrated(settings) as database:
            clock = await service_clock(settings, database)
            actor = Actor(Role.VENDOR_ADMIN, name="Command line")
            caller = Caller(actor, database, clock, "command-line")
            partner_id = await _partner(caller, partner)
            template_id = await _template(caller, partner_id, template)
            input = ImportClients(str(uuid4()), text, plan, template_id, partner_id)
            try:
                await _import(caller, input, dry_run)
            except RowsRefused as rows:
                raise Wrong(_refusals(rows, refused)) from rows
            except Refused as problem:
                raise Wrong(f"{file.name}: {problem} Nothing was imported.") from problem

    run_loop(work())


def _text(file: Path) -> str:
    data = file.read_bytes()
    encoding = encoding_of(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        told = (
            f"{file.name}: Line {line} is not {encoding.removesuffix('-sig').upper()}. Save it as"
            ' UTF-8, in Excel as "CSV UTF-8". Nothing was imported.'
        )
        raise Wrong(told) from error


async def _partner(caller: Caller, slug: str) -> UUID:
    found = await caller.database.read(lambda: find_by(Partner, slug=slug))
    if found is None:
        raise Wrong(f"There is no partner with the slug {slug!r}.")
    return found.id


async def _template(caller: Caller, partner_id: UUID, named: str | None) -> UUID | None:
    if named is None:
        return None
    prefix = id_prefix("ClientTemplate")
    if named.startswith(prefix):
        try:
            return UUID(named.removeprefix(prefix))
        except ValueError as error:
            raise Wrong(f"{named!r} is no id of a client template.") from error
    found = await caller.database.read(
        lambda: ClientTemplate.get_or_none(partner_id=partner_id, name_key=sort_key(named))
    )
    if found is None:
        raise Wrong(f"The partner has no template with the name {named!r}.")
    return found.id


async def _import(caller: Caller, input: ImportClients, dry_run: bool) -> None:
    if dry_run:
        rows = await check_import(caller, input)
        if any(row.problems for row in rows):
            raise RowsRefused(rows)
        out.print(f"{len(rows):,} clients would be created.")
        return
    created = await import_clients(caller, input)
    out.print(f"{len(created):,} clients created.")


def _refusals(refusal: RowsRefused, report: Path | None) -> str:
    """Print the first refused rows, and give the sentence that ends the command."""
    told = [(row, problem) for row in refusal.rows for problem in row.problems]
    table = Table("Line", "Column", "Reason")
    for row, problem in told[:SHOWN]:
        table.add_row(str(row.line), escape("".join(problem.field)), escape(problem.message))
    err.print(table)
    if report is None:
        return f"{refusal} See all with --refused FILE."
    lines = (_line(row, "".join(problem.field), problem.message) for row, problem in told)
    report.write_text(csv_line(["line", "column", "reason"]) + "".join(lines), newline="")
    return f"{refusal} All of them are in {report}."


def _line(row: ClientRow, column: str, reason: str) -> str:
    return csv_line([str(row.line), column, reason])
