"""`previewProgramVersion`: who would move, for the vendor alone."""

from dataclasses import replace

import pytest
import yaml

from app.auth.actor import PUBLIC
from app.domain.identity import Scope
from app.domain.programs.parse import parse_program
from app.services.programs.import_program import import_program
from schema.node import encode
from tests.api.calls import Api, unknown_id
from tests.api.database_digest import digest
from tests.api.standings import DEFINITION, add_like, import_north, make_silver
from tests.contract.recorded_sql import statements
from tests.world import World

PREVIEW = """query($version: ID, $text: String, $first: Int, $after: Cursor) {
    previewProgramVersion(versionId: $version, text: $text, first: $first, after: $after) {
        examined up down unchanged
        nodes { direction reason failing atRiskOn fromTier { key rank } toTier { key rank }
            partner { slug name } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }"""


def stricter():
    """Silver takes twice as many people."""
    file = yaml.safe_load(yaml.safe_dump(DEFINITION))
    file["tiers"][1]["requirement"]["of"][1] |= {"threshold": 2, "label": "2 people certified"}
    return file


@pytest.fixture
async def api(api: Api, world: World) -> Api:
    await import_north(world)
    await make_silver(api, world.acme)
    return api


async def preview(api: Api, actor=None, **variables):
    data = await api.data(actor or api.world.as_vendor(), PREVIEW, **variables)
    return data["previewProgramVersion"]


async def draft(world: World, **changes) -> str:
    definition = replace(parse_program(stricter()), **changes)
    made = await world.database.transaction(
        lambda: import_program(definition, at=world.clock.now(), publish=False)
    )
    return encode("ProgramVersion", made.version_id)


async def test_a_draft_and_its_text_say_the_same(api: Api, world: World):
    version = await draft(world)
    before = await digest(world.database)
    told = await preview(api, version=version)
    fallen, entered = told["nodes"]
    assert fallen == {
        "direction": "DEMOTION",
        "reason": "Silver is no longer met: 2 people certified. Now in Bronze.",
        "failing": ["2 people certified"],
        "atRiskOn": None,
        "fromTier": {"key": "silver", "rank": 2},
        "toTier": {"key": "bronze", "rank": 1},
        "partner": {"slug": "acme", "name": "Acme Advisory"},
    }
    assert (entered["partner"]["slug"], entered["fromTier"]) == ("rival", None)
    assert entered["direction"] == "PLACED"
    counts = [told[name] for name in ("examined", "up", "down", "unchanged")]
    assert counts == [2, 1, 1, 0]
    assert await preview(api, text=yaml.safe_dump(stricter())) == told
    assert await digest(world.database) == before


async def test_pages(api: Api, world: World):
    await add_like(world.acme, 5)
    version, after, seen, examined = await draft(world), None, [], 0
    for _ in range(10):
        told = await preview(api, version=version, first=2, after=after)
        seen += [node["partner"]["slug"] for node in told["nodes"]]
        examined += told["examined"]
        assert told["pageInfo"]["hasPreviousPage"] == (after is not None)
        after = told["pageInfo"]["endCursor"]
        if not told["pageInfo"]["hasNextPage"]:
            break
    assert seen == ["acme", "rival", *(f"partner-{number}" for number in range(5))]
    assert examined == 7


async def test_partners_of_a_page_are_read_together(api: Api, world: World):
    version = await draft(world)
    await preview(api, version=version)
    with statements() as few:
        await preview(api, version=version)
    await add_like(world.acme, 20)
    with statements() as many:
        assert len((await preview(api, version=version, first=50))["nodes"]) == 22
    assert len(few) == len(many)


async def test_who_may(api: Api, world: World):
    version = await draft(world)
    assert len((await preview(api, world.as_analyst(), version=version))["nodes"]) == 2
    acme = world.acme
    for actor in (acme.as_admin(), acme.as_advisor(), acme.as_client_user(), acme.as_app()):
        assert await api.error(actor, PREVIEW, version=version) == "FORBIDDEN"
    app = replace(acme.as_app(Scope.CLIENTS_READ), partner_id=None)
    assert await api.error(app, PREVIEW, version=version) == "FORBIDDEN"
    assert await api.error(PUBLIC, PREVIEW, version=version) == "UNAUTHENTICATED"


async def test_a_version_that_is_not_there(api: Api, world: World):
    assert await preview(api, version=unknown_id("ProgramVersion")) is None


async def test_what_is_refused(api: Api, world: World, ask):
    version = await draft(world)
    cases = [
        ({}, "Give either versionId or text."),
        ({"version": version, "text": "key: a"}, "Give either versionId or text."),
        ({"version": version, "first": 0}, "first must be from 1 to 100."),
        ({"version": version, "after": "abc"}, "The cursor is not one that this list gave."),
        ({"text": "key: north\ntiers: 1"}, "text: "),
    ]
    for variables, message in cases:
        [error] = (await ask(world.as_vendor(), PREVIEW, **variables))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"].startswith(message), error["message"]
