"""A portal page and a small query, beside services that read the same rows.

The page is `schema/operations/05-portal-page.graphql`. For each request this service finds out who
asks; the peers of the page are told the partner's id and ask nobody.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial

from benchmarks.calls import Call, compare, page_calls, small_calls
from benchmarks.dataset import POOL_SIZE, Dataset, postgres_dataset, sqlite_dataset
from benchmarks.measure import ROOT, Server, free_port, http_load, in_turn, serving
from benchmarks.report import Options, Report

PEERS = ROOT / "benchmarks/peers"
BESIDE = {
    "idiomatic": "Strawberry + Tortoise + DataLoader",
    "handwritten_three": "Starlette, three statements through asyncpg",
    "handwritten_json": "Starlette, one json_agg statement",
    "postgraphile": "PostGraphile 5",
    "mercurius": "Mercurius, JIT and loaders",
    "handwritten": "Starlette, key looked up for each request",
    "handwritten_cached": "Starlette, key kept for a second",
}
PAGE_ON_POSTGRES = {
    "idiomatic": 10,
    "handwritten_three": 0.75,
    "handwritten_json": None,
    "postgraphile": 1.5,
    "mercurius": 1.1,
}
PAGE_ON_SQLITE = {"idiomatic": 8}
SMALL = {"handwritten": 0.6, "handwritten_cached": None}

# This service is busy all the time while it is measured, unless others take the processor.
QUIET = 0.6

Targets = Mapping[str, float | None]


def run(options: Options, report: Report) -> None:
    """Measure the page on both databases, and the small query."""
    with postgres_dataset() as dataset:
        names = ["idiomatic", "handwritten"]
        if options.peers:
            names += ["postgraphile", "mercurius"]
        with _servers(dataset, names) as servers:
            _measure(
                "page_postgres", page_calls(dataset), servers, PAGE_ON_POSTGRES, options, report
            )
            _measure("small", small_calls(dataset), servers, SMALL, options, report)
    with sqlite_dataset() as dataset, _servers(dataset, ["idiomatic"]) as servers:
        _measure("page_sqlite", page_calls(dataset), servers, PAGE_ON_SQLITE, options, report)


def _measure(
    title: str,
    calls: Mapping[str, Call],
    servers: Mapping[str, Server],
    targets: Targets,
    options: Options,
    report: Report,
) -> None:
    """Compare the answers, then the speed, of those that run; RuntimeError if answers differ."""
    print(f"{title} ...", file=sys.stderr)
    there = {name: call for name, call in calls.items() if call.server in servers}
    lengths = compare({name: (servers[call.server], call) for name, call in there.items()})
    found = in_turn(
        {
            name: partial(
                http_load, servers[call.server], call.request(), lengths[name], options.seconds
            )
            for name, call in there.items()
        },
        options.rounds,
    )
    for name, figures in found.items():
        report.figure(f"{title}_{name}", figures["per_second"], "requests/s")
        report.figure(f"{title}_{name}_cpu", figures["cpu_ms"], "ms of server CPU a request")
    ours = found.pop("ours")
    if ours["cores"] < QUIET:
        print(f"{title}: a busy machine, do not trust these ratios", file=sys.stderr)
    for name, figures in found.items():
        ratio = ours["per_second"] / figures["per_second"]
        report.ratio(f"{title}_vs_{name}", ratio, targets[name], BESIDE[name])


@contextmanager
def _servers(dataset: Dataset, names: list[str]) -> Iterator[dict[str, Server]]:
    """This service and the peers named, all running, on one dataset."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(_server(dataset, name)) for name in ["ours", *names]}


@contextmanager
def _server(dataset: Dataset, name: str) -> Iterator[Server]:
    port = free_port()
    command, environment = _command(name, port), dataset.settings()
    if name != "ours":
        environment = {
            "DATABASE_URL": dataset.url,
            "POOL_SIZE": str(POOL_SIZE),
            "SECRET": dataset.secret,
            "PORT": str(port),
            # Both are read by PostGraphile, the second by Fastify too.
            "GRAPHILE_ENV": "production",
            "NODE_ENV": "production",
        }
    with serving(name, command, port, environment) as server:
        yield server


def _command(name: str, port: int) -> list[str]:
    if name == "ours":
        return [sys.executable, "-m", "app", "serve", "--port", str(port)]
    if (PEERS / name).is_dir():
        return [str(PEERS / "node_modules/.bin/node"), str(PEERS / name / "server.mjs")]
    # As app/server/serving.py runs this service.
    options = "--loop uvloop --http httptools --log-level warning --no-access-log"
    return [
        *(sys.executable, "-m", "uvicorn", f"benchmarks.peers.{name}:app", "--port", str(port)),
        *options.split(),
        *("--no-server-header", "--lifespan", "on"),
    ]
