"""Fixtures of the tests that ask the real schema, and of those that talk to a small service."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from app.domain.clock import Clock
from app.graphql.endpoint import ApiSchema
from app.main import create_app
from app.persistence.database import Database
from app.settings import Settings
from tests.api.attachments import Attaching
from tests.api.calls import Api
from tests.api.small_service import SmallService, small_service, streams
from tests.conftest import NOW, ManualClock
from tests.execute import Ask
from tests.world import World


@pytest.fixture
def api(ask: Ask, schema, world: World) -> Api:
    return Api(ask, schema, world)


@pytest.fixture
async def files(
    world: World, clock: Clock, tmp_path: Path, closed_schema: ApiSchema
) -> AsyncIterator[Attaching]:
    settings = Settings(
        _env_file=None, data_dir=tmp_path, explorer=False, max_attachment_bytes=1_000_000
    )
    app = create_app(settings, world.database, clock, closed_schema)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Attaching(http, world, settings)


@pytest.fixture(scope="module")
async def served(
    migrated: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SmallService]:
    """One running service for the tests of a module: stopping one takes longer than most tests."""
    told = list(migrated.after_commit)
    folder = tmp_path_factory.mktemp("served")
    async with small_service(migrated, ManualClock(NOW), folder) as running:
        yield running
    migrated.after_commit[:] = told


@pytest.fixture
async def service(database: Database, served: SmallService) -> AsyncIterator[SmallService]:
    """The running service over an empty database; by its clock it is always the same moment."""
    served.clock.at = NOW
    yield served
    # No stream outlives its reader, nor is counted in the next test.
    async with asyncio.timeout(10):
        while streams.open:
            streams.ended.clear()
            await streams.ended.wait()
