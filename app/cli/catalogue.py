"""`catalogue`: plans, prices, bundles, policies and taxes as a file: import, export."""

from pathlib import Path
from typing import Annotated

import typer

from app.auth.actor import Actor
from app.cli.shared import Wrong, migrated, out, read_settings, run_loop, service_clock
from app.domain.catalogue.writing import catalogue_yaml
from app.domain.errors import Refused
from app.domain.identity import Role
from app.domain.ids import new_id
from app.services.billing.catalogue_file import (
    ImportCatalogue,
    import_catalogue_file,
    try_catalogue_file,
)
from app.services.billing.export_catalogue import export_catalogue
from app.services.use_case import Caller

catalogue = typer.Typer(
    no_args_is_help=True, help="Plans, prices, bundles, policies and taxes: import, export."
)
# Whoever may run commands on the server acts for the vendor.
_OPERATOR = Actor(Role.VENDOR_ADMIN, name="Command line")


@catalogue.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="A catalogue file, YAML or JSON.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would change, and write nothing.")
    ] = False,
) -> None:
    """Import a catalogue file: it adds to what is there, and never changes what has a date."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Wrong(f"{file} is not a text in UTF-8.") from None

    async def work() -> list[str]:
        settings = read_settings()
        async with migrated(settings) as database:
            clock = await service_clock(settings, database)
            caller = Caller(_OPERATOR, database, clock, "command-line")
            try:
                changes = await try_catalogue_file(caller, text)
                if not dry_run:
                    await import_catalogue_file(caller, ImportCatalogue(str(new_id()), text))
            except Refused as refused:
                told = "\n".join(problem.message for problem in refused.problems)
                raise Wrong(f"{file}:\n{told}") from refused
            return changes

    for change in (changes := run_loop(work())):
        print(change)
    count = f"{len(changes)} change{'' if len(changes) == 1 else 's'}"
    out.print(f"{count}, nothing was written." if dry_run else f"{count}.")


@catalogue.command("export")
def export_command(
    output: Annotated[Path | None, typer.Option(help="A file; else standard output.")] = None,
) -> None:
    """Write the whole catalogue as YAML."""

    async def work() -> str:
        async with migrated(read_settings()) as database:
            return catalogue_yaml(await database.read(export_catalogue))

    text = run_loop(work())
    if output:
        output.write_text(text, encoding="utf-8")
        out.print(f"Wrote {output}.")
    else:
        print(text, end="")
