"""Helpers for tests of events: make some happen, publish them, collect what a subscriber gets."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any
from uuid import UUID

from app.auth.actor import Actor
from app.domain.events import EventType
from app.events import cursors
from app.events.outbox import append
from app.events.relay import Relay
from app.events.stream import EventStream, PublishedEvent
from tests.world import Team, World

BEGINNING = cursors.encode(0)
TIER_CHANGED = EventType.TIER_CHANGED


async def happen(
    world: World,
    *teams: Team,
    type: EventType = TIER_CHANGED,
    client_id: UUID | None = None,
    before_commit: Callable[[], Awaitable[object]] | None = None,
) -> list[UUID]:
    """Commit one event for each of the teams, all in one transaction; their ids come back."""

    async def work() -> list[UUID]:
        ids = [
            await append(
                type,
                subject_id=team.partner.id,
                actor=world.as_vendor(),
                at=world.clock.now(),
                partner_id=team.partner.id,
                client_id=client_id,
                data={"of": team.partner.slug},
            )
            for team in teams
        ]
        if before_commit:
            await before_commit()
        return ids

    return await world.database.transaction(work)


async def publish_all(relay: Relay) -> None:
    while await relay.publish():
        pass


def patience() -> asyncio.Timeout:
    """A limit that only a broken test meets, which would wait for ever otherwise."""
    return asyncio.timeout(20)


async def until(condition: Callable[[], Any]) -> None:
    """Let other tasks run until the condition holds."""
    async with patience():
        while not condition():  # noqa: ASYNC110 - whatever the condition looks at
            await asyncio.sleep(0.002)


async def each(
    stream: EventStream, actor: Actor, **arguments: Any
) -> AsyncGenerator[PublishedEvent, None]:
    """The events of a new subscriber, one by one."""
    arguments.setdefault("types", EventType)
    async with aclosing(stream.events(actor, **arguments)) as batches:
        async for batch in batches:
            for event in batch:
                yield event


async def take(
    stream: EventStream, actor: Actor, count: int, **arguments: Any
) -> list[PublishedEvent]:
    """The first events that a new subscriber gets; it leaves after them."""
    events: list[PublishedEvent] = []
    async with patience(), aclosing(each(stream, actor, **arguments)) as source:
        async for event in source:
            events.append(event)
            if len(events) == count:
                return events
    raise AssertionError("The stream ended")


@asynccontextmanager
async def subscribed(
    stream: EventStream, actor: Actor, **arguments: Any
) -> AsyncIterator[list[PublishedEvent]]:
    """A subscriber in a task of its own; the list grows as it receives, until the block ends."""
    received: list[PublishedEvent] = []

    async def receive() -> None:
        async with aclosing(each(stream, actor, **arguments)) as source:
            async for event in source:
                received.append(event)

    task = asyncio.create_task(receive())
    try:
        yield received
        assert not task.done(), "The stream ended"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    """The relay at work, as a server runs it, until the block ends."""
    task = asyncio.create_task(relay.run())
    try:
        yield
        assert not task.done(), "The relay ended"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
