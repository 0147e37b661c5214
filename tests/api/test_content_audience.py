"""Whom content is for, as partners meet it: what is for others does not exist."""

from typing import Any

import pytest

from app.auth.actor import PUBLIC, Actor
from app.persistence import models
from tests.api.calls import Api, global_id
from tests.api.ladder import import_ladder, set_tier
from tests.clients import add_item
from tests.world import LONG_AGO, World

LIBRARY = "{ contentLibraries { kind items { totalCount nodes { title } } } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
GROUPS = """{ partnerGroups { totalCount nodes { key name members { nodes { partner { slug } } } } }
    partner(slug: "acme") { groups { key } } }"""


async def limited(world: World, kind: str, key: str) -> list[str]:
    """The open item for some; ids of it, its version, its file and its audience."""
    audience = await models.ContentAudience.create(item=world.open_item, kind=kind, key=key)
    attachment = await models.Attachment.create(
        item=world.open_item,
        version=world.open_version,
        name="controls.pdf",
        media_type="application/pdf",
        size=1,
        checksum="0" * 64,
        created_at=LONG_AGO,
    )
    rows = (world.open_item, world.open_version, attachment, audience)
    return [global_id(row) for row in rows]


async def exists(api: Api, actor: Actor, ids: list[str]) -> bool:
    """Whether all of it is there for an actor, by id and in the library; or nothing is."""
    nodes = (await api.data(actor, NODES, ids=ids))["nodes"]
    libraries = (await api.data(actor, LIBRARY))["contentLibraries"]
    [items] = [library["items"] for library in libraries if library["kind"] == "OPEN"]
    seen = {node is not None for node in nodes} | {items["totalCount"] == 1, items["nodes"] != []}
    assert len(seen) == 1
    return seen.pop()


async def join(world: World, team: Any, key: str = "pilot") -> models.PartnerGroup:
    group = await models.PartnerGroup.get_or_none(key=key) or await models.PartnerGroup.create(
        key=key, name="Pilot", created_at=LONG_AGO
    )
    await models.PartnerGroupMember.create(group=group, partner=team.partner, added_at=LONG_AGO)
    return group


async def test_what_is_for_a_group_is_for_its_partners(api: Api, world: World):
    ids = await limited(world, "GROUP", "pilot")
    group = await join(world, world.acme)
    for actor in (world.acme.as_admin(), world.acme.as_advisor(), world.acme.as_app()):
        assert await exists(api, actor, ids)
    assert await exists(api, world.as_vendor(), ids)
    for actor in (world.rival.as_admin(), world.rival.as_advisor(), world.rival.as_app()):
        assert not await exists(api, actor, ids)
    out = {"groupId": global_id(group), "remove": [global_id(world.acme.partner)]}
    await api.done(world.as_vendor(), "setPartnerGroupMembers", "partnerGroup { key }", out)
    assert not await exists(api, world.acme.as_admin(), ids)


async def test_what_is_for_a_tier_is_for_the_partners_in_it(api: Api, world: World):
    await import_ladder(world)
    ids = await limited(world, "TIER", "gold")
    assert not await exists(api, world.acme.as_admin(), ids)
    await set_tier(api, world.acme, "gold")
    assert await exists(api, world.acme.as_admin(), ids)
    assert not await exists(api, world.rival.as_admin(), ids)
    await set_tier(api, world.acme, "silver")
    assert not await exists(api, world.acme.as_admin(), ids)
    # One of a tier and a group is enough.
    await models.ContentAudience.create(item=world.open_item, kind="GROUP", key="pilot")
    await join(world, world.rival)
    assert await exists(api, world.rival.as_admin(), ids)


async def test_what_was_adopted_and_given_stays(api: Api, world: World):
    acme = world.acme
    ids = await limited(world, "GROUP", "pilot")
    mine = await add_item(
        acme.library,
        "Mine",
        adopted_item_id=world.open_item.id,
        adopted_version_id=world.open_version.id,
    )
    await models.ContentGrant.create(
        partner=acme.partner,
        client=acme.client,
        item=mine,
        version=world.open_version,
        source="PUSH",
        granted_at=LONG_AGO,
    )
    assert await exists(api, acme.as_admin(), ids)
    document = """{ viewer { client { content { nodes { locked client { name }
        item { title } version { body item { title } attachments { name } } } } } } }"""
    client = (await api.data(acme.as_client_user(), document))["viewer"]["client"]
    assert client["content"]["nodes"] == [
        {
            "locked": False,
            "client": {"name": acme.client.name},
            "item": {"title": "Mine"},
            "version": {
                "body": "# Controls",
                "item": None,
                "attachments": [{"name": "controls.pdf"}],
            },
        }
    ]
    assert not await exists(api, world.rival.as_admin(), ids)


async def test_a_partner_sees_its_own_groups_and_nobody_elses_membership(api: Api, world: World):
    await join(world, world.acme)
    await join(world, world.rival)
    await join(world, world.rival, "secret")

    async def groups(actor: Actor) -> Any:
        data = await api.data(actor, GROUPS)
        found = {
            node["key"]: [member["partner"]["slug"] for member in node["members"]["nodes"]]
            for node in data["partnerGroups"]["nodes"]
        }
        assert data["partnerGroups"]["totalCount"] == len(found)
        return found, data["partner"] and [group["key"] for group in data["partner"]["groups"]]

    everybody = {"pilot": ["acme", "rival"], "secret": ["rival"]}
    assert await groups(world.as_analyst()) == (everybody, ["pilot"])
    assert await groups(world.acme.as_advisor()) == ({"pilot": ["acme"]}, ["pilot"])
    assert await groups(world.rival.as_app()) == ({"pilot": ["rival"], "secret": ["rival"]}, None)
    assert await groups(world.acme.as_client_user()) == ({}, [])
    document = "{ partnerGroups { totalCount } }"
    assert await api.error(PUBLIC, document) == "UNAUTHENTICATED"


@pytest.mark.parametrize("who", ["analyst", "partner", "client user", "public"])
async def test_only_the_vendors_admin_changes_groups(api: Api, world: World, who: str):
    actor = {
        "analyst": world.as_analyst(),
        "partner": world.acme.as_admin(),
        "client user": world.acme.as_client_user(),
        "public": PUBLIC,
    }[who]
    code = "UNAUTHENTICATED" if actor is PUBLIC else "FORBIDDEN"
    group = await join(world, world.acme)
    made = {"key": "a", "name": "A"}
    changed = {"groupId": global_id(group), "add": [global_id(world.rival.partner)]}
    assert await api.rejected(actor, "createPartnerGroup", made) == code
    assert await api.rejected(actor, "setPartnerGroupMembers", changed) == code
