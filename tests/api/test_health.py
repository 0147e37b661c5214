"""`/livez`, `/readyz`: what a load balancer is told, and what is told of what is wrong."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from tortoise.connection import get_connection

from app.domain.clock import Clock
from app.main import create_app
from app.persistence.database import WRITER, Database
from app.settings import Settings
from tests.api.small_service import SmallService

ALL_WELL = {"database": "ok", "migrations": "ok", "relay": "ok"}


async def test_a_service_that_lives_and_is_ready(service: SmallService) -> None:
    assert (await service.http.get("/livez")).json() == {"status": "alive"}
    answer = await service.http.get("/readyz")
    assert answer.status_code == 200
    told = answer.json()
    assert told == {"status": "ready", "checks": ALL_WELL, "relayLagSeconds": 0.0}


async def test_a_database_that_is_not_migrated(
    service: SmallService, capfd: pytest.CaptureFixture[str]
) -> None:
    connection = get_connection(WRITER)
    await connection.execute_script(
        "UPDATE tortoise_migrations SET name = 'gone' WHERE name = '0001_initial'"
    )
    try:
        answer = await service.http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {
            "status": "not ready",
            "checks": {"database": "ok", "migrations": "failed"},
        }
    finally:
        await connection.execute_script(
            "UPDATE tortoise_migrations SET name = '0001_initial' WHERE name = 'gone'"
        )
    assert (await service.http.get("/readyz")).status_code == 200


async def test_a_database_that_is_away(tmp_path: Path, clock: Clock, database: Database) -> None:
    app = create_app(Settings(_env_file=None, data_dir=tmp_path), Away(database), clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://t") as http:
        answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "checks": {"database": "failed"}}
    assert "secret" not in answer.text


async def test_a_service_that_stops(tmp_path: Path, clock: Clock, database: Database) -> None:
    app = create_app(Settings(_env_file=None, data_dir=tmp_path), database, clock)
    app.state.stopping.set()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://t") as http:
        answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]) == (503, {"stopping": "failed"})


async def test_no_metrics_unless_asked_for(service: SmallService) -> None:
    assert (await service.http.get("/metrics")).status_code == 404


class Away:
    """A database that cannot be reached."""

    def __init__(self, real: Database) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def transaction(self, work: Any) -> Any:
        raise OSError("connection to secret.example refused")

    read = transaction
