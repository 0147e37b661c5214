"""`tierChanged`: what a subscriber is told, and whom it is told about."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
import pytest

from app.auth.actor import PUBLIC, Actor
from app.context import Context
from app.events.retention import Retention
from app.settings import Settings
from resolvers.subscription_payloads import encode
from tests.api.calls import Api, global_id, unknown_id
from tests.api.ladder import import_ladder, publish_events, set_tier
from tests.events import BEGINNING, happen
from tests.world import World

DOCUMENT = """subscription($id: ID, $after: Cursor) { tierChanged(partnerId: $id, after: $after) {
    cursor occurredAt partner { slug } program { key } fromTier { key } toTier { key }
    direction reason decision { origin }
    benefitsGained { benefit { key } value } benefitsLost { benefit { key } value }
} }"""


class Subscriber:
    """Subscribes as an actor, and takes as many answers as a test expects."""

    def __init__(self, schema, runtime) -> None:
        self._schema, self._runtime = schema, runtime

    async def answers(self, actor: Actor, **variables: Any) -> AsyncIterator[Any]:
        context = Context(self._runtime, actor, "test")
        events = await self._schema.stream(
            DOCUMENT, variable_values=variables, context_value=context
        )
        if not hasattr(events, "__anext__"):
            yield events
            return
        async with aclosing(events):
            async for answer in events:
                yield answer

    async def take(self, actor: Actor, count: int, **variables: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with aclosing(self.answers(actor, **variables)) as answers:
            async for answer in answers:
                assert not answer.errors, answer.errors
                # As it is sent.
                found.append(orjson.loads(encode(answer))["data"]["tierChanged"])
                if len(found) == count:
                    return found
        raise AssertionError("The subscription ended")

    async def refusal(self, actor: Actor, **variables: Any) -> str:
        async with aclosing(self.answers(actor, **variables)) as answers:
            [error] = (await anext(answers)).errors
            return error.extensions["code"]


@pytest.fixture
def subscriber(schema, runtime) -> Subscriber:
    return Subscriber(schema, runtime)


@pytest.fixture
async def changes(api: Api, world: World) -> None:
    """Acme is placed and promoted, the rival placed in between; all of it is published."""
    await import_ladder(world)
    await set_tier(api, world.acme, "silver")
    await set_tier(api, world.rival, "platinum")
    await set_tier(api, world.acme, "gold")
    await publish_events(world)


async def test_a_change_tells_all_about_itself(subscriber, world: World, changes):
    placed, promoted = await subscriber.take(world.acme.as_app(), 2, after=BEGINNING)
    gained = {b["benefit"]["key"]: b["value"].get("rate") for b in promoted.pop("benefitsGained")}
    lost = {b["benefit"]["key"]: b["value"].get("rate") for b in promoted.pop("benefitsLost")}
    assert (gained["margin-share"], lost["margin-share"]) == ("0.30", "0.20")
    assert promoted.pop("cursor") != placed["cursor"]
    assert promoted == {
        "occurredAt": "2026-03-02T09:30:00Z",
        "partner": {"slug": "acme"},
        "program": {"key": "sixclicks"},
        "fromTier": {"key": "silver"},
        "toTier": {"key": "gold"},
        "direction": "PROMOTION",
        "reason": "Signed the new agreement.",
        "decision": {"origin": "MANUAL"},
    }
    assert (placed["fromTier"], placed["benefitsLost"]) == (None, [])


async def test_it_goes_on_right_behind_a_cursor(subscriber, world: World, changes):
    placed, promoted = await subscriber.take(world.acme.as_admin(), 2, after=BEGINNING)
    again = await subscriber.take(world.acme.as_admin(), 1, after=placed["cursor"])
    assert again == [promoted]


async def test_each_is_told_of_what_it_may_see(subscriber, world: World, changes):
    def slugs(found: list[dict[str, Any]]) -> list[str]:
        return [change["partner"]["slug"] for change in found]

    everything = await subscriber.take(world.as_vendor(), 3, after=BEGINNING)
    assert slugs(everything) == ["acme", "rival", "acme"]
    [mine] = await subscriber.take(world.rival.as_advisor(), 1, after=BEGINNING)
    assert mine == everything[1]
    one = await subscriber.take(
        world.as_vendor(), 1, id=global_id(world.rival.partner), after=BEGINNING
    )
    assert slugs(one) == ["rival"]


async def test_another_partner_is_as_one_that_does_not_exist(
    subscriber, api: Api, world: World, changes
):
    told = []
    for id in (global_id(world.acme.partner), unknown_id("Partner"), "nonsense"):
        answers = subscriber.answers(world.rival.as_admin(), id=id, after=BEGINNING)
        async with aclosing(answers) as stream:
            [error] = (await anext(stream)).errors
            told.append((error.message, error.extensions["code"]))
    assert told == [("There is no such partner.", "BAD_USER_INPUT")] * 3


async def test_whoever_may_not_subscribe_is_refused(subscriber, world: World):
    assert await subscriber.refusal(PUBLIC) == "UNAUTHENTICATED"
    without = Actor(
        world.acme.as_app().role,
        partner_id=world.acme.partner.id,
        api_key_id=world.acme.partner.id,
        scopes=frozenset(),
    )
    assert await subscriber.refusal(without) == "FORBIDDEN"


async def test_a_cursor_that_was_not_given_is_refused(subscriber, world: World):
    for after in ("nonsense", "ZTE6MDA3", "e1"):
        assert await subscriber.refusal(world.acme.as_admin(), after=after) == "INVALID_CURSOR"


async def test_a_cursor_behind_which_events_were_deleted_has_expired(
    subscriber, api: Api, world: World, changes
):
    world.clock.advance(days=40)
    await happen(world, world.acme)
    await publish_events(world)
    await Retention(Settings(event_retention_days=30), world.database, world.clock).sweep()

    assert await subscriber.refusal(world.as_vendor(), after=BEGINNING) == "CURSOR_EXPIRED"
