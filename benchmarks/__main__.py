"""`python -m benchmarks [SUITE ...] [--peers] [--rounds N] [--seconds S]`."""

import argparse
import json
import sys
from importlib import import_module
from importlib.util import find_spec

from benchmarks.measure import ROOT
from benchmarks.report import Options, Report

PEERS = ROOT / "benchmarks/peers"
SUITES = ("reads", "subscriptions", "delivery", "growth", "evaluation", "billing")


def main() -> None:
    """Run the suites named, or all that there are, and print what they found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--peers", action="store_true", help="beside the peers from npm too")
    parser.add_argument("--rounds", type=int, default=Options.rounds)
    parser.add_argument("--seconds", type=float, default=Options.seconds, help="of each turn")
    given = parser.parse_args()
    if unknown := set(given.suites) - set(SUITES):
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    if given.peers and not (PEERS / "node_modules").is_dir():
        parser.error("the peers from npm are not there: `make bench-peers` brings them")
    options, report = Options(given.rounds, given.seconds, given.peers), Report()
    if given.peers:
        report.versions |= json.loads((PEERS / "package.json").read_text())["dependencies"]
    for name in given.suites or SUITES:
        if find_spec(f"benchmarks.{name}") is None:
            print(f"benchmarks/{name}.py is not there: passed over", file=sys.stderr)
            continue
        import_module(f"benchmarks.{name}").run(options, report)
    report.print()


if __name__ == "__main__":
    main()
