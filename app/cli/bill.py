"""`bill`: all partners billed for a period."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from app.cli.shared import Wrong, err, migrated, out, read_settings, run_loop, service_clock
from app.domain.errors import Refused
from app.domain.money import Money
from app.persistence.models import Partner
from app.services.billing.lifecycle import SYSTEM
from app.services.invoices.billing import bill_partner
from app.services.invoices.draft_rows import Draft
from app.services.invoices.run_billing import begin_run, finish_run, look, planned
from app.services.use_case import Caller
from app.services.visible import find_by


def bill(
    period: Annotated[str, typer.Option("--period", help="The month, such as 2026-11.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be billed.")] = False,
    issue: Annotated[
        bool, typer.Option("--issue", help="Issue invoices also while the period is not over.")
    ] = False,
    partner: Annotated[
        str | None, typer.Option("--partner", help="The slug of one partner; all if unset.")
    ] = None,
) -> None:
    """Bill all partners for a period. Doing it again, or going on after a stop, repeats nothing."""

    async def work() -> None:
        settings = read_settings()
        async with migrated(settings) as database:
            clock = await service_clock(settings, database)
            caller = Caller(SYSTEM, database, clock, "command-line")
            one = await database.read(lambda: _partner(partner)) if partner else None
            if dry_run:
                await _show(caller, period, issue, one)
            elif one:
                await _bill_one(caller, period, issue, one)
            else:
                await _bill_all(caller, period, issue)

    try:
        run_loop(work())
    except Refused as refused:
        raise Wrong(" ".join(problem.message for problem in refused.problems)) from refused


async def _bill_all(caller: Caller, period: str, issue: bool) -> None:
    run = await begin_run(caller, period, issue)
    total = await caller.database.read(lambda: Partner.all().count())
    with Progress(console=err) as bars:
        task = bars.add_task("Billing", total=total)
        done = await finish_run(caller, run, lambda: bars.advance(task))
    made = "issued" if done.issues else "drafted"
    out.print(
        f"{done.invoice_count} invoices {made}, {done.line_count} lines,"
        f" {done.partner_count} partners."
    )


async def _bill_one(caller: Caller, period: str, issue: bool, partner: Partner) -> None:
    plan = await caller.database.read(lambda: planned(period, caller.clock.now(), issue))
    written = await caller.database.transaction(lambda: bill_partner(caller, partner.id, plan))
    out.print(_table(written))


async def _show(caller: Caller, period: str, issue: bool, partner: Partner | None) -> None:
    table, sums, lines = _table([]), Counter[str](), 0
    async for drafts in look(caller, period, issue, partner.id if partner else None):
        for draft in drafts:
            table.add_row(*_row(draft))
            sums[draft.invoice.currency_code] += draft.invoice.total_minor
            lines += len(draft.lines)
    out.print(table)
    told = ", ".join(f"{Money(minor, code)} {code}" for code, minor in sorted(sums.items()))
    out.print(
        f"{table.row_count} invoices, {lines} lines: {told or 'nothing'}. Nothing was written."
    )


def _table(drafts: Iterable[Draft]) -> Table:
    table = Table("Payer", "Lines", "Net", "Tax", "Total", "Currency")
    for draft in drafts:
        table.add_row(*_row(draft))
    return table


def _row(draft: Draft) -> tuple[str, ...]:
    invoice = draft.invoice
    amounts = (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor)
    told = (str(Money(minor, invoice.currency_code)) for minor in amounts)
    return (draft.payer.name, str(len(draft.lines)), *told, invoice.currency_code)


async def _partner(slug: str) -> Partner:
    found = await find_by(Partner, slug=slug)
    if found is None:
        raise Wrong(f"There is no partner with the slug {slug}.")
    return found
