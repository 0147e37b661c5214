"""Connections: who may hold one, what a reader may do, and that none is ever lost."""

import asyncio
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path
from random import Random

import asyncpg
import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError, TransactionManagementError

from app.persistence.database import READER, WRITER, Database, DatabaseInUse, tortoise_config
from app.persistence.models import Partner, Vendor
from tests.database_templates import execute_apart
from tests.subprocesses import Apart
from tests.world import World

# What the driver makes of a connection that ended behind its back.
DEAD = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


def only_on(dialect: str, database: Database) -> None:
    if database.dialect != dialect:
        pytest.skip(f"About {dialect}")


async def rename(world: World, name: str) -> None:
    await Vendor.filter(id=world.vendor.id).update(name=name)


async def test_the_reader_of_sqlite_cannot_write(world: World) -> None:
    only_on("sqlite", world.database)

    with pytest.raises(OperationalError, match="readonly"):
        await world.database.rows("UPDATE vendor SET name = 'Other' RETURNING id", [])

    assert (await Vendor.get(id=world.vendor.id)).name == world.vendor.name


async def test_sqlite_keeps_what_it_promises(world: World) -> None:
    only_on("sqlite", world.database)
    promised = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 5000}

    for name, value in promised.items():
        _, rows = await get_connection(WRITER).execute_query(f"PRAGMA {name}")
        assert (name, next(iter(rows[0]))) == (name, value)
    _, rows = await get_connection(READER).execute_query("PRAGMA query_only")
    assert rows[0]["query_only"] == 1


async def test_a_unit_that_cannot_begin_gives_its_connection_back_on_sqlite(world: World) -> None:
    only_on("sqlite", world.database)
    await get_connection(WRITER).execute_script("PRAGMA busy_timeout=1")
    # Such as a backup tool at work on the file.
    other = sqlite3.connect(world.database.url.removeprefix("sqlite://"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(TransactionManagementError, match="locked"):
            await world.database.transaction(lambda: rename(world, "Other"))
    finally:
        other.execute("ROLLBACK")
        other.close()
        await get_connection(WRITER).execute_script("PRAGMA busy_timeout=5000")

    async with asyncio.timeout(20):
        await world.database.transaction(lambda: rename(world, "Other"))
    assert (await Vendor.get(id=world.vendor.id)).name == "Other"


async def test_a_unit_that_cannot_commit_is_rolled_back_on_sqlite(world: World) -> None:
    only_on("sqlite", world.database)

    async def orphan() -> None:
        connection = get_connection(WRITER)
        await connection.execute_query("PRAGMA defer_foreign_keys=ON")
        await connection.execute_query("UPDATE advisor_assignment SET client_id = 'nobody'")

    with pytest.raises(sqlite3.IntegrityError):
        await world.database.transaction(orphan)

    await world.database.transaction(lambda: rename(world, "Other"))
    rows = await world.database.rows("SELECT client_id FROM advisor_assignment", [])
    assert "nobody" not in {row["client_id"] for row in rows}


async def test_units_that_meet_dead_connections_give_them_back_on_postgresql(world: World) -> None:
    only_on("postgres", world.database)
    database = world.database
    failed = 0

    for _ in range(10):
        # The loop stands still meanwhile: it hears of the end of its connections too late.
        execute_apart(
            database.url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        try:
            await database.transaction(lambda: rename(world, "Other"))
        except DEAD:
            failed += 1

    assert failed
    together = asyncio.Barrier(8)
    async with asyncio.timeout(20):
        await asyncio.gather(*(database.transaction(together.wait) for _ in range(8)))


async def leave_a_unit_behind_and_close(url: str) -> str:
    database = Database(url)
    await database.open()
    connection = get_connection(WRITER)
    await connection.execute_script("CREATE TABLE note (text TEXT)")
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        for _ in range(50):
            await get_connection(WRITER).execute_query("INSERT INTO note VALUES ('kept')")

    caller = asyncio.create_task(database.transaction(work))
    await begun.wait()
    caller.cancel()
    await database.close()

    await database.open()
    rows = await database.rows("SELECT count(*) AS kept FROM note", [])
    await database.close()
    return rows[0]["kept"]


async def test_reads_cut_at_any_moment_give_their_connection_back(world: World) -> None:
    database, random = world.database, Random(6)

    async def work() -> int:
        rows = [await database.rows("SELECT COUNT(*) AS n FROM partner", []) for _ in range(2)]
        return rows[0][0]["n"] + rows[1][0]["n"]

    async def cut() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(random.random() * 0.003):
                await database.read(work)

    for _ in range(15):
        await asyncio.gather(*(cut() for _ in range(40)))
    # More than the pool has connections.
    assert len(set(await asyncio.gather(*(database.read(work) for _ in range(30))))) == 1
    if database.dialect == "postgres":
        pool = get_connection(WRITER)._pool
        assert pool.get_idle_size() == pool.get_size()


async def test_reads_that_ask_models_too_do_not_wait_for_each_other(world: World) -> None:
    """More of them than the pool has connections, each with statements of both kinds."""
    database = world.database
    held = asyncio.Barrier(8)

    async def work() -> tuple[int, int]:
        [row] = await database.rows("SELECT COUNT(*) AS n FROM partner", [])
        if database.dialect == "postgres":
            # Every connection of the pool is held now.
            await held.wait()
        return row["n"], await Partner.all().count()

    async with asyncio.timeout(20):
        found = await asyncio.gather(*(database.read(work) for _ in range(16)))

    assert found == [(2, 2)] * 16


async def test_closing_waits_for_a_unit_whose_caller_has_gone(apart: Apart, tmp_path: Path) -> None:
    assert await apart(leave_a_unit_behind_and_close, f"sqlite://{tmp_path / 'own.sqlite3'}") == 50


OPEN = """
import asyncio, sys
from app.persistence.database import Database, DatabaseInUse

async def main():
    try:
        await Database(sys.argv[1]).open()
    except DatabaseInUse as refusal:
        print(refusal)
        sys.exit(3)

asyncio.run(main())
"""


async def open_while_open(url: str) -> tuple[int | None, str]:
    """Open a database here; then let another process try."""
    database = Database(url)
    await database.open()
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OPEN, url, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await other.communicate()
    await database.close()
    return other.returncode, output.decode()


async def open_and_close(url: str) -> bool:
    database = Database(url)
    await database.open()
    await database.close()
    return True


async def test_a_second_process_is_refused_until_the_first_lets_go(
    apart: Apart, tmp_path: Path
) -> None:
    path = tmp_path / "new folder" / "own.sqlite3"

    code, message = await apart(open_while_open, f"sqlite://{path}")
    assert code == 3
    assert str(path) in message and "Stop it first" in message

    assert await apart(open_and_close, f"sqlite://{path}")


async def open_twice(url: str) -> str:
    first, second = Database(url), Database(url)
    await first.open()
    try:
        await second.open()
    except DatabaseInUse as refusal:
        return str(refusal)
    finally:
        await first.close()
    return ""


async def test_one_process_cannot_open_a_file_twice(apart: Apart, tmp_path: Path) -> None:
    assert "is open" in await apart(open_twice, f"sqlite://{tmp_path / 'own.sqlite3'}")


@pytest.mark.parametrize("url", ["", "mysql://host/name", "sqlite://", "sqlite://:memory:"])
def test_a_url_that_cannot_be_served_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        tortoise_config(url)


def test_the_pool_size_is_the_one_set_and_other_parameters_stay() -> None:
    config = tortoise_config("postgres://u:p@host/name?ssl=require", pool_size=3)

    given = config["connections"][WRITER]["credentials"]
    assert (given["minsize"], given["maxsize"], given["ssl"]) == ("1", "3", True)
