"""`/metrics`: who may read it, what it counts, and that no caller can make a time series."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.explorer.config import load_operations
from app.observability import metrics
from app.persistence.database import Database
from app.web.health import FACTS
from tests.api.small_service import SmallService, receive, send, small_service
from tests.conftest import NOW, ManualClock
from tests.serving import ROOT

TOKEN = "a token for the metrics"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
async def measured(
    migrated: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SmallService]:
    told = list(migrated.after_commit)
    folder = tmp_path_factory.mktemp("measured")
    async with small_service(migrated, ManualClock(NOW), folder, metrics_token=TOKEN) as running:
        yield running
    migrated.after_commit[:] = told


@pytest.mark.parametrize("given", [b"", b"Bearer", f"Bearer {TOKEN}x".encode(), b"Bearer \xe9"])
async def test_only_with_the_token(measured: SmallService, given: bytes) -> None:
    headers = {b"authorization": given} if given else {}
    answer = await measured.http.get("/metrics", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "partnergraph" not in answer.text


async def test_requests_operations_and_errors(measured: SmallService) -> None:
    before = await samples(measured)
    known = load_operations()[0].name
    await measured.post(f"query {known} {{ hello }}")
    await measured.post("query NobodysName { hello }")
    await measured.post("mutation { touch }")
    await measured.post("{ denied }")
    await measured.post("{ nonsense }")
    await measured.http.put("/graphql")
    await measured.post("{ hello }", headers={"authorization": "Bearer pg_wrong"})
    after = await samples(measured)

    def grew(metric: str, **labels: str) -> float:
        key = (f"partnergraph_{metric}", frozenset(labels.items()))
        return after[key] - before.get(key, 0)

    requests = "http_request_seconds_count"
    assert grew(requests, route="/graphql", status="200", transport="json") == 5
    assert grew(requests, route="/graphql", status="405", transport="json") == 1
    assert grew(requests, route="/graphql", status="401", transport="json") == 1
    assert grew("operation_seconds_count", kind="query", name=known) == 1
    assert grew("operation_seconds_count", kind="query", name="other") == 2
    assert grew("operation_seconds_count", kind="mutation", name="other") == 1
    assert grew("errors_total", code="FORBIDDEN") == 1
    assert grew("errors_total", code="GRAPHQL_VALIDATION_FAILED") == 1
    assert grew("errors_total", code="METHOD_NOT_ALLOWED") == 1
    assert grew("errors_total", code="UNAUTHENTICATED") == 1


async def test_what_is_open(measured: SmallService) -> None:
    streaming = {"accept": "text/event-stream"}
    document = {"query": "subscription { forever }"}
    async with measured.session() as socket:
        await send(socket, {"id": "1", "type": "subscribe", "payload": document})
        await receive(socket)
        async with measured.http.stream(
            "POST", "/graphql", json=document, headers=streaming
        ) as stream:
            assert stream.status_code == 200
            lines = stream.aiter_lines()
            await anext(lines)
            held = await samples(measured)
            assert value(held, "websockets") == 1
            assert value(held, "event_streams") == 1
            assert value(held, "subscriptions") == 2
            assert value(held, "events_delivered_total") > 0
    await until(measured, {"websockets": 0, "event_streams": 0, "subscriptions": 0})
    ended = await samples(measured)
    labels = {"route": "/graphql", "status": "200", "transport": "sse"}
    assert ended[("partnergraph_http_request_seconds_count", frozenset(labels.items()))] >= 1


async def test_what_is_looked_at_now_and_then(measured: SmallService) -> None:
    database = measured.database
    release = asyncio.Event()
    taken: asyncio.Queue[None] = asyncio.Queue()

    async def hold() -> None:
        taken.put_nowait(None)
        await release.wait()

    used, wanted = (8 if database.dialect == "postgres" else 1), 3
    holders = [asyncio.create_task(database.transaction(hold)) for _ in range(used)]
    try:
        for _ in holders:
            await taken.get()
        holders += [asyncio.create_task(database.transaction(hold)) for _ in range(wanted)]
        # They begin to wait in the next round of the loop; workers of the service may wait too.
        await asyncio.sleep(0.01)
        working, waiting = database.load()
        assert (working, waiting >= wanted) == (used, True)
    finally:
        release.set()
        await asyncio.gather(*holders)
    await until(measured, {"leads": 1})
    after = await samples(measured)
    assert value(after, "event_loop_lag_seconds_count") > 0
    assert after[("process_resident_memory_bytes", frozenset())] > 10_000_000
    assert after[("process_open_fds", frozenset())] > 5
    assert after[("process_cpu_seconds_total", frozenset())] > 0


async def test_what_the_database_knows(measured: SmallService) -> None:
    known = await samples(measured)
    assert value(known, "database_up") == 1
    assert value(known, "relay_lag_seconds") == 0
    assert value(known, "events_numbered") >= 0
    assert value(known, "webhooks_waiting") == 0


async def test_no_caller_makes_a_time_series(measured: SmallService) -> None:
    async def everything(word: str) -> None:
        await measured.http.get(f"/{word}")
        await measured.http.request("PURGE", f"/graphql/{word}")
        await measured.http.get(f"/graphql?{word}", headers={word: word})
        await measured.post(f"query {word} {{ hello }}", {"x-request-id": word})
        await measured.post(f"query {word} {{ {word} }}")
        await measured.post("{ hello }", operationName=word)
        await measured.post("{ hello }", {"authorization": f"Bearer {word}", "accept": word})

    await everything("first")
    before = set(await samples(measured))
    for number in range(10):
        await everything(f"word{number}")
    assert set(await samples(measured)) == before


async def until(service: SmallService, wanted: dict[str, float]) -> None:
    """Wait for what is seen a moment later."""
    async with asyncio.timeout(10):
        while True:
            found = await samples(service)
            if all(value(found, name) == expected for name, expected in wanted.items()):
                return
            await asyncio.sleep(0.02)


async def samples(service: SmallService) -> Samples:
    answer = await service.http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == metrics.CONTENT_TYPE
    return parsed(answer.text)


def parsed(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def value(found: Samples, name: str) -> float:
    return found[(f"partnergraph_{name}", frozenset())]


WORKER = """
import sys
from app.observability import metrics
metrics.errors.labels("CONFLICT").inc(3)
metrics.websockets.inc(2)
metrics.leads.set(int(sys.argv[1]))
metrics.loop_lag.observe(0.02)
print("counted", flush=True)
sys.stdin.read()
"""
ASKED = """
from app.observability import metrics
from app.web.health import Facts
print(metrics.exposition(Facts({"up": 1})).decode())
"""


def test_any_worker_answers_for_all(tmp_path: Path) -> None:
    environment = os.environ | {metrics.FOLDER: str(tmp_path)}
    workers = [start([WORKER, str(number)], environment) for number in range(2)]
    try:
        for worker in workers:
            assert worker.stdout and worker.stdout.readline() == "counted\n"
        both = asked(environment)
        assert value(both, "websockets") == 4
        assert value(both, "leads") == 1
        assert value(both, "event_loop_lag_seconds_count") == 2
        assert both[("partnergraph_errors_total", frozenset({("code", "CONFLICT")}))] == 6
        assert value(both, "database_up") == 1
        # One ends: what it had open is closed, what it counted has happened.
        workers[1].kill()
        workers[1].wait()
        forget = f"from app.observability import metrics; metrics.forget_worker({workers[1].pid})"
        start([forget], environment).wait()
        one = asked(environment)
        assert value(one, "websockets") == 2
        assert value(one, "leads") == 0
        assert one[("partnergraph_errors_total", frozenset({("code", "CONFLICT")}))] == 6
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def asked(environment: dict[str, str]) -> Samples:
    asking = start([ASKED], environment)
    return parsed(asking.communicate()[0])


def start(code: list[str], environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", *code],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_all_metrics_are_documented() -> None:
    """In the order of the table: each of them, with its labels."""
    page = (ROOT / "docs" / "operations.md").read_text()
    rows = [line.split("|")[1:4] for line in page.splitlines() if line.startswith("| `p")]
    table = {name.strip(): labels.strip() for name, _, labels in rows}
    known: dict[str, Any] = {
        told.name + ("_total" if told.type == "counter" else ""): metric._labelnames
        for metric, names in metrics.registry._collector_to_names.items()
        for told in metric.describe()
    }
    known |= {name: () for name, _ in FACTS.values()}
    wanted = {
        f"`{name}`": ", ".join(f"`{label}`" for label in labels) for name, labels in known.items()
    }
    assert json.dumps(table, sort_keys=True) == json.dumps(wanted, sort_keys=True)
