"""The unit of work: all or nothing, whatever happens to the caller."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from app.persistence.database import Database
from app.persistence.models import Vendor
from tests.world import World


async def vendor_name(database: Database) -> str:
    """The name that is committed, or that the open unit of work has written."""
    rows = await database.read(lambda: database.rows("SELECT name FROM vendor", []))
    return rows[0]["name"]


async def rename(world: World, name: str) -> None:
    await Vendor.filter(id=world.vendor.id).update(name=name)


async def assert_all_connections_are_free(database: Database) -> None:
    """As many units as the database has connections run at once, and none is still open."""
    connections = 8 if database.dialect == "postgres" else 1
    together = asyncio.Barrier(connections)

    async def meet() -> None:
        await database.rows("SELECT 1", [])
        await together.wait()

    async with asyncio.timeout(20):
        await asyncio.gather(*(database.transaction(meet) for _ in range(connections)))
        if database.dialect == "postgres":
            rows = await database.rows(
                "SELECT count(*) AS open FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%'",
                [],
            )
            assert rows[0]["open"] == 0


async def test_nothing_is_written_when_the_work_raises(world: World) -> None:
    async def work() -> None:
        await rename(world, "Other")
        raise LookupError

    with pytest.raises(LookupError):
        await world.database.transaction(work)

    assert await vendor_name(world.database) == world.vendor.name


async def test_the_result_of_the_work_comes_back_and_the_hooks_hear_of_the_commit(
    world: World,
) -> None:
    names: list[str] = []
    world.database.after_commit.append(lambda: names.append("committed"))

    async def work() -> int:
        await rename(world, "Other")
        assert names == []
        return 7

    assert await world.database.transaction(work) == 7
    assert names == ["committed"]


async def test_the_hooks_do_not_hear_of_a_unit_that_was_rolled_back(world: World) -> None:
    names: list[str] = []
    world.database.after_commit.append(lambda: names.append("committed"))

    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await world.database.transaction(work)

    assert names == []


async def test_a_unit_sees_what_it_wrote_and_others_do_not_until_it_commits(world: World) -> None:
    written, may_end = asyncio.Event(), asyncio.Event()
    seen_inside: list[str] = []

    async def work() -> None:
        await rename(world, "Other")
        seen_inside.append(await vendor_name(world.database))
        written.set()
        await may_end.wait()

    unit = asyncio.create_task(world.database.transaction(work))
    await written.wait()
    # On SQLite too: a reader does not wait for the writer, or this would never end.
    seen_outside = await vendor_name(world.database)
    may_end.set()
    await unit

    assert (seen_inside, seen_outside) == (["Other"], world.vendor.name)
    assert await vendor_name(world.database) == "Other"


async def test_a_unit_whose_caller_is_cancelled_still_commits_as_a_whole(world: World) -> None:
    begun, may_go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    world.database.after_commit.append(ended.set)

    async def work() -> None:
        await rename(world, "Half")
        begun.set()
        await may_go_on.wait()
        await rename(world, "Whole")

    caller = asyncio.create_task(world.database.transaction(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    may_go_on.set()
    async with asyncio.timeout(20):
        await ended.wait()

    assert await vendor_name(world.database) == "Whole"


async def test_a_unit_inside_another_is_refused_and_the_outer_one_goes_on(world: World) -> None:
    async def inner() -> None:
        await rename(world, "Inner")

    async def outer() -> None:
        await rename(world, "Outer")
        with pytest.raises(RuntimeError, match="inside another"):
            await world.database.transaction(inner)

    await world.database.transaction(outer)

    assert await vendor_name(world.database) == "Outer"


async def test_a_task_started_inside_a_unit_cannot_open_one(world: World) -> None:
    # It inherits the unit's connection: what it wrote would share the fate of someone else's work.
    tasks: list[asyncio.Task[Any]] = []

    async def stray() -> None:
        await world.database.transaction(lambda: rename(world, "Stray"))

    async def work() -> None:
        tasks.append(asyncio.create_task(stray()))

    await world.database.transaction(work)

    with pytest.raises(RuntimeError, match="inside another"):
        await tasks[0]
    assert await vendor_name(world.database) == world.vendor.name


async def test_a_task_with_a_context_of_its_own_has_a_unit_of_its_own(world: World) -> None:
    tasks: list[asyncio.Task[Any]] = []

    async def apart() -> None:
        await world.database.transaction(lambda: rename(world, "Apart"))

    async def work() -> None:
        await rename(world, "Lost")
        tasks.append(asyncio.create_task(apart(), context=contextvars.Context()))
        raise LookupError

    with pytest.raises(LookupError):
        await world.database.transaction(work)
    await tasks[0]

    assert await vendor_name(world.database) == "Apart"


async def test_a_storm_of_cancelled_callers_leaks_no_connection(world: World) -> None:
    random = Random(200)
    database = world.database
    done: list[None] = []
    database.after_commit.append(lambda: done.append(None))

    async def write() -> None:
        await rename(world, "First half")
        await asyncio.sleep(0)
        await rename(world, "Stormy")

    async def fail() -> None:
        await rename(world, "Failed")
        raise LookupError

    kinds: list[Callable[[], Awaitable[Any]]] = [
        lambda: database.transaction(write),
        lambda: database.transaction(fail),
        lambda: vendor_name(database),
    ]

    async def cancelled_at_some_moment() -> None:
        task = asyncio.ensure_future(random.choice(kinds)())
        for _ in range(random.randrange(30)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    for _ in range(10):
        await asyncio.gather(*(cancelled_at_some_moment() for _ in range(20)))

    await assert_all_connections_are_free(database)
    await database.transaction(write)
    assert done
    assert await vendor_name(database) == "Stormy"
