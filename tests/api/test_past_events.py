"""What a subscriber missed is charged to its budget, answer by answer; what happens is not."""

import asyncio
from contextlib import aclosing
from typing import Any

import orjson
import pytest

from app.auth.actor import Actor
from app.context import Context, Runtime
from app.events import cursors
from app.events.bus import Bus
from app.events.relay import Relay
from app.events.stream import EventStream
from app.graphql.endpoint import ApiSchema
from app.graphql.execution import Running
from app.settings import Settings
from resolvers.subscription_payloads import encode
from tests.events import BEGINNING, happen, publish_all, until
from tests.world import World

DOCUMENT = """subscription($after: Cursor) { partnerEvents(after: $after) {
    cursor partner { clients(first: 96) { edges { cursor } } } } }"""
# What it costs for each event.
COST, EVENTS = 196, 8
BUDGET = 10 * COST


class Subscribers:
    """Subscribers of a server whose budget pays for ten answers, five of them past events."""

    def __init__(self, schema: ApiSchema, runtime: Runtime, world: World) -> None:
        self._schema, self._runtime, self._world = schema, runtime, world
        self.bus = Bus()
        self.relay = Relay(world.database, self.bus)
        runtime.stream = EventStream(world.database, self.bus)

    async def listen(self, actor: Actor, told: list[Any], after: str | None) -> None:
        results = await self._schema.stream(
            DOCUMENT,
            variable_values={"after": after},
            context_value=Context(self._runtime, actor, "test"),
        )
        async with aclosing(results):
            async for result in results:
                told.append(orjson.loads(encode(result)))

    async def left(self, actor: Actor) -> int:
        """What is left of a budget after a query that costs two."""
        answer = await self._schema.execute(
            "{ viewer { name } }", context_value=Context(self._runtime, actor, "test")
        )
        assert answer.data, answer.errors
        remaining: int = answer.extensions["cost"]["remaining"]
        return remaining

    async def happen(self, count: int) -> None:
        await happen(self._world, *[self._world.acme] * count)
        await publish_all(self.relay)


@pytest.fixture
def served(
    schema: ApiSchema,
    runtime: Runtime,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Subscribers:
    settings = Settings(cost_budget=BUDGET, max_document_cost=BUDGET, cost_restore=request.param)
    monkeypatch.setattr(schema, "_running", Running(settings))
    return Subscribers(schema, runtime, world)


@pytest.mark.parametrize("served", [1], indirect=True)
async def test_past_events_are_charged_and_leave_half_of_the_budget(
    served: Subscribers, world: World
) -> None:
    await served.happen(EVENTS)
    actor = world.acme.as_admin()
    told: list[Any] = []
    listening = asyncio.create_task(served.listen(actor, told, BEGINNING))
    try:
        # One answer for the subscription, and as many as the other half of the budget pays for.
        await until(lambda: len(told) == 4)
        assert told[0]["extensions"]["cost"]["requested"] == COST
        # Nobody is refused meanwhile. A value comes back each second.
        assert BUDGET // 2 - 2 <= await served.left(actor) < BUDGET // 2 + COST // 2
        # What happens is free, and waits for nothing.
        live: list[Any] = []
        other = asyncio.create_task(served.listen(actor, live, None))
        await until(lambda: served.bus.attached == 1)
        await asyncio.sleep(0.05)
        await served.happen(8)
        await until(lambda: len(live) == 8)
        other.cancel()
        assert len(told) == 4
    finally:
        listening.cancel()


@pytest.mark.parametrize("served", [6 * COST], indirect=True)
async def test_who_waits_for_the_budget_misses_nothing(served: Subscribers, world: World) -> None:
    await served.happen(EVENTS)
    told: list[Any] = []
    actor = world.acme.as_admin()
    listening = asyncio.create_task(served.listen(actor, told, BEGINNING))
    try:
        await until(lambda: len(told) == EVENTS)
        await served.happen(3)
        await until(lambda: len(told) == EVENTS + 3)
    finally:
        listening.cancel()
    told = [cursors.decode(each["data"]["partnerEvents"]["cursor"]) for each in told]
    assert told == list(range(1, EVENTS + 4))
