"""Event streams: in order, nothing lost, nothing twice, and only what the actor may see now."""

import asyncio
from contextlib import AsyncExitStack, aclosing
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.auth.actor import Actor
from app.domain.events import EventType
from app.events import cursors
from app.events import stream as stream_module
from app.events.bus import Bus
from app.events.cursors import InvalidCursor
from app.events.relay import Relay
from app.events.stream import EventStream
from app.persistence.models import AdvisorAssignment, Client, Event
from tests.contract.recorded_sql import statements
from tests.events import (
    BEGINNING,
    TIER_CHANGED,
    each,
    happen,
    patience,
    publish_all,
    subscribed,
    take,
    until,
)
from tests.world import LONG_AGO, Team, World


async def second_client(team: Team) -> Client:
    """Another client of the team, which its advisor is not assigned to."""
    return await Client.create(
        partner=team.partner,
        name="Second Client",
        name_key="second client",
        domain="second.example",
        employee_count=7,
        bracket_id="1-10",
        size_source="COUNTED",
        status="ACTIVE",
        plan_id="FREE",
        created_at=LONG_AGO,
    )


async def test_an_event_arrives_as_it_was_written(
    world: World, relay: Relay, stream: EventStream
) -> None:
    [id] = await happen(world, world.acme, client_id=world.acme.client.id)
    await publish_all(relay)

    [event] = await take(stream, world.as_vendor(), 1, after=BEGINNING)

    assert (event.id, event.sequence, event.type) == (id, 1, TIER_CHANGED)
    assert event.partner_id == event.subject_id == world.acme.partner.id
    assert event.client_id == world.acme.client.id
    assert event.occurred_at == world.clock.now()
    assert event.data == {"of": "acme"}
    assert cursors.decode(event.cursor) == 1


async def test_a_subscriber_who_returns_gets_what_it_missed_then_goes_live(
    world: World, relay: Relay, stream: EventStream
) -> None:
    ids = await happen(world, *[world.acme] * 3)
    await publish_all(relay)
    before = await take(stream, world.acme.as_admin(), 2, after=BEGINNING)
    ids += await happen(world, *[world.acme] * 4)
    await publish_all(relay)

    async with subscribed(stream, world.acme.as_admin(), after=before[-1].cursor) as received:
        await until(lambda: len(received) == 5)
        ids += await happen(world, world.acme)
        await publish_all(relay)
        await until(lambda: len(received) == 6)

    assert [event.id for event in [*before, *received]] == ids


async def test_what_is_committed_during_the_replay_follows_in_order(
    world: World, relay: Relay, stream: EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "BATCH", 3)
    ids = await happen(world, *[world.acme] * 7)
    await publish_all(relay)

    received: list[UUID] = []
    async with (
        patience(),
        aclosing(each(stream, world.as_vendor(), after=BEGINNING)) as source,
    ):
        async for event in source:
            received.append(event.id)
            if len(received) in (1, 3, 5, 7):
                ids += await happen(world, world.acme)
                await publish_all(relay)
            if len(received) == 11:
                break

    assert received == ids


async def test_without_a_cursor_it_starts_with_what_comes_next(
    world: World, relay: Relay, stream: EventStream
) -> None:
    await happen(world, world.acme, world.acme)
    await publish_all(relay)

    async with patience(), subscribed(stream, world.as_vendor()) as received:
        while not received:
            # Until it has subscribed, events pass it by.
            await happen(world, world.acme)
            await publish_all(relay)
        await happen(world, world.acme)
        await publish_all(relay)
        newest = await Event.all().count()
        await until(lambda: received[-1].sequence == newest)

    first = received[0].sequence
    assert first > 2
    assert [event.sequence for event in received] == list(range(first, newest + 1))


async def test_a_slow_subscriber_loses_nothing(
    world: World, relay: Relay, stream: EventStream
) -> None:
    async with (
        patience(),
        aclosing(each(stream, world.as_vendor(), after=BEGINNING)) as source,
    ):
        ids = await happen(world, world.acme)
        await publish_all(relay)
        received = [(await anext(source)).id]
        for _ in range(5):
            ids += await happen(world, *[world.acme] * 50)
            await publish_all(relay)
        received += [(await anext(source)).id for _ in range(250)]

    assert received == ids


async def test_only_the_types_and_the_partner_asked_for(
    world: World, relay: Relay, stream: EventStream
) -> None:
    await happen(world, world.acme, world.rival, type=EventType.CLIENT_CREATED)
    await happen(world, world.acme, world.rival)
    await happen(world, world.acme, world.rival, type=EventType.CLIENT_UPGRADED)
    await publish_all(relay)
    vendor = world.as_vendor()

    tiers = await take(stream, vendor, 2, types=[TIER_CHANGED], after=BEGINNING)
    acme = await take(stream, vendor, 3, partner_id=world.acme.partner.id, after=BEGINNING)

    assert [(e.type, e.partner_id) for e in tiers] == [
        (TIER_CHANGED, world.acme.partner.id),
        (TIER_CHANGED, world.rival.partner.id),
    ]
    assert [(e.type, e.partner_id) for e in acme] == [
        (EventType.CLIENT_CREATED, world.acme.partner.id),
        (TIER_CHANGED, world.acme.partner.id),
        (EventType.CLIENT_UPGRADED, world.acme.partner.id),
    ]


async def test_each_actor_sees_its_own_events_only(
    world: World, relay: Relay, stream: EventStream
) -> None:
    acme, other = world.acme, await second_client(world.acme)
    [rivals] = await happen(world, world.rival)
    [shared] = await happen(world, acme)
    [assigned] = await happen(world, acme, client_id=acme.client.id)
    [unassigned] = await happen(world, acme, client_id=other.id)
    [end] = await happen(world, acme, client_id=acme.client.id)
    await publish_all(relay)

    for actor, expected in [
        (world.as_vendor(), [rivals, shared, assigned, unassigned, end]),
        (acme.as_admin(), [shared, assigned, unassigned, end]),
        (acme.as_app(), [shared, assigned, unassigned, end]),
        (acme.as_advisor(), [shared, assigned, end]),
        (acme.as_client_user(), [assigned, end]),
        (world.rival.as_admin(), [rivals]),
    ]:
        events = await take(stream, actor, len(expected), after=BEGINNING)
        assert [event.id for event in events] == expected


async def test_another_partners_id_gives_nothing(
    world: World, relay: Relay, stream: EventStream
) -> None:
    async with subscribed(
        stream, world.rival.as_admin(), partner_id=world.acme.partner.id, after=BEGINNING
    ) as received:
        async with subscribed(
            stream, world.as_vendor(), partner_id=world.acme.partner.id, after=BEGINNING
        ) as seen_by_vendor:
            for count in range(1, 4):
                await happen(world, world.acme, world.rival)
                await publish_all(relay)
                await until(lambda count=count: len(seen_by_vendor) == count)

    assert received == []


async def test_an_assignment_that_ends_or_begins_counts_from_then_on(
    world: World, relay: Relay, stream: EventStream
) -> None:
    acme, other = world.acme, await second_client(world.acme)

    async with subscribed(stream, acme.as_advisor(), after=BEGINNING) as received:
        [seen] = await happen(world, acme, client_id=acme.client.id)
        await happen(world, acme, client_id=other.id)
        await publish_all(relay)
        await until(lambda: len(received) == 1)

        await AdvisorAssignment.filter(client_id=acme.client.id).update(ended_at=world.clock.now())
        await AdvisorAssignment.create(
            partner=acme.partner,
            client=other,
            advisor=acme.advisor,
            role="ADMIN",
            assigned_at=world.clock.now(),
        )
        await happen(world, acme, client_id=acme.client.id)
        [seen_later] = await happen(world, acme, client_id=other.id)
        await publish_all(relay)
        await until(lambda: len(received) == 2)

    assert [event.id for event in received] == [seen, seen_later]


@pytest.mark.parametrize("text", ["", "nonsense", "MTIz", cursors.encode(0)[:-2], "é", "A" * 999])
async def test_a_text_that_is_no_cursor_is_refused(
    world: World, bus: Bus, stream: EventStream, text: str
) -> None:
    with pytest.raises(InvalidCursor, match="not an event cursor"):
        await take(stream, world.as_vendor(), 1, after=text)
    assert bus.attached == 0


async def test_a_cursor_ahead_of_the_newest_event_is_refused(
    world: World, relay: Relay, bus: Bus, stream: EventStream
) -> None:
    await happen(world, world.acme, world.acme)
    await relay.publish()

    with pytest.raises(InvalidCursor, match="ahead of the newest"):
        await take(stream, world.as_vendor(), 1, after=cursors.encode(3))
    assert bus.attached == 0


async def test_a_closed_stream_is_off_the_bus_at_once(
    world: World, relay: Relay, bus: Bus, stream: EventStream
) -> None:
    await happen(world, world.acme, world.acme)
    await publish_all(relay)
    source = each(stream, world.as_vendor(), after=BEGINNING)
    await anext(source)
    assert bus.attached == 1

    await source.aclose()

    assert bus.attached == 0


async def test_200_cancelled_streams_leave_nothing_behind(
    world: World, relay: Relay, bus: Bus, stream: EventStream
) -> None:
    await happen(world, *[world.acme] * 30)
    await publish_all(relay)
    random = Random(200)
    received: list[int] = []

    async def subscribe() -> None:
        async with aclosing(each(stream, world.as_vendor(), after=BEGINNING)) as source:
            async for event in source:
                received.append(event.sequence)
                await asyncio.sleep(0)

    tasks: list[asyncio.Task[None]] = []
    for index in range(200):
        tasks.append(asyncio.create_task(subscribe()))
        for _ in range(random.randrange(6)):
            await asyncio.sleep(0)
        if index % 40 == 0:
            await happen(world, world.acme)
            await publish_all(relay)
        random.choice(tasks).cancel()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert received
    assert bus.attached == 0
    ids = await happen(world, world.acme)
    await publish_all(relay)
    newest = await Event.get(id=ids[0])
    assert newest.sequence == await Event.all().count() == 36


async def test_equal_subscribers_share_what_they_read(
    world: World, relay: Relay, stream: EventStream
) -> None:
    async def cost(actor: Actor, count: int) -> int:
        async with AsyncExitStack() as stack:
            told = [
                await stack.enter_async_context(subscribed(stream, actor)) for _ in range(count)
            ]
            await asyncio.sleep(0.1)
            await happen(world, world.acme)
            with statements() as sent:
                await publish_all(relay)
                await until(lambda: all(len(events) == 1 for events in told))
            return len([sql for sql in sent if "FROM event t WHERE" in sql])

    for actor in (world.acme.as_admin(), world.as_vendor()):
        assert await cost(actor, 1) == await cost(actor, 30) == 1


async def test_subscribers_of_another_partner_read_nothing(
    world: World, relay: Relay, stream: EventStream
) -> None:
    async with (
        subscribed(stream, world.acme.as_admin()) as told,
        subscribed(stream, world.rival.as_admin()) as untold,
        subscribed(stream, world.as_vendor(), partner_id=world.rival.partner.id) as untold_too,
    ):
        await asyncio.sleep(0.1)
        await happen(world, world.acme)
        with statements() as sent:
            await publish_all(relay)
            await until(lambda: len(told) == 1)
        assert len([sql for sql in sent if "FROM event t WHERE" in sql]) == 1
    assert untold == untold_too == []


PARTNERS = st.lists(st.sampled_from(["acme", "rival"]), min_size=1, max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), PARTNERS),
        st.just(("publish", [])),
        st.tuples(st.just("reconnect"), st.sampled_from(["vendor", "acme", "rival"])),
        st.tuples(st.just("pause"), st.integers(1, 20)),
    ),
    max_size=14,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
async def test_whatever_the_interleaving_everyone_gets_everything_in_order(
    world: World, relay: Relay, bus: Bus, stream: EventStream, steps: list[tuple[str, object]]
) -> None:
    actors = {
        "vendor": world.as_vendor(),
        "acme": world.acme.as_admin(),
        "rival": world.rival.as_admin(),
    }
    start = cursors.encode(await Event.filter(sequence__isnull=False).count())
    received: dict[str, list[int]] = {name: [] for name in actors}
    tasks: dict[str, asyncio.Task[None]] = {}

    async def receive(name: str) -> None:
        after = cursors.encode(received[name][-1]) if received[name] else start
        async with aclosing(each(stream, actors[name], after=after)) as source:
            async for event in source:
                received[name].append(event.sequence)

    async def reconnect(name: str) -> None:
        if name in tasks:
            tasks[name].cancel()
            await asyncio.gather(tasks[name], return_exceptions=True)
        tasks[name] = asyncio.create_task(receive(name))

    for name in actors:
        await reconnect(name)
    for step, argument in steps:
        match step:
            case "commit":
                await happen(world, *(getattr(world, slug) for slug in argument))
            case "publish":
                await relay.publish()
            case "reconnect":
                await reconnect(argument)
            case "pause":
                for _ in range(argument):
                    await asyncio.sleep(0)
    await publish_all(relay)

    for name, team in [("vendor", None), ("acme", world.acme), ("rival", world.rival)]:
        mine = Event.filter(partner_id=team.partner.id) if team else Event.all()
        expected = await mine.filter(sequence__gt=cursors.decode(start)).order_by("sequence")
        count = len(expected)
        await until(lambda name=name, count=count: len(received[name]) >= count)
        assert received[name] == [event.sequence for event in expected]
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert bus.attached == 0
