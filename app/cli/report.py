"""`report`: revenue and receivables, as a table on the screen or a CSV file."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from app.auth.actor import Actor
from app.cli.shared import Wrong, migrated, out, read_settings, run_loop, service_clock
from app.domain.errors import Refused
from app.domain.identity import Role
from app.domain.money import Money
from app.domain.receivables import Age
from app.domain.timestamps import parse_timestamp_or_date
from app.persistence.models import Partner
from app.services.reports.receivables import Receivables, receivables_report
from app.services.reports.revenue import revenue_report
from app.services.reports.tables import receivables_csv, revenue_csv
from app.services.use_case import Caller
from app.services.visible import find_by

# Whoever may run commands on the server acts for the vendor.
_OPERATOR = Actor(Role.VENDOR_ADMIN, name="Command line")
_PARTNER = typer.Option("--partner", help="The slug of one partner; all if unset.")
# Characters; more than any row of a report has.
_WIDEST = 1_000
_CSV = typer.Option("--csv", help="The file to write the whole report to; shown here if unset.")

report = typer.Typer(no_args_is_help=True, help="Reports on money.")


@report.command()
def revenue(
    first: Annotated[
        str | None, typer.Option("--from", help="The first month, such as 2026-01.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="The last month; the running one if unset.")
    ] = None,
    partner: Annotated[str | None, _PARTNER] = None,
    csv: Annotated[Path | None, _CSV] = None,
) -> None:
    """Recurring revenue, churn and trials by month and currency."""

    async def work(caller: Caller, partner_id: UUID | None) -> None:
        found = await revenue_report(caller, first, last, partner_id)
        if csv:
            return await _write(csv, revenue_csv(found))
        table = Table("Month", "Currency", "MRR", "ARR", "New", "Lost", "Clients", "Churn")
        for line in found.lines:
            minors = (line.mrr, line.arr, line.new_mrr, line.churned_mrr + line.contraction_mrr)
            rate = line.mrr_churn_rate
            table.add_row(
                line.period,
                line.currency,
                *(str(Money(minor, line.currency)) for minor in minors),
                str(line.clients),
                "" if rate is None else f"{rate:.1%}",
            )
        return show_table(table)

    _run(partner, work)


@report.command()
def receivables(
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="A moment, such as 2026-11-01T00:00Z; now if unset."),
    ] = None,
    partner: Annotated[str | None, _PARTNER] = None,
    csv: Annotated[Path | None, _CSV] = None,
) -> None:
    """What is open of issued invoices, by how late it is."""
    at = _moment(as_of)

    async def work(caller: Caller, partner_id: UUID | None) -> None:
        found = await receivables_report(caller, at, partner_id)
        if csv:
            return await _write(csv, receivables_csv(found))
        table = Table("Partner", "Currency", *(age.replace("_", " ").lower() for age in Age), "All")
        async for batch in found.batches():
            for row in batch:
                for owed in row.amounts:
                    table.add_row(row.name, *_cells(owed))
        for owed in await found.totals():
            table.add_row("Total", *_cells(owed), style="bold")
        return show_table(table)

    _run(partner, work)


def _cells(owed: Receivables) -> list[str]:
    minors = [*(owed.by_age[age] for age in Age), owed.total]
    return [owed.currency, *(str(Money(minor, owed.currency)) for minor in minors)]


def _run(slug: str | None, work: Callable[[Caller, UUID | None], Awaitable[None]]) -> None:
    async def main() -> None:
        settings = read_settings()
        async with migrated(settings) as database:
            clock = await service_clock(settings, database)
            found = await find_by(Partner, slug=slug) if slug else None
            if slug and found is None:
                raise Wrong(f"There is no partner {slug!r}.")
            try:
                await work(
                    Caller(_OPERATOR, database, clock, "command-line"), found.id if found else None
                )
            except Refused as refused:
                raise Wrong(str(refused)) from refused

    run_loop(main())


def show_table(table: Table) -> None:
    """Print a table as wide as it is: a sum that is cut off is a wrong one."""
    for column in table.columns:
        column.no_wrap = True
    width = Console(width=_WIDEST).measure(table).maximum
    Console(width=width).print(table, soft_wrap=True)


async def _write(path: Path, lines: AsyncIterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        async for text in lines:
            file.write(text)
    out.print(f"Wrote {path}.")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parse_timestamp_or_date(text, UTC)
    except ValueError as error:
        raise Wrong("Give --as-of as 2026-11-01, or 2026-11-01T09:00:00+01:00.") from error
    return moment
