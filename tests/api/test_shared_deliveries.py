"""What an event costs however many are told of it; and nobody is told another's answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from app.auth.actor import Actor
from app.context import Context, Runtime
from app.domain.identity import Role, Scope
from app.events.bus import Bus
from app.events.relay import Relay
from app.events.stream import EventStream
from app.graphql.endpoint import ApiSchema
from app.persistence.models import Client
from tests.api.calls import Api
from tests.api.ladder import import_ladder, set_tier
from tests.contract.recorded_sql import statements
from tests.events import BEGINNING, publish_all, until
from tests.world import World

SELECTION = "cursor partner { slug } toTier { key } benefitsGained { benefit { key } value }"
DOCUMENT = f"subscription {{ tierChanged {{ {SELECTION} }} }}"


class Audience:
    """Subscribers to one process's events, each with a list of what it was told."""

    def __init__(self, api: Api, schema: ApiSchema, runtime: Runtime) -> None:
        self._api, self._schema, self._runtime = api, schema, runtime
        self.bus = Bus()
        self.relay = Relay(runtime.database, self.bus)
        runtime.stream = EventStream(runtime.database, self.bus)

    @asynccontextmanager
    async def of(
        self, actor: Actor, count: int = 1, document: str = DOCUMENT, **variables: Any
    ) -> AsyncIterator[list[list[Any]]]:
        """So many equal subscribers, until the block ends."""
        told: list[list[Any]] = [[] for _ in range(count)]
        attached = self.bus.attached
        listening = (self._listen(actor, document, variables, results) for results in told)
        tasks = [asyncio.create_task(each) for each in listening]
        try:
            await until(lambda: self.bus.attached == attached + count)
            # In place: they have read where to begin.
            await asyncio.sleep(0.05)
            yield told
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert self.bus.attached == attached

    async def _listen(
        self, actor: Actor, document: str, variables: dict[str, Any], told: list[Any]
    ) -> None:
        context = Context(self._runtime, actor, "test")
        results = await self._schema.stream(
            document, variable_values=variables, context_value=context
        )
        async with aclosing(results):
            async for result in results:
                told.append(result)

    async def change(self, team: Any, tier: str) -> None:
        """A tier changes, and the relay tells of it."""
        await set_tier(self._api, team, tier)
        await publish_all(self.relay)


@pytest.fixture
async def audience(api: Api, schema: ApiSchema, runtime: Runtime, world: World) -> Audience:
    await import_ladder(world)
    made = Audience(api, schema, runtime)
    await publish_all(made.relay)
    return made


def told_one(told: list[list[Any]]) -> bool:
    return all(len(results) == 1 for results in told)


async def cost(audience: Audience, world: World, actor: Actor, count: int, tier: str) -> int:
    """How many statements one event takes that so many are told of."""
    async with audience.of(actor, count) as told:
        await set_tier(audience._api, world.acme, tier)
        with statements() as sent:
            await publish_all(audience.relay)
            await until(lambda: told_one(told))
        assert all(r[0].data == told[0][0].data and not r[0].errors for r in told)
    return len(sent)


async def test_an_event_costs_as_many_statements_for_fifty_as_for_one(audience, world: World):
    actor = world.acme.as_admin()
    alone = await cost(audience, world, actor, 1, "silver")
    assert await cost(audience, world, actor, 50, "gold") == alone


async def test_an_event_asks_nothing_for_subscribers_of_another_partner(audience, world: World):
    alone = await cost(audience, world, world.acme.as_admin(), 1, "silver")
    async with audience.of(world.rival.as_admin(), 20) as others:
        assert await cost(audience, world, world.acme.as_admin(), 1, "gold") == alone
    assert others == [[]] * 20


async def test_selections_aliases_and_switches_are_not_mixed_up(audience, world: World):
    actor = world.acme.as_admin()
    switch = (
        "subscription($all: Boolean!) { tierChanged { toTier { key name @include(if: $all) } } }"
    )
    async with (
        audience.of(actor) as [plain],
        audience.of(actor, document="subscription { it: tierChanged { to: toTier { key } } }") as [
            renamed
        ],
        audience.of(actor, document=switch, all=True) as [long],
        audience.of(actor, document=switch, all=False) as [short],
    ):
        everybody = [plain, renamed, long, short]
        await audience.change(world.acme, "silver")
        await until(lambda: told_one(everybody))
    assert plain[0].data["tierChanged"]["toTier"] == {"key": "silver"}
    assert renamed[0].data == {"it": {"to": {"key": "silver"}}}
    assert long[0].data["tierChanged"]["toTier"].keys() == {"key", "name"}
    assert short[0].data["tierChanged"]["toTier"] == {"key": "silver"}


async def test_arguments_below_are_not_mixed_up(audience, world: World):
    document = """subscription($first: Int!) { tierChanged { partner {
        advisors(first: $first) { nodes { id } }
    } } }"""
    actor = world.acme.as_admin()
    async with (
        audience.of(actor, 2, document, first=1) as one,
        audience.of(actor, 2, document, first=2) as two,
    ):
        await audience.change(world.acme, "silver")
        await until(lambda: told_one([*one, *two]))

    def shown(told: list[Any]) -> int:
        return len(told[0].data["tierChanged"]["partner"]["advisors"]["nodes"])

    assert [shown(told) for told in [*one, *two]] == [1, 1, 2, 2]


async def test_each_sees_what_its_own_rights_show(audience, world: World):
    document = "subscription { tierChanged { partner { clients(first: 9) { nodes { name } } } } }"
    acme = world.acme
    # Of which the advisor knows nothing.
    await Client.filter(id=world.rival.client.id).update(
        partner_id=acme.partner.id, domain="second.example"
    )
    narrow = Actor(
        Role.APP,
        partner_id=acme.partner.id,
        api_key_id=acme.partner.id,
        scopes=frozenset({Scope.EVENTS_READ}),
    )
    async with (
        audience.of(acme.as_admin(), document=document) as [admin],
        audience.of(acme.as_advisor(), 2, document) as [advisor, _],
        audience.of(narrow, 2, document) as [refused, refused_too],
    ):
        await audience.change(acme, "silver")
        await until(lambda: told_one([admin, advisor, refused, refused_too]))
        await audience.change(acme, "gold")
        await until(lambda: len(admin) == len(refused) == len(refused_too) == 2)
    assert admin[0].data["tierChanged"]["partner"]["clients"]["nodes"]
    assert not admin[0].errors
    assert advisor[0].data != admin[0].data
    # A key that is not made for what it asks is told so with each event.
    for result in [*refused, *refused_too]:
        [error] = result.errors
        assert (error.extensions["code"], error.path) == ("FORBIDDEN", ["tierChanged", "partner"])


async def test_those_who_come_back_together_share_what_they_missed(audience, world: World):
    await audience.change(world.acme, "silver")
    await audience.change(world.acme, "gold")
    document = f"subscription($after: Cursor) {{ tierChanged(after: $after) {{ {SELECTION} }} }}"
    async with audience.of(world.acme.as_admin(), 10, document, after=BEGINNING) as told:
        await until(lambda: all(len(results) == 2 for results in told))
    for results in told:
        assert [r.data["tierChanged"]["toTier"]["key"] for r in results] == ["silver", "gold"]


async def test_one_that_leaves_in_the_middle_takes_nobody_along(audience, world: World):
    actor = world.acme.as_admin()
    async with audience.of(actor, 5) as stay:
        async with audience.of(actor, 5):
            await set_tier(audience._api, world.acme, "silver")
            await audience.relay.publish()
            # They have been woken, and wait for the same answers as those who stay.
            await asyncio.sleep(0)
        await until(lambda: told_one(stay))
