"""What one team reads and hears, whatever another one has: nothing of it, and no trace."""

from contextlib import aclosing
from typing import Any
from uuid import uuid4

import orjson
import pytest
from tortoise import fields

from app.auth.actor import Actor
from app.auth.policy import Action, decide
from app.context import Context, Runtime
from app.events import cursors
from app.events.bus import Bus
from app.events.relay import Relay
from app.graphql.endpoint import ApiSchema
from app.persistence import models
from resolvers.subscription_payloads import encode as encoded
from schema.node import encode
from tests.contract.crawling import crawl, found_ids, text
from tests.contract.full_database import Full
from tests.contract.tenant_pairs import ids_of, outsiders
from tests.events import happen, patience, publish_all
from tests.execute import Ask
from tests.world import Team

MARK = "of the rival"
# Texts that hold none: closed lists and codes are no longer, and these are compared or computed.
SHORT = 32
BARE = ("key", "digest", "checksum", "hash", "secret_hash", "actor_key")


@pytest.mark.parametrize("who", ["partner admin", "advisor", "client user", "app", "newcomer"])
async def test_nothing_of_another_teams_shows_anywhere(full: Full, ask: Ask, schema, who: str):
    """Every text of the rival's has a mark in it; whatever acme can reach is read."""
    world = full.world
    await plant(world.rival)
    told = await crawl(schema, ask, outsiders(world.acme)[who])
    assert MARK not in text(told) and "INTERNAL" not in text(told)
    foreign = await ids_of(schema, "partner_id", world.rival.partner.id)
    assert found_ids(told) & {id for ids in foreign.values() for id in ids} == set()
    if who == "partner admin":
        rivals = await crawl(schema, ask, world.rival.as_admin())
        assert text(rivals).count(MARK) > 40


async def plant(team: Team) -> None:
    """Put the mark into every text of the team's rows that is free to hold it."""
    for name in models.__all__:
        model = getattr(models, name)
        own = "id" if model is models.Partner else "partner_id"
        if own not in model._meta.fields_map:
            continue
        texts = [key for key in model._meta.fields_map if plantable(model, key)]
        for row in await model.filter(**{own: team.partner.id}) if texts else ():
            marked = {key: f"{MARK} {getattr(row, key)}" for key in texts if getattr(row, key)}
            await model.filter(id=row.id).update(**marked)


def plantable(model: Any, key: str) -> bool:
    field = model._meta.fields_map[key]
    if isinstance(field, fields.TextField):
        return True
    if not isinstance(field, fields.CharField) or field.source_field or key.endswith("_id"):
        return False
    return field.max_length > SHORT and key not in BARE and not key.endswith("_key")


SUBSCRIPTION = """subscription($v: ID, $after: Cursor) {{
  {name}(partnerId: $v, after: $after) {{ cursor }} }}"""


@pytest.mark.parametrize("name", ["tierChanged", "partnerEvents"])
async def test_nothing_of_another_teams_is_delivered(
    full: Full, runtime: Runtime, schema: ApiSchema, name: str
):
    world = full.world
    acme, rival = world.acme, world.rival
    # What each subscriber waits for comes last, behind all that is not its own.
    other = full.teams["acme"].of(models.Client)[0]
    await models.AdvisorAssignment.filter(client_id=other.id).update(ended_at=other.created_at)
    await happen(world, rival, rival)
    await happen(world, acme, client_id=other.id)
    await happen(world, acme, client_id=acme.client.id)
    await publish_all(Relay(world.database, Bus()))
    after = cursors.encode(full.sequence)

    async def first(actor: Actor, partner: str | None) -> Any:
        answers = await schema.stream(
            SUBSCRIPTION.format(name=name),
            variable_values={"v": partner, "after": after},
            context_value=Context(runtime, actor, "test"),
        )
        if not hasattr(answers, "__anext__"):
            return [error.formatted for error in answers.errors]
        async with patience(), aclosing(answers):
            answer = await anext(answers)
        if answer.errors:
            return [error.formatted for error in answer.errors]
        return orjson.loads(encoded(answer))["data"][name]

    foreign, nothing = [encode("Partner", id) for id in (rival.partner.id, uuid4())]
    for who, actor in outsiders(acme).items():
        told = await first(actor, foreign)
        assert told == await first(actor, nothing), who
        assert "extensions" in told[0], who
        if name == "partnerEvents" and decide(actor, Action.READ_EVENTS).allowed:
            # The rival's two, and for some the other client's, come before it.
            expected = 4 if who in ("advisor", "client user") else 3
            cursor = cursors.encode(full.sequence + expected)
            assert await first(actor, None) == {"cursor": cursor}, who
