"""Leadership: one process leads, another takes over, and news reach all of them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from tortoise.connection import get_connection

from app.events import backoff
from app.events import leadership as leadership_module
from app.events import relay as relay_module
from app.events.bus import Bus
from app.events.leadership import LEADING_LOCK, Leadership
from app.events.relay import Relay
from app.events.stream import EventStream
from app.persistence.database import WRITER, Database
from tests.events import BEGINNING, happen, patience, subscribed, until
from tests.world import World

A_LONG_TIME = 3600.0


class Member:
    """One process of several, with what it knows; its worker counts."""

    def __init__(self, database: Database) -> None:
        self.bus = Bus()
        self.stream = EventStream(database, self.bus)
        self.began = self.ended = self.woken = 0
        self.relay = Relay(database, self.bus)
        self.leadership = Leadership(database, self.bus, lambda: (self, self.relay))

    @property
    def leads(self) -> bool:
        return self.leadership.leads

    def wake(self) -> None:
        self.woken += 1

    async def run(self) -> None:
        self.began += 1
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.ended += 1


@asynccontextmanager
async def member(database: Database) -> AsyncIterator[Member]:
    """A process that takes part, until the block ends."""
    made = Member(database)
    task = asyncio.create_task(made.leadership.run())
    try:
        yield made
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def two(database: Database) -> AsyncIterator[tuple[Member, Member]]:
    """Two processes of one database: the one that leads, and the other, which has tried to."""
    if database.dialect == "sqlite":
        pytest.skip("SQLite is for one process")
    async with AsyncExitStack() as stack:
        leader = await stack.enter_async_context(member(database))
        await until(lambda: leader.leads)
        other = await stack.enter_async_context(member(database))
        # Everyone is told of all once, when it begins to look.
        await until(lambda: None not in (leader.bus.told, other.bus.told))
        await listening(database, 2)
        yield leader, other


async def listening(database: Database, count: int) -> None:
    """Wait until so many processes have their connections, and have tried to lead."""
    sql = (
        "SELECT COUNT(*) AS tried FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE 'partnergraph %' AND (query LIKE '%advisory%'"
        " OR query LIKE 'LISTEN%commits%' OR query = 'SELECT 1')"
    )
    async with patience():
        while (await database.rows(sql, []))[0]["tried"] < count:  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def cut(database: Database) -> None:
    """End the connection of the leader, as the network would."""
    await get_connection(WRITER).execute_query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks"
        " WHERE locktype = 'advisory' AND objid = $1::int"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        [LEADING_LOCK],
    )


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(leadership_module, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(relay_module, "POLL_SECONDS", A_LONG_TIME)


async def test_who_is_alone_leads_and_what_is_committed_wakes_its_workers(world: World) -> None:
    async with member(world.database) as only:
        await until(lambda: only.leads and only.began)
        world.database.after_commit.append(only.leadership.wake)
        async with subscribed(only.stream, world.as_vendor(), after=BEGINNING) as received:
            await happen(world, world.acme)
            await until(lambda: received)
        assert only.woken
    assert (only.leads, only.began, only.ended) == (False, 1, 1)


async def test_one_of_two_leads_and_the_other_when_it_stops(world: World) -> None:
    async with AsyncExitStack() as stack:
        if world.database.dialect == "sqlite":
            pytest.skip("SQLite is for one process")
        second = None
        async with member(world.database) as first:
            await until(lambda: first.leads)
            second = await stack.enter_async_context(member(world.database))
            await listening(world.database, 2)
            assert (first.began, second.began) == (1, 0)
        assert (first.leads, first.ended) == (False, 1)
        await until(lambda: second.leads and second.began)


async def test_a_leader_that_stops_does_not_keep_the_other_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        if world.database.dialect == "sqlite":
            pytest.skip("SQLite is for one process")
        monkeypatch.setattr(leadership_module, "LOOK_SECONDS", A_LONG_TIME)
        async with member(world.database) as first:
            await until(lambda: first.leads)
            second = await stack.enter_async_context(member(world.database))
            await listening(world.database, 2)
        # It does not look for an hour: it was told.
        await until(lambda: second.leads)


async def test_a_leader_whose_connection_breaks_leads_no_more(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, leadership_module.__name__)
    async with two(world.database) as (leader, other):
        await cut(world.database)
        # Either may be the next one: both are there again.
        await until(lambda: leader.ended == 1 and leader.leads != other.leads)
        await until(lambda: leader.began + other.began == 2)
        async with subscribed(leader.stream, world.as_vendor(), after=BEGINNING) as received:
            world.database.after_commit += [leader.leadership.wake, other.leadership.wake]
            await happen(world, world.acme)
            await until(lambda: received)
    assert [record.levelname for record in caplog.records].count("ERROR") == 1


async def test_a_leader_notices_at_once_that_its_connection_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leadership_module, "LOOK_SECONDS", A_LONG_TIME)
    async with two(world.database) as (leader, _):
        await cut(world.database)
        await until(lambda: leader.ended)


async def test_an_event_of_one_process_is_delivered_in_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer tells the leader, the leader numbers and tells all: nobody looks for an hour."""
    monkeypatch.setattr(leadership_module, "LOOK_SECONDS", A_LONG_TIME)
    async with two(world.database) as (leader, other):
        world.database.after_commit.append(other.leadership.wake)
        async with (
            subscribed(other.stream, world.as_vendor(), after=BEGINNING) as at_other,
            subscribed(leader.stream, world.as_vendor(), after=BEGINNING) as at_leader,
        ):
            for count in range(1, 6):
                await happen(world, world.acme)
                await until(lambda count=count: len(at_other) == len(at_leader) == count)
        assert other.woken == 0


async def test_only_the_partners_subscribers_are_woken_in_another_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two(world.database) as (leader, other):
        await happen(world, world.acme)
        leader.relay.wake()
        # From here on nothing is found by looking.
        await until(lambda: other.bus.told == leader.bus.told == 1)
        with (
            other.bus.subscribe(world.acme.partner.id) as acme,
            other.bus.subscribe(world.rival.partner.id) as rival,
            other.bus.subscribe(None) as everyone,
        ):
            await happen(world, world.acme)
            leader.relay.wake()
            await until(lambda: everyone.rung)
            assert (acme.rung, rival.rung) == (True, False)


async def test_news_that_were_lost_are_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as what is numbered while a process has no connection to hear of it."""
    async with two(world.database) as (leader, other):
        monkeypatch.setattr(other.bus, "hear", lambda news: None)
        async with subscribed(other.stream, world.as_vendor(), after=BEGINNING) as received:
            await happen(world, world.acme)
            leader.relay.wake()
            await until(lambda: received)


async def test_a_worker_that_fails_is_begun_anew(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        failing.began += 1
        if failing.began < 3:
            raise LookupError("a bug")
        await asyncio.get_running_loop().create_future()

    failing = Member(world.database)
    failing.run = fail  # type: ignore[method-assign]
    task = asyncio.create_task(failing.leadership.run())
    await until(lambda: failing.began == 3 and failing.leads)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "a bug" in caplog.text
