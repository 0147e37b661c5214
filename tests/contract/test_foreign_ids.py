"""Every place that takes an id, for everybody but the vendor, with ids of what is not theirs.

The answer is the one to an id of nothing, to the byte, and nothing is written. `places` finds the
places. What planned reads may select, whatever is asked, is proven in `test_plan_proof`.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from strawberry import Schema

from app.auth.actor import Actor
from app.auth.policy import Action
from app.graphql.endpoint import ApiSchema
from app.persistence import models
from schema.node import encode
from tests.api.database_digest import digest
from tests.contract.crawling import found_ids, text
from tests.contract.documents import core
from tests.contract.id_arguments import OF_ANYTHING, OF_THE_VENDOR, Place, places
from tests.contract.tenant_pairs import Asker, make_neighbours
from tests.execute import Ask
from tests.world import Team, World

# Places that say the same of what is one's own here: what is named must fit another input too, or
# is for the vendor alone.
NOT_HEARD = {
    "Query.previewContentPush.input.partners.ids",
    "Mutation.pushContent.input.partners.ids",
    "Mutation.reverseActivity.input.record.external.partnerId",
    "Mutation.creditInvoice.input.lines.lineId",
}


@pytest.fixture
async def asker(world: World, ask: Ask, schema: ApiSchema) -> Asker:
    return Asker(ask, schema, await make_neighbours(world, schema))


def asking_places(schema: Schema) -> list[Place]:
    """Those where one partner could name what is another's, one answer at a time."""
    apart = OF_ANYTHING | OF_THE_VENDOR
    return [
        place for place in places(schema) if str(place) not in apart and place.on != "Subscription"
    ]


def test_of_every_place_it_is_known_what_it_takes(schema: ApiSchema):
    types = core(schema).type_map
    found = places(schema)
    assert len(found) > 130
    apart = OF_ANYTHING | OF_THE_VENDOR
    assert [str(p) for p in found if not p.takes and str(p) not in apart] == []
    assert {p.takes for p in found if p.takes} <= set(types)
    # No name has stayed of what is there no longer.
    assert apart <= {str(place) for place in found}


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
async def test_every_place_finds_what_is_ones_own(asker: Asker, schema: ApiSchema):
    """Else the tests below would hold wherever nothing is ever found."""
    world, deaf = asker.near.world, set()
    # What a mutation is about stands first in its input: it is used up last, clients at the end.
    last_first = asking_places(schema)[::-1]
    for place in sorted(last_first, key=lambda place: place.field == "archiveClient"):
        actors = [world.acme.as_admin(), world.as_vendor()]
        if place.on == "Mutation":
            actors.insert(0, asker.near.calls[place.field].actor)
        if not await finds(asker, place, actors):
            deaf.add(str(place))
    assert deaf == NOT_HEARD


async def finds(asker: Asker, place: Place, actors: list[Actor]) -> bool:
    team, name = asker.near.owner(place), place.takes or ""
    own = list(asker.near.ids[team.partner.id][name])
    if name == "ContentVersion":
        own += [encode(name, row.id) for row in await models.ContentVersion.filter(partner_id=None)]
    for actor in actors:
        nothing = await asker.at(place, actor, team, encode(name, uuid4()))
        for id in own:
            if await asker.at(place, actor, team, id) != nothing:
                return True
    return False


async def test_the_id_of_another_teams_is_the_id_of_nothing(asker: Asker, schema: ApiSchema):
    near = asker.near
    before = await digest(near.world.database)
    for place in asking_places(schema):
        team = near.owner(place)
        other = near.world.rival if team is near.world.acme else near.world.acme
        await same_as_nothing(
            asker, place, team, near.actors(team), near.ids[other.partner.id][place.takes or ""][:1]
        )
    assert await digest(near.world.database) == before


@pytest.mark.parametrize("who", ["advisor", "idle advisor", "client user"])
async def test_the_id_of_another_client_of_the_team_is_the_id_of_nothing(
    asker: Asker, schema: ApiSchema, who: str
):
    near, team = asker.near, asker.near.world.acme
    before = await digest(near.world.database)
    for place in asking_places(schema):
        hidden = near.ids[team.client.id].get(place.takes or "", [])
        if place.takes != "Client" and "client_id" not in fields_of(schema, place.takes):
            continue
        await same_as_nothing(asker, place, team, {who: near.actors(team)[who]}, hidden[:1])
    assert await digest(near.world.database) == before


def fields_of(schema: Schema, name: str | None) -> Any:
    type_ = core(schema).type_map[name or ""]
    return type_.extensions["strawberry-definition"].origin.__model__._meta.fields_map


async def same_as_nothing(
    asker: Asker, place: Place, team: Team, actors: Mapping[str, Actor], ids: list[str]
) -> None:
    nothing = encode(place.takes or "", uuid4())
    for who, actor in actors.items():
        expected = await asker.at(place, actor, team, nothing)
        for id in ids:
            told = await asker.at(place, actor, team, id)
            assert told == expected, (str(place), who)
            assert "INTERNAL" not in text(told), (str(place), who)


async def test_what_takes_any_id_takes_none_of_another_teams(
    asker: Asker, ask: Ask, schema: ApiSchema
):
    near = asker.near
    foreign = [id for ids in near.ids[near.world.rival.partner.id].values() for id in ids]
    unknown = [f"{id.rpartition('_')[0]}_{uuid4().hex}" for id in foreign]
    by_type = {id.rpartition("_")[0]: at for at, id in enumerate(foreign)}
    some = [[ids[at] for at in by_type.values()] for ids in (foreign, unknown)]
    assert len(by_type) > 30
    for who, actor in near.actors(near.world.acme).items():
        for start in range(0, len(foreign), 100):
            part = slice(start, start + 100)
            told, nothing = [
                await ask(actor, "query($v: [ID!]!) { nodes(ids: $v) { id } }", v=ids[part])
                for ids in (foreign, unknown)
            ]
            assert told == nothing and "INTERNAL" not in text(told), who
            assert found_ids(told) == set(), who
        if who.startswith("app with"):
            continue
        # One of each type as `node`, and asked whether something may be done with it.
        told, nothing = [await ask(actor, one_by_one(ids)) for ids in some]
        assert told == nothing and told["data"] and found_ids(told) == set(), who


def one_by_one(ids: list[str]) -> str:
    actions = list(Action)
    cans = " ".join(
        f'c{i}: can(action: {actions[i % len(actions)]}, on: "{id}") {{ allowed reason }}'
        for i, id in enumerate(ids)
    )
    nodes = " ".join(f'n{i}: node(id: "{id}") {{ __typename id }}' for i, id in enumerate(ids))
    return f"{{ viewer {{ {cans} }} {nodes} }}"
