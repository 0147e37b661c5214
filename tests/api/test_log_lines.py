"""What is logged of requests: ids that tie lines together; nothing secret, at no level."""

import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.domain.clock import Clock
from app.observability.logs import configure_logs, flush_logs
from app.persistence.database import Database
from tests.api.small_service import SmallService, receive, send, small_service

# The database does not matter here: one is enough.
pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)

KEY = "pg_0123456789abcdef_s3cr3t"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """All lines since the last look, at the level DEBUG."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    configure_logs("DEBUG", as_json=True, stream=(told := io.StringIO()))

    def written() -> list[dict[str, Any]]:
        flush_logs()
        return [json.loads(line) for line in told.getvalue().splitlines()]

    yield written
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**kept)


@pytest.fixture
async def logged(
    lines: Any, database: Database, clock: Clock, tmp_path: Path
) -> AsyncIterator[SmallService]:
    async with small_service(database, clock, tmp_path) as service:
        yield service


async def test_nothing_secret_at_any_level(logged: SmallService, lines: Any) -> None:
    headers = {"authorization": f"Bearer {KEY}", "cookie": KEY}
    await logged.post("{ bug }")
    await logged.post("{ hello }", headers)
    await logged.post("query($name: String!) { hello(name: $name) }", variables={"name": KEY})
    await logged.http.get(f"/files/1?signature={KEY}")
    await logged.http.get(f"/metrics?token={KEY}", headers=headers)
    async with logged.socket(additional_headers=headers) as socket:
        payload = {"authorization": f"Bearer {KEY}"}
        await send(socket, {"type": "connection_init", "payload": payload})
        with pytest.raises(Exception, match="4403"):
            await receive(socket)
    async with logged.session() as socket:
        payload = {"query": "query($name: String!) { hello(name: $name) }"}
        payload |= {"variables": {"name": KEY}}
        await send(socket, {"id": "1", "type": "subscribe", "payload": payload})
        assert KEY in json.dumps(await receive(socket))
    told = lines()
    assert len(told) > 8
    assert [line for line in told if "s3cr3t" in json.dumps(line)] == []


async def test_a_bug_is_told_once_under_the_id_that_its_caller_got(
    logged: SmallService, lines: Any
) -> None:
    answer = (await logged.post("{ bug }", {"x-request-id": "mine-1"})).json()
    assert answer["errors"][0]["extensions"]["correlationId"] == "mine-1"
    told = [line for line in lines() if line.get("correlation_id") == "mine-1"]
    assert [line["event"] for line in told] == ["internal_error", "request"]
    assert [line["level"] for line in told] == ["error", "info"]
    assert told[0]["exception"].count("Traceback") == 1


async def test_lines_of_an_operation_on_a_socket_have_its_id_and_the_sockets(
    logged: SmallService, lines: Any
) -> None:
    async with logged.session() as socket:
        for id, document in (("1", "{ bug }"), ("2", "{ denied }")):
            await send(socket, {"id": id, "type": "subscribe", "payload": {"query": document}})
            while (await receive(socket))["type"] != "complete":
                pass
    told = {line["event"]: line for line in lines() if "connection_id" in line}
    bug, denied = told["internal_error"], told["client_error"]
    assert bug["connection_id"] == denied["connection_id"]
    assert len({bug["correlation_id"], denied["correlation_id"], bug["connection_id"]}) == 3


async def test_a_path_cannot_forge_a_line(logged: SmallService, lines: Any) -> None:
    await logged.http.get("/a%0A2026-01-01%20%5Binfo%5D%20all%20is%20well")
    [line] = [line for line in lines() if line["event"] == "request"]
    assert line["path"] == "/a%0A2026-01-01%20%5Binfo%5D%20all%20is%20well"


@pytest.mark.parametrize(
    ("share", "logged_paths"), [(0.0, ["/nowhere"]), (1.0, ["/graphql", "/nowhere"])]
)
async def test_a_share_of_requests_is_logged_and_every_failed_one(
    lines: Any, database: Database, clock: Clock, tmp_path: Path, share: float, logged_paths: Any
) -> None:
    async with small_service(database, clock, tmp_path, log_request_share=share) as service:
        await service.post("{ hello }")
        await service.http.get("/nowhere")
    paths = [line["path"] for line in lines() if line["event"] == "request"]
    assert paths == logged_paths
