"""Retention: old events and keys go, order and numbers go on, and nobody misses any unknowingly."""

import re
from contextlib import aclosing
from uuid import uuid4

import pytest
from tortoise.connection import get_connection

from app.events import cursors
from app.events import retention as retention_module
from app.events.cursors import CursorExpired
from app.events.relay import Relay
from app.events.retention import Retention
from app.events.stream import EventStream
from app.persistence.database import WRITER, Database
from app.persistence.models import (
    Event,
    IdempotencyKey,
    Vendor,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.settings import Settings
from tests.contract.query_plans import Statement, sent
from tests.events import BEGINNING, each, happen, patience, publish_all, take
from tests.world import World

DAYS = 30


@pytest.fixture
def retention(world: World) -> Retention:
    return keeping(world, event_retention_days=DAYS)


def keeping(world: World, **settings: int) -> Retention:
    """A retention with these settings; what is not given is kept for ever."""
    for_ever = {"event_retention_days": 0, "idempotency_key_retention_days": 0}
    return Retention(Settings(**(for_ever | settings)), world.database, world.clock)


async def left() -> list[int]:
    """The sequences of the events that are there."""
    rows = await Event.filter(sequence__isnull=False).order_by("sequence")
    return [row.sequence or 0 for row in rows]


async def deleted_through() -> int:
    [vendor] = await Vendor.all()
    return vendor.events_deleted_through


async def history(world: World, relay: Relay) -> None:
    """Acme's 1, 2 and 4, its rival's 3, long ago; the rival's 5 and Acme's 6, of today."""
    await happen(world, world.acme, world.acme, world.rival, world.acme)
    await publish_all(relay)
    world.clock.advance(days=DAYS + 1)
    await happen(world, world.rival, world.acme)
    await publish_all(relay)


@pytest.mark.parametrize("batch", [1, 2, 500])
async def test_what_is_old_goes_the_oldest_first(
    world: World,
    relay: Relay,
    retention: Retention,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    monkeypatch.setattr(retention_module, "BATCH", batch)
    await history(world, relay)

    await retention.sweep()

    assert await left() == [5, 6]
    assert await deleted_through() == 4


async def test_the_newest_of_each_partner_stays_until_there_is_a_newer_one(
    world: World, relay: Relay, retention: Retention
) -> None:
    await happen(world, world.rival, world.rival, world.acme)
    await publish_all(relay)
    world.clock.advance(days=DAYS + 1)
    await happen(world, world.acme)
    await publish_all(relay)
    await retention.sweep()
    assert await left() == [2, 4]
    assert await deleted_through() == 3

    # Its own, and those of others, go on from the numbers before.
    await happen(world, world.rival)
    await publish_all(relay)
    newest = await Event.all().order_by("-sequence").first()
    assert newest and (newest.sequence, newest.partner_sequence) == (5, 3)

    world.clock.advance(days=DAYS + 1)
    await happen(world, world.acme)
    await publish_all(relay)
    await retention.sweep()
    assert await left() == [5, 6]
    assert await deleted_through() == 5


async def test_the_newest_of_all_stays(world: World, relay: Relay, retention: Retention) -> None:
    await happen(world, world.acme)
    await publish_all(relay)
    world.clock.advance(days=10 * DAYS)
    await retention.sweep()
    assert await left() == [1]
    assert await deleted_through() == 0


async def test_with_0_days_nothing_is_ever_deleted(world: World, relay: Relay) -> None:
    await history(world, relay)
    await key(world, "old")
    world.clock.advance(days=36_500)
    await keeping(world).sweep()
    assert await left() == [1, 2, 3, 4, 5, 6]
    assert await IdempotencyKey.all().count() == 1


async def test_what_was_delivered_of_an_event_goes_with_it(
    world: World, relay: Relay, retention: Retention
) -> None:
    await history(world, relay)
    endpoint = await WebhookEndpoint.create(
        partner_id=world.acme.partner.id,
        url="https://receiver.example/",
        description="",
        status="ENABLED",
        secret_version=uuid4(),
        position=0,
        created_at=world.clock.now(),
    )
    for event in await Event.filter(partner_id=world.acme.partner.id):
        delivery = await WebhookDelivery.create(
            endpoint=endpoint,
            partner_id=event.partner_id,
            event=event,
            type=event.type,
            round=0,
            status="DEAD",
            created_at=world.clock.now(),
        )
        await WebhookAttempt.create(
            delivery=delivery, partner_id=event.partner_id, at=world.clock.now(), milliseconds=3
        )

    await retention.sweep()

    assert await left() == [5, 6]
    [delivery] = await WebhookDelivery.all().prefetch_related("event")
    assert delivery.event.sequence == 6
    [attempt] = await WebhookAttempt.all()
    assert attempt.delivery_id == delivery.id


async def key(world: World, name: str) -> None:
    await IdempotencyKey.create(
        actor_key="somebody", key=name, mutation="x", digest="x", created_at=world.clock.now()
    )


async def test_old_idempotency_keys_are_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_module, "BATCH", 2)
    for number in range(5):
        await key(world, f"old {number}")
    world.clock.advance(days=DAYS, seconds=1)
    await key(world, "new")

    await keeping(world, idempotency_key_retention_days=DAYS).sweep()

    assert await IdempotencyKey.all().values_list("key", flat=True) == ["new"]


# Who reads, from where: what comes then, or that it has expired. 1 to 4 were deleted.
READERS = {
    "vendor, behind": ("vendor", None, 3, None),
    "vendor, where it ends": ("vendor", None, 4, [5, 6]),
    "vendor, from the beginning": ("vendor", None, 0, None),
    "partner, behind": ("partner", None, 2, None),
    "partner, at its last that is gone": ("partner", None, 4, [6]),
    "client user, behind": ("client_user", None, 2, None),
    "vendor, of one partner, behind": ("vendor", "acme", 2, None),
    "vendor, of one partner, at its last that is gone": ("vendor", "acme", 4, [6]),
}


@pytest.mark.parametrize(("who", "partner", "after", "expected"), READERS.values(), ids=READERS)
async def test_a_cursor_behind_which_events_are_gone_has_expired(
    world: World,
    relay: Relay,
    stream: EventStream,
    retention: Retention,
    who: str,
    partner: str | None,
    after: int,
    expected: list[int] | None,
) -> None:
    await history(world, relay)
    await retention.sweep()
    actor = {
        "vendor": world.as_vendor,
        "partner": world.acme.as_admin,
        "client_user": world.acme.as_client_user,
    }[who]()
    wanted = {"after": cursors.encode(after)}
    of = {"partner_id": world.acme.partner.id} if partner else {}
    if expected is None:
        with pytest.raises(CursorExpired, match="Read the newest cursor"):
            await take(stream, actor, 1, **wanted, **of)
    else:
        events = await take(stream, actor, len(expected), **wanted, **of)
        assert [event.sequence for event in events] == expected


async def test_a_partner_that_was_quiet_for_long_may_go_on_from_its_newest_event(
    world: World, relay: Relay, stream: EventStream, retention: Retention
) -> None:
    """What the recipe says, read the newest cursor and subscribe with it, works for everyone."""
    await happen(world, world.rival, world.rival, *[world.acme] * 3)
    await publish_all(relay)
    world.clock.advance(days=DAYS + 1)
    await happen(world, world.acme)
    await publish_all(relay)
    await retention.sweep()
    newest = await Event.filter(partner_id=world.rival.partner.id).get()
    assert newest.sequence == 2 < await deleted_through()

    await happen(world, world.rival)
    await publish_all(relay)

    for actor, of in (
        (world.rival.as_admin(), {}),
        (world.as_vendor(), {"partner_id": world.rival.partner.id}),
    ):
        [event] = await take(stream, actor, 1, after=cursors.encode(2), **of)
        assert event.sequence == 7


async def test_a_partner_whose_first_event_comes_late_has_missed_nothing(
    world: World, relay: Relay, stream: EventStream, retention: Retention
) -> None:
    """It subscribed when others had events and it had none, and all of those are gone since."""
    await happen(world, *[world.acme] * 3)
    await publish_all(relay)
    world.clock.advance(days=DAYS + 1)
    await happen(world, world.rival)
    await publish_all(relay)
    await retention.sweep()
    assert await deleted_through() == 3

    [event] = await take(stream, world.rival.as_admin(), 1, after=cursors.encode(1))
    assert event.sequence == 4


async def test_a_subscriber_that_falls_behind_what_is_deleted_is_told(
    world: World, relay: Relay, stream: EventStream, retention: Retention
) -> None:
    await happen(world, world.acme)
    await publish_all(relay)
    async with patience(), aclosing(each(stream, world.as_vendor(), after=BEGINNING)) as slow:
        assert (await anext(slow)).sequence == 1
        # While it does not read.
        await happen(world, world.acme, world.acme)
        await publish_all(relay)
        world.clock.advance(days=DAYS + 1)
        await happen(world, world.acme)
        await publish_all(relay)
        await retention.sweep()
        assert await left() == [4]
        with pytest.raises(CursorExpired):
            await anext(slow)


async def test_a_subscriber_is_told_even_if_nothing_it_wants_is_left(
    world: World, relay: Relay, stream: EventStream, retention: Retention
) -> None:
    await happen(world, world.acme, world.acme)
    await publish_all(relay)
    world.clock.advance(days=DAYS + 1)
    await happen(world, world.acme, world.rival)
    await publish_all(relay)
    await retention.sweep()
    with pytest.raises(CursorExpired):
        await take(stream, world.as_vendor(), 1, types=[], after=cursors.encode(1))


async def test_what_is_deleted_is_found_by_an_index(
    world: World, relay: Relay, retention: Retention
) -> None:
    await history(world, relay)
    with sent() as statements:
        await retention.sweep()
        await keeping(world, idempotency_key_retention_days=DAYS).sweep()

    found = [
        each
        for each in statements
        if each.sql.lstrip().startswith(("SELECT", "DELETE")) and "vendor" not in each.sql
    ]
    assert sum("DELETE" in each.sql for each in found) == 4
    for statement in found:
        plan = await explained(world.database, statement)
        assert not re.search(r"Seq Scan|SCAN (?!json_each)\w+$", plan, re.MULTILINE), (
            statement.sql,
            plan,
        )


async def explained(database: Database, statement: Statement) -> str:
    """The plan of a statement, on PostgreSQL without reading whole tables if there is a way."""
    if database.dialect == "sqlite":
        explain, column = "EXPLAIN QUERY PLAN ", "detail"
    else:
        explain, column = "EXPLAIN ", "QUERY PLAN"

    async def work() -> list[dict[str, str]]:
        connection = get_connection(WRITER)
        if database.dialect == "postgres":
            await connection.execute_query("SET LOCAL enable_seqscan = off")
        return await connection.execute_query_dict(explain + statement.sql, statement.values)

    return "\n".join(row[column] for row in await database.transaction(work))
