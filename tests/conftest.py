"""Fixtures: the two databases, a clock that the test moves, a small world to act in.

`database` runs a test on SQLite and on a real PostgreSQL. TEST_DATABASE_URL names a PostgreSQL
server to use instead of the one that the suite starts from a wheel; databases are made on it.
"""

import gc
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile, copytree
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from tortoise import Tortoise
from tortoise.connection import get_connection
from xdist.scheduler import LoadScopeScheduling

from app.persistence.database import WRITER, Database
from app.server.collector import collect_rarely
from tests import database_templates
from tests.commands import Commands, loaded_commands
from tests.database_templates import made_once, own_postgres, started_postgres
from tests.execute import ask, closed_schema, runtime, schema  # noqa: F401 - fixtures for all tests
from tests.world import World, make_world

# Schemas, plans and parsed documents stay: the collector walks them over and over for nothing.
gc.set_threshold(50_000, 20, 50)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


class ByDatabase(LoadScopeScheduling):
    """Gives one worker all tests on one database: opening it costs more than most tests.

    The others go by their files, for the sake of what the tests of a file share. (The groups of
    `--dist loadgroup` would say the same, if pytest 9.2 let xdist 3.8 write them into test ids.)
    """

    def _split_scope(self, nodeid: str) -> str:
        found = re.search(r"[\[-](sqlite|postgres)[\]-]", nodeid)
        return found[1] if found else nodeid.partition("::")[0]


def pytest_collection_finish() -> None:
    """The thousands of tests themselves need no looking through for reference cycles."""
    collect_rarely()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByDatabase:
    return ByDatabase(config, log)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server, up to the database name."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        parts = urlsplit(url)
        yield urlunsplit(parts._replace(path="/{name}"))
        return
    with started_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def migrated_sqlite(pytestconfig: pytest.Config, of_all_workers: Path) -> Path:
    """A migrated SQLite file without rows, to be copied; kept until the schema changes."""
    cache = getattr(pytestconfig, "cache", None)
    # With `-p no:cacheprovider` it is kept for this run only.
    name = f"migrated-{database_templates.schema_digest()}"
    kept = cache.mkdir(name) if cache else of_all_workers
    return made_once(kept, "migrated", database_templates.migrate) / database_templates.FILE


@pytest.fixture(scope="session")
def migrated_postgres(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a migrated PostgreSQL database without rows, to be copied."""
    with own_postgres(postgres_server) as url:
        database_templates.migrate(tmp_path_factory.mktemp("migrated"), url)
        yield database_templates.name_of(url)


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Runs `python -m app ...`."""
    with loaded_commands(tmp_path_factory.mktemp("commands")) as loaded:
        yield loaded


@pytest.fixture
def deployment(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """A data folder with a migrated SQLite file without rows."""
    copyfile(migrated_sqlite, tmp_path / database_templates.FILE)
    return tmp_path


@pytest.fixture(scope="module")
def sqlite_demo(of_all_workers: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The data folder and database URL of a demo that nobody has changed: on SQLite, no URL."""
    made = made_once(of_all_workers, "demo", lambda at: database_templates.load_demo(at / "data"))
    data = tmp_path_factory.mktemp("demo") / "data"
    return copytree(made / "data", data), ""


@pytest.fixture(scope="session")
def loaded_postgres(
    postgres_server: str, migrated_postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """The data folder and database name of a demo on PostgreSQL, to be copied."""
    data = tmp_path_factory.mktemp("demo") / "data"
    with own_postgres(postgres_server, migrated_postgres) as url:
        database_templates.load_demo(data, url)
        yield data, database_templates.name_of(url)


@pytest.fixture(scope="module")
def postgres_demo(
    postgres_server: str,
    loaded_postgres: tuple[Path, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, str]]:
    """The same on PostgreSQL."""
    data, name = loaded_postgres
    with own_postgres(postgres_server, name) as url:
        yield copytree(data, tmp_path_factory.mktemp("demo") / "data"), url


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
async def migrated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Database]:
    """One open, migrated database for all tests on it."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            file = tmp_path_factory.mktemp("db") / "test.sqlite3"
            url = f"sqlite://{copyfile(request.getfixturevalue('migrated_sqlite'), file)}"
        else:
            template = request.getfixturevalue("migrated_postgres")
            server = request.getfixturevalue("postgres_server")
            url = stack.enter_context(own_postgres(server, template))
        database = Database(url, pool_size=8)
        await database.open()
        yield database
        await database.close()


@pytest.fixture
async def database(migrated: Database) -> AsyncIterator[Database]:
    """An open, migrated and empty database."""
    # A server that several tests share is told of commits; nobody else is.
    told = list(migrated.after_commit)
    await empty(migrated)
    yield migrated
    migrated.after_commit[:] = told


@pytest.fixture
async def world(database: Database, clock: ManualClock) -> World:
    """A vendor, its catalogue and program, and two partners with a client each."""
    return await make_world(database, clock)


async def empty(database: Database) -> None:
    """Delete all rows of all tables but the record of migrations.

    What an earlier test started and left (such as the evaluator of an app it stopped) ends first.
    """
    await database.settle()
    deletes = ";".join(f"DELETE FROM {table}" for table in all_tables())
    without_references = {
        "postgres": f"BEGIN;SET LOCAL session_replication_role=replica;{deletes};COMMIT",
        "sqlite": f"PRAGMA foreign_keys=OFF;BEGIN;{deletes};COMMIT;PRAGMA foreign_keys=ON",
    }
    await get_connection(WRITER).execute_script(without_references[database.dialect])


def all_tables() -> list[str]:
    """The names of all tables but the record of migrations."""
    models = Tortoise.apps["models"].values()
    return [model._meta.db_table for model in models if model._meta.db_table]
