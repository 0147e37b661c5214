"""`program compliance`: the compliance report of a program as a CSV file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from app.auth.actor import Actor
from app.cli.shared import Wrong, migrated, out, read_settings, run_loop, service_clock
from app.domain.errors import Refused
from app.domain.identity import Role
from app.domain.timestamps import parse_timestamp_or_date
from app.services.programs.compliance import ComplianceReport, compliance_report
from app.services.programs.compliance_csv import compliance_csv
from app.services.use_case import Caller

# Whoever may run commands on the server acts for the vendor.
_OPERATOR = Actor(Role.VENDOR_ADMIN, name="Command line")
_EXAMPLE = "A moment, such as 2026-11-01T00:00Z; now if unset."


def compliance(
    key: Annotated[str, typer.Argument(help="The key of the program.")],
    output: Annotated[Path, typer.Option(help="The file to write.")],
    as_of: Annotated[str | None, typer.Option("--as-of", help=_EXAMPLE)] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help=_EXAMPLE)] = None,
) -> None:
    """Write the tiers of all partners on a date, and whether the rules bear them out, as CSV."""
    moments = [_moment(text, name) for text, name in ((as_of, "as-of"), (known_at, "known-at"))]

    async def work() -> None:
        settings = read_settings()
        async with migrated(settings) as database:
            clock = await service_clock(settings, database)
            caller = Caller(_OPERATOR, database, clock, "command-line")
            try:
                report = await compliance_report(caller, key, *moments)
            except Refused as refused:
                raise Wrong(str(refused)) from refused
            with output.open("w", encoding="utf-8", newline="") as file:
                await _write(report, file)

    run_loop(work())
    out.print(f"Wrote {output}.")


async def _write(report: ComplianceReport, file: TextIO) -> None:
    async for lines in compliance_csv(report):
        file.write(lines)


def _moment(text: str | None, name: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parse_timestamp_or_date(text, UTC)
    except ValueError as error:
        raise Wrong(f"Give --{name} as 2026-11-01, or 2026-11-01T09:00:00+01:00.") from error
    return moment
