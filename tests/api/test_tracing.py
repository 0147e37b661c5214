"""Traces: which spans there are and what they tell; and nothing at all while they are off."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app import main
from app.observability import tracing
from app.observability.trace_export import Traces
from app.settings import Settings
from tests.api.small_service import SECRET_DETAIL
from tests.serving import ROOT
from tests.world import World

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = "0af7651916cd43dd8448eb211c80319c"


class Traced:
    """A service whose spans are kept in memory."""

    def __init__(self, http: httpx2.AsyncClient, kept: InMemorySpanExporter) -> None:
        self.http, self._kept = http, kept

    def spans(self) -> dict[str, ReadableSpan]:
        """What ended since the last look, by name."""
        spans = {span.name: span for span in self._kept.get_finished_spans()}
        self._kept.clear()
        return spans


@pytest.fixture
async def traced(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Traced]:
    kept = InMemorySpanExporter()
    traces = Traces(SimpleSpanProcessor(kept))
    monkeypatch.setattr(main, "_traces", lambda: traces)
    settings = Settings(_env_file=None, data_dir=tmp_path, tracing=True)
    app = main.create_app(settings, world.database, world.clock)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Traced(http, kept)
    await traces.close()


async def test_a_query_is_a_span_below_its_request(traced: Traced) -> None:
    query = "query Plans($yes: Boolean!) { plans { name @include(if: $yes) } }"
    body = {"query": query, "variables": {"yes": True}}
    answer = await traced.http.post("/graphql", json=body, headers={"traceparent": PARENT})
    assert "errors" not in answer.json()
    spans = traced.spans()
    request, operation, read = spans["POST /graphql"], spans["query"], spans["read"]
    assert f"{request.context.trace_id:032x}" == TRACE
    assert operation.parent and operation.parent.span_id == request.context.span_id
    assert read.parent and read.parent.span_id == operation.context.span_id
    assert dict(operation.attributes or {}) == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Plans",
    }
    assert (request.attributes or {})["http.response.status_code"] == 200


async def test_errors_are_told_by_their_codes(traced: Traced) -> None:
    await traced.http.post("/graphql", json={"query": "{ nonsense }"})
    request = traced.spans()["POST /graphql"]
    assert (request.attributes or {})["partnergraph.error_codes"] == ("GRAPHQL_VALIDATION_FAILED",)


async def test_signatures_of_links_are_not_told(traced: Traced) -> None:
    await traced.http.get("/files/attachment_1?expires=1&signature=s3cret")
    for span in traced.spans().values():
        assert "s3cret" not in span.to_json()


async def test_who_only_looks_whether_it_lives_is_not_traced(traced: Traced) -> None:
    await traced.http.get("/livez")
    await traced.http.get("/readyz")
    assert traced.spans() == {}


def test_a_failure_is_told_by_its_name_alone() -> None:
    kept = InMemorySpanExporter()
    traces = Traces(SimpleSpanProcessor(kept))
    try:
        with pytest.raises(RuntimeError), tracing.operation("query", None):
            raise RuntimeError(SECRET_DETAIL)
    finally:
        tracing.trace_with(None)
        traces._provider.shutdown()
    [span] = kept.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "RuntimeError"
    assert not span.status.is_ok
    assert SECRET_DETAIL not in span.to_json()


def test_nothing_is_loaded_while_it_is_off() -> None:
    code = (
        "import sys; from app.main import create_app; create_app();"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
