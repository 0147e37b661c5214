"""`make soak`: what takes too long for `make test`; ends with 1 if anything did not hold."""

import argparse
import asyncio
import sys

from tests.soak import (
    cancels,
    deliveries,
    hostile,
    restarts,
    subscribers,
    webhooks,
    write_points,
)
from tests.soak.harness import DATABASES, Outcome, Part, measured, opened_bench, tell

# What each shows is in docs/reliability.md.
PARTS: dict[str, tuple[Part, tuple[str, ...]]] = {
    "write-points": (write_points.run, DATABASES),
    "cancels": (cancels.run, DATABASES),
    "restarts": (restarts.run, ("postgres",)),
    "deliveries": (deliveries.run, DATABASES),
    "subscribers": (subscribers.run, DATABASES),
    "webhooks": (webhooks.run, ("postgres",)),
    "hostile-input": (hostile.run, DATABASES),
}


async def soak(parts: list[str], databases: tuple[str, ...]) -> list[Outcome]:
    outcomes = []
    async with opened_bench(databases) as bench:
        for name in parts:
            work, where = PARTS[name]
            for database in where:
                if database in databases:
                    print(f"{name} on {database} ...", file=sys.stderr, flush=True)
                    outcomes.append(await measured(name, work, bench, database))
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(prog="make soak")
    # Without a name there is an empty list, which argparse looks up as well.
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, if none is named")
    parser.add_argument("--database", choices=DATABASES, help="both, if none is named")
    given = parser.parse_args()
    databases = (given.database,) if given.database else DATABASES
    outcomes = asyncio.run(soak(given.parts or list(PARTS), databases))
    tell(outcomes)
    sys.exit(any(each.broken for each in outcomes))


if __name__ == "__main__":
    main()
