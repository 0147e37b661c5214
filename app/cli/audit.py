"""`audit`: whether the audit trail is as it was written."""

import json
from pathlib import Path
from typing import Annotated

import typer

from app.auth.audit_trail import chain_end
from app.cli.shared import Wrong, clock, migrated, out, read_settings, run_loop
from app.domain.audit import Anchor
from app.services.audit.verify_audit import verify_audit

audit = typer.Typer(no_args_is_help=True, help="The audit trail.")


@audit.command()
def anchor(
    file: Annotated[
        Path | None, typer.Argument(help="A file to add it to, on another machine's storage.")
    ] = None,
) -> None:
    """Print the end of the trail; store it out of reach of those who can write to the database."""

    async def work() -> None:
        async with migrated(read_settings()) as database:
            end = await database.read(chain_end)
        line = json.dumps({"number": end.number, "hash": end.hash, "at": clock.now().isoformat()})
        out.print(line, markup=False, highlight=False, soft_wrap=True)
        if file:
            with file.open("a", encoding="ascii") as anchors:
                anchors.write(line + "\n")

    run_loop(work())


@audit.command()
def verify(
    anchors: Annotated[
        list[Path] | None,
        typer.Option("--anchors", help="A file of lines that `audit anchor` wrote; repeatable."),
    ] = None,
) -> None:
    """Compute the chain again, and compare it with anchors. Exit code 1 if anything is wrong."""

    async def work() -> None:
        kept = [line for path in anchors or [] for line in _read(path)]
        async with migrated(read_settings()) as database:
            found = await verify_audit(database, kept)
        for fault in found.faults:
            out.print(fault, markup=False, highlight=False, soft_wrap=True)
        if found.faults:
            raise Wrong("The audit trail is not as it was written: see above.")
        held = f"Anchors that hold: {len(kept)}" if kept else "No anchor was given"
        out.print(
            f"Unbroken. Entries: {found.end.number}. {held}. Last hash: {found.end.hash}",
            highlight=False,
            soft_wrap=True,
        )

    run_loop(work())


def _read(path: Path) -> list[Anchor]:
    """The anchors of a file. Raises Wrong if there are none, or for a line that is none."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            told = json.loads(line)
            found.append(Anchor(int(told["number"]), str(told["hash"])))
        except (ValueError, KeyError, TypeError) as error:
            raise Wrong(f"{path}, line {number}, is no anchor.") from error
    if not found:
        raise Wrong(f"{path} has no anchors.")
    return found
