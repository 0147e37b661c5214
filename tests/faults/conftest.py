"""Fixtures: servers that are copies of one loaded process, and databases to let them fail on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.database_copies import Origin, postgres_origin, sqlite_origin
from tests.faults.servers import Servers, loaded_servers


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    async with loaded_servers() as loaded:
        yield loaded


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
async def origin(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Origin]:
    """A database in which one call of each mutation is possible, to be copied."""
    data: Path = tmp_path_factory.mktemp("origin") / "data"
    if request.param == "sqlite":
        migrated = request.getfixturevalue("migrated_sqlite")
        async with sqlite_origin(servers, migrated, data) as made:
            yield made
        return
    server = request.getfixturevalue("postgres_server")
    name = request.getfixturevalue("migrated_postgres")
    async with postgres_origin(servers, server, name, data) as made:
        yield made
