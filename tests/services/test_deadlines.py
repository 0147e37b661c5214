"""An operation that takes too long is given up, and takes nothing with it that others need."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import strawberry
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError

from app.auth.actor import PUBLIC
from app.context import Context, Runtime
from app.graphql.endpoint import ApiSchema, build_schema
from app.persistence import models
from app.persistence.database import READER, Database
from app.settings import Settings
from tests.database_templates import own_postgres
from tests.subprocesses import Apart
from tests.world import World

# Far longer than any test waits: only being ended ends it.
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n) SELECT max(i) FROM n",
    "postgres": "SELECT pg_sleep(3600)",
}
MINUTE = 60.0


@strawberry.type
class Query:
    @strawberry.field
    async def endless(self, info: strawberry.Info) -> int:
        database = info.context.runtime.database
        await database.read(lambda: database.rows(ENDLESS[database.dialect], []))
        return 1

    @strawberry.field
    async def ended(self, info: strawberry.Info) -> int:
        """What the database itself ends."""
        database = info.context.runtime.database

        async def work() -> None:
            await database.rows("SET LOCAL statement_timeout = 20", [])
            await database.rows(ENDLESS[database.dialect], [])

        if database.dialect == "postgres":
            await database.transaction(work)
        async with reads_end(database, 0.01):
            await database.read(lambda: database.rows(ENDLESS[database.dialect], []))
        return 1

    @strawberry.field
    async def waiting(self, info: strawberry.Info) -> int:
        await info.context.runtime.database.transaction(asyncio.Event().wait)
        return 1

    @strawberry.field
    async def partners(self, info: strawberry.Info) -> int:
        database = info.context.runtime.database
        found = await database.read(lambda: database.rows("SELECT id FROM partner", []))
        return len(found)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def rename(self, info: strawberry.Info, name: str) -> str:
        """Takes as long as the test wants, and is done then."""

        async def work() -> None:
            await models.Partner.all().update(name=name)
            started.set()
            await may_end.wait()

        await info.context.runtime.database.transaction(work)
        return name


started, may_end = asyncio.Event(), asyncio.Event()


@pytest.fixture(autouse=True)
def _anew() -> None:
    started.clear()
    may_end.clear()


def service(seconds: float) -> ApiSchema:
    settings = Settings(_env_file=None, cost_budget=0, operation_timeout_seconds=seconds)
    return build_schema(Query, Mutation, settings=settings)


async def ask(schema: ApiSchema, database: Database, world: World, document: str) -> Any:
    context = Context(Runtime(Settings(_env_file=None), database, world.clock), PUBLIC, "id")
    return await schema.execute(document, context_value=context)


def code(result: Any) -> str:
    [error] = result.errors
    assert result.data is None
    return error.extensions["code"]


@asynccontextmanager
async def reads_end(database: Database, seconds: float) -> AsyncIterator[None]:
    """As a server opens it: no statement that reads takes longer."""
    if database.dialect == "postgres":
        yield
        return
    client: Any = get_connection(READER)
    client.statement_seconds = seconds
    try:
        yield
    finally:
        client.statement_seconds = None


async def test_two_hundred_reads_that_are_given_up_leave_the_service_as_it_was(
    database: Database, world: World
):
    late = service(0.02)
    async with reads_end(database, 0.01):
        results = [ask(late, database, world, "{ endless }") for _ in range(200)]
        codes = [code(result) for result in await asyncio.gather(*results)]
        # On SQLite a statement may end before its operation does; it is the same to the caller.
        assert set(codes) == {"DEADLINE_EXCEEDED"}
        await database.settle()
    await still_serves(database, world)


async def test_a_statement_that_the_database_ends_is_no_bug(
    database: Database, world: World, caplog: pytest.LogCaptureFixture
):
    result = await ask(service(MINUTE), database, world, "{ ended }")
    assert code(result) == "DEADLINE_EXCEEDED"
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
    await still_serves(database, world)


async def test_two_hundred_mutations_that_are_given_up_are_done_all_the_same(
    database: Database, world: World
):
    late = service(0.02)
    calls = [ask(late, database, world, f'mutation {{ rename(name: "{i}") }}') for i in range(200)]
    results = await asyncio.gather(*calls)
    assert {code(result) for result in results} == {"DEADLINE_EXCEEDED"}
    assert "may still complete" in results[0].errors[0].message
    await started.wait()
    may_end.set()
    await database.settle()
    assert set(await models.Partner.all().values_list("name", flat=True)) <= set(
        map(str, range(200))
    )
    await still_serves(database, world)


async def still_serves(database: Database, world: World) -> None:
    patient = service(MINUTE)
    # As many at once as would find every connection taken.
    answers = [ask(patient, database, world, "{ partners }") for _ in range(20)]
    for result in await asyncio.gather(*answers):
        assert result.errors is None and result.data["partners"] >= 2
    may_end.set()
    done = await ask(patient, database, world, 'mutation { rename(name: "Afterwards") }')
    assert done.data == {"rename": "Afterwards"}
    assert await models.Partner.filter(name="Afterwards").count() >= 2


async def end_one_of_two(url: str) -> tuple[str, int]:
    """Read without end beside a read that is short; what became of the one and the other."""
    database = Database(url, statement_seconds=0.2)
    await database.open()
    endless = asyncio.create_task(database.rows(ENDLESS[database.dialect], []))
    short = [await database.rows("SELECT 1 AS one", []) for _ in range(3)]
    try:
        await endless
        ended = "never"
    except (OperationalError, asyncpg.QueryCanceledError) as error:
        ended = type(error).__name__
    short.append(await database.rows("SELECT 1 AS one", []))
    await database.close()
    return ended, sum(rows[0]["one"] for rows in short)


async def test_a_statement_that_takes_too_long_ends_alone_on_sqlite(apart: Apart, tmp_path: Path):
    url = f"sqlite://{tmp_path / 'own.sqlite3'}"
    assert await apart(end_one_of_two, url) == ("TookTooLong", 4)


async def test_a_statement_that_takes_too_long_ends_alone_on_postgres(
    apart: Apart, postgres_server: str
):
    with own_postgres(postgres_server) as url:
        assert await apart(end_one_of_two, url) == ("QueryCanceledError", 4)


async def test_what_is_in_time_is_answered(database: Database, world: World):
    result = await ask(service(MINUTE), database, world, "{ partners }")
    assert result.errors is None
