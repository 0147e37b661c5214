"""The relay: every committed event gets its number once, and those who wait are woken."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from uuid import UUID

import pytest
from tortoise.connection import get_connection

from app.domain.ids import new_id
from app.events import backoff
from app.events import relay as relay_module
from app.events.bus import Bus
from app.events.outbox import append, new_event
from app.events.relay import Relay
from app.events.stream import EventStream
from app.persistence.database import WRITER
from app.persistence.models import Event
from tests.events import (
    BEGINNING,
    TIER_CHANGED,
    happen,
    patience,
    publish_all,
    running,
    subscribed,
    take,
    until,
)
from tests.world import World

A_LONG_TIME = 3600.0


async def test_events_are_numbered_overall_and_for_each_partner(world: World, relay: Relay) -> None:
    ids = await happen(world, world.acme, world.rival, world.acme)
    ids += await happen(world, world.rival)
    assert await relay.publish() == 4
    ids += await happen(world, world.acme)
    assert await relay.publish() == 1

    rows = await Event.all().order_by("sequence")
    assert [row.id for row in rows] == ids
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5]
    assert [row.partner_sequence for row in rows] == [1, 1, 2, 2, 3]


async def test_an_event_of_no_partner_has_a_place_in_the_whole_order_only(
    world: World, relay: Relay
) -> None:
    async def work() -> None:
        for _ in range(2):
            await append(
                TIER_CHANGED,
                subject_id=world.vendor.id,
                actor=world.as_vendor(),
                at=world.clock.now(),
                partner_id=None,
            )

    await world.database.transaction(work)
    await publish_all(relay)

    rows = await Event.all().order_by("sequence")
    assert [(row.sequence, row.partner_sequence) for row in rows] == [(1, None), (2, None)]


async def test_with_nothing_to_publish_nothing_is_written(world: World, relay: Relay) -> None:
    commits: list[None] = []
    world.database.after_commit.append(lambda: commits.append(None))

    assert await relay.publish() == 0
    assert commits == []


async def test_a_change_that_is_rolled_back_leaves_no_event(world: World, relay: Relay) -> None:
    async def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await happen(world, world.acme, before_commit=fail)

    assert await relay.publish() == 0
    assert await Event.all().count() == 0


async def test_a_backlog_longer_than_a_batch_is_published_in_order(
    world: World, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "BATCH", 4)
    ids = await happen(world, *[world.acme, world.rival] * 5)

    await publish_all(relay)

    rows = await Event.all().order_by("sequence")
    assert [row.id for row in rows] == ids
    assert [row.sequence for row in rows] == list(range(1, 11))
    assert [row.partner_sequence for row in rows] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


async def test_publishers_at_the_same_time_never_give_a_number_twice(
    world: World, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "BATCH", 3)
    relays = [Relay(world.database, bus) for _ in range(3)]
    random = Random(3)

    async def commit() -> None:
        # Not in the order of ids: a transaction that began earlier may well end later.
        await happen(
            world,
            world.acme,
            world.rival,
            before_commit=lambda: asyncio.sleep(random.random() / 100),
        )

    async def publish(relay: Relay, writers: "asyncio.Task[object]") -> None:
        while not writers.done():
            await relay.publish()

    async def write() -> None:
        for _ in range(6):
            await asyncio.gather(*(commit() for _ in range(3)))

    writers = asyncio.create_task(write())
    await asyncio.gather(writers, *(publish(relay, writers) for relay in relays))
    await publish_all(relays[0])

    assert sorted(await Event.all().values_list("sequence", flat=True)) == list(range(1, 37))
    of_acme = Event.filter(partner_id=world.acme.partner.id).order_by("sequence")
    assert await of_acme.values_list("partner_sequence", flat=True) == list(range(1, 19))


async def test_a_publisher_waits_for_another_and_then_sees_its_numbers(
    world: World, bus: Bus
) -> None:
    if world.database.dialect == "sqlite":
        pytest.skip("SQLite has one writer: publishers wait for each other anyway")
    written, may_end = asyncio.Event(), asyncio.Event()
    locked, may_publish = asyncio.Event(), asyncio.Event()

    async def pause() -> None:
        written.set()
        await may_end.wait()

    async def hold_up_publishing() -> None:
        await get_connection(WRITER).execute_query("SELECT 1 FROM event FOR UPDATE")
        locked.set()
        await may_publish.wait()

    late = asyncio.create_task(happen(world, world.acme, before_commit=pause))
    await written.wait()
    [early_id] = await happen(world, world.acme)
    holding = asyncio.create_task(world.database.transaction(hold_up_publishing))
    await locked.wait()
    first = asyncio.create_task(Relay(world.database, bus).publish())
    await until_waiting(world, 1)
    may_end.set()
    [late_id] = await late
    second = asyncio.create_task(Relay(world.database, bus).publish())
    await until_waiting(world, 2)
    may_publish.set()

    assert await asyncio.gather(first, second) == [1, 1]
    await holding
    assert await Event.all().order_by("sequence").values_list("id", flat=True) == [
        early_id,
        late_id,
    ]


async def test_a_transaction_that_commits_late_is_published_late_not_lost(
    world: World, relay: Relay, stream: EventStream
) -> None:
    if world.database.dialect == "sqlite":
        pytest.skip("SQLite has one writer: transactions commit in the order they began")
    written, may_end = asyncio.Event(), asyncio.Event()

    async def pause() -> None:
        written.set()
        await may_end.wait()

    late = asyncio.create_task(happen(world, world.acme, before_commit=pause))
    await written.wait()
    [early_id] = await happen(world, world.acme)
    await publish_all(relay)
    async with subscribed(stream, world.as_vendor(), after=BEGINNING) as received:
        await until(lambda: len(received) == 1)
        may_end.set()
        [late_id] = await late
        await publish_all(relay)
        await until(lambda: len(received) == 2)

    assert [event.id for event in received] == [early_id, late_id]
    assert late_id < early_id


async def test_what_a_killed_process_left_is_published_at_start(
    world: World, relay: Relay, stream: EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", A_LONG_TIME)
    left = await happen(world, world.acme, world.rival)

    async with running(relay):
        events = await take(stream, world.as_vendor(), 2, after=BEGINNING)

    assert [event.id for event in events] == left


async def test_a_commit_wakes_the_relay(
    world: World, relay: Relay, stream: EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", A_LONG_TIME)
    world.database.after_commit.append(relay.wake)

    async with running(relay), subscribed(stream, world.as_vendor(), after=BEGINNING) as received:
        for count in range(1, 6):
            await happen(world, world.acme)
            await until(lambda count=count: len(received) == count)


async def test_a_commit_while_it_publishes_is_not_overlooked(
    world: World, relay: Relay, stream: EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", A_LONG_TIME)
    world.database.after_commit.append(relay.wake)
    random = Random(1)

    async def commit_soon() -> None:
        for _ in range(random.randrange(40)):
            await asyncio.sleep(0)
        await happen(world, world.acme)

    async with running(relay), subscribed(stream, world.as_vendor(), after=BEGINNING) as received:
        for round in range(1, 31):
            await asyncio.gather(*(commit_soon() for _ in range(3)))
            await until(lambda round=round: len(received) == 3 * round)


async def test_the_relay_does_not_wake_itself_for_ever(
    world: World, relay: Relay, stream: EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", A_LONG_TIME)
    commits: list[None] = []
    world.database.after_commit += [relay.wake, lambda: commits.append(None)]

    async with running(relay), subscribed(stream, world.as_vendor(), after=BEGINNING) as received:
        for count in range(1, 4):
            await happen(world, world.acme)
            await until(lambda count=count: len(received) == count)

    # Each event was committed once, and published by one more transaction.
    assert len(commits) == 6


async def test_a_lost_wake_up_is_made_good_by_the_poll(
    world: World, relay: Relay, stream: EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 0.01)

    async with running(relay), subscribed(stream, world.as_vendor(), after=BEGINNING) as received:
        await happen(world, world.acme)
        await until(lambda: len(received) == 1)


@pytest.mark.parametrize("batch", [1, 500])
async def test_the_order_is_that_of_writing_whatever_clocks_say(
    world: World, relay: Relay, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """On a machine whose clock is behind, ids are smaller than those of what went before."""
    monkeypatch.setattr(relay_module, "BATCH", batch)

    async def write(id: UUID) -> None:
        event = new_event(
            TIER_CHANGED,
            subject_id=world.acme.partner.id,
            actor=world.as_vendor(),
            at=world.clock.now(),
            partner_id=world.acme.partner.id,
        )
        event.id = id
        await event.save()

    ids = [new_id() for _ in range(4)]
    for id in reversed(ids):
        await world.database.transaction(lambda id=id: write(id))
    await publish_all(relay)

    rows = await Event.all().order_by("sequence")
    assert [row.id for row in rows] == ids[::-1]
    assert [row.partner_sequence for row in rows] == [1, 2, 3, 4]


async def test_only_subscribers_of_the_partner_and_of_all_are_woken(
    world: World, relay: Relay, bus: Bus
) -> None:
    with (
        bus.subscribe(world.acme.partner.id) as acme,
        bus.subscribe(world.rival.partner.id) as rival,
        bus.subscribe(None) as everyone,
    ):
        await happen(world, world.acme, world.acme)
        await relay.publish()
        assert (acme.rung, rival.rung, everyone.rung) == (True, False, True)

        await acme.wait()
        await everyone.wait()
        assert (acme.rung, rival.rung, everyone.rung) == (False, False, False)

        await relay.publish()
        assert (acme.rung, rival.rung, everyone.rung) == (False, False, False)
    assert bus.attached == 0


async def test_the_relay_survives_a_database_that_fails(
    world: World,
    relay: Relay,
    stream: EventStream,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(backoff, "FIRST_PAUSE_SECONDS", 0.001)
    caplog.set_level(logging.INFO, relay_module.__name__)
    [id] = await happen(world, world.acme)

    async with running(relay):
        async with missing_event_table():
            await until(lambda: caplog.records)
            # Room for a few more rounds that fail.
            await asyncio.sleep(0.05)
        events = await take(stream, world.as_vendor(), 1, after=BEGINNING)
        await until(lambda: len(caplog.records) > 1)

    assert [event.id for event in events] == [id]
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


@asynccontextmanager
async def missing_event_table() -> AsyncIterator[None]:
    connection = get_connection(WRITER)
    await connection.execute_script("ALTER TABLE event RENAME TO event_away")
    try:
        yield
    finally:
        await connection.execute_script("ALTER TABLE event_away RENAME TO event")


async def until_waiting(world: World, count: int) -> None:
    """Let other tasks run until so many connections to PostgreSQL wait for a lock."""
    sql = (
        "SELECT count(*) AS waiting FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with patience():
        while (await world.database.rows(sql, []))[0]["waiting"] < count:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
