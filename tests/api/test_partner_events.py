"""`partnerEvents`: everything that happens, of one partner or of all, as far as one may see it."""

from contextlib import aclosing
from typing import Any

import orjson
import pytest

from app.auth.actor import PUBLIC, Actor
from app.context import Context
from resolvers.subscription_payloads import encode
from tests.api.calls import Api, global_id, unknown_id
from tests.api.ladder import publish_events
from tests.api.standings import evaluate, import_north, make_silver
from tests.events import BEGINNING
from tests.world import World

DOCUMENT = """subscription($id: ID, $types: [EventType!], $after: Cursor) {
    partnerEvents(partnerId: $id, types: $types, after: $after) {
        id type cursor occurredAt data partner { slug } client { name } subject { __typename id }
    } }"""


@pytest.fixture
async def subscribe(schema, runtime):
    """Take so many answers of a subscription from the beginning on."""

    async def take(actor: Actor, count: int, **variables: Any) -> list[dict[str, Any]]:
        answers = await schema.stream(
            DOCUMENT,
            variable_values={"after": BEGINNING, **variables},
            context_value=Context(runtime, actor, "test"),
        )
        found: list[dict[str, Any]] = []
        if not hasattr(answers, "__anext__"):
            return [{"code": error.extensions["code"]} for error in answers.errors]
        async with aclosing(answers):
            async for answer in answers:
                if answer.errors:
                    return [{"code": error.extensions["code"]} for error in answer.errors]
                found.append(orjson.loads(encode(answer))["data"]["partnerEvents"])
                if len(found) == count:
                    break
        return found

    return take


@pytest.fixture
async def happened(api: Api, world: World) -> None:
    """Facts about acme, an evaluation of it and one of its rival; all of it is published."""
    await import_north(world)
    await make_silver(api, world.acme)
    await evaluate(api, world.rival)
    await publish_events(world)


async def test_events_come_in_order_with_what_they_are_about(subscribe, world: World, happened):
    told = await subscribe(world.acme.as_admin(), 4)
    assert [event["type"] for event in told][:4] == ["ACTIVITY_RECORDED"] * 3 + ["TIER_CHANGED"]
    assert {event["partner"]["slug"] for event in told} == {"acme"}
    assert [event["subject"]["__typename"] for event in told] == [
        *["ActivityRecord"] * 3,
        "TierDecision",
    ]
    assert told[3]["data"]["toTier"] == "silver"


async def test_it_goes_on_behind_a_cursor(subscribe, world: World, happened):
    told = await subscribe(world.acme.as_admin(), 4)
    again = await subscribe(world.acme.as_admin(), 1, after=told[2]["cursor"])
    assert again == told[3:]


async def test_only_the_types_that_are_asked_for(subscribe, world: World, happened):
    told = await subscribe(world.as_vendor(), 2, types=["TIER_CHANGED"])
    assert [(e["type"], e["partner"]["slug"]) for e in told] == [
        ("TIER_CHANGED", "acme"),
        ("TIER_CHANGED", "rival"),
    ]


async def test_only_the_partner_that_is_asked_for(subscribe, world: World, happened):
    told = await subscribe(world.as_vendor(), 1, id=global_id(world.rival.partner))
    assert [event["partner"]["slug"] for event in told] == ["rival"]


async def test_a_team_is_told_of_its_own(subscribe, world: World, happened):
    told = await subscribe(world.rival.as_advisor(), 1)
    assert [event["partner"]["slug"] for event in told] == ["rival"]


async def test_who_is_refused(subscribe, world: World, happened):
    assert await subscribe(PUBLIC, 1) == [{"code": "UNAUTHENTICATED"}]
    for id in (global_id(world.acme.partner), unknown_id("Partner")):
        assert await subscribe(world.rival.as_admin(), 1, id=id) == [{"code": "BAD_USER_INPUT"}]
    assert await subscribe(world.as_vendor(), 1, types=[]) == [{"code": "BAD_USER_INPUT"}]
