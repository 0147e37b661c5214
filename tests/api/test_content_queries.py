"""`contentLibraries` and `contentItem`: what each kind of actor finds in the libraries."""

from app.auth.actor import PUBLIC
from app.persistence.models import ContentItem
from tests.api.calls import Api, global_id, unknown_id
from tests.clients import add_item, add_version
from tests.world import World

LIBRARIES = """{ contentLibraries {
    kind name partner { slug } items { totalCount nodes { title } }
} }"""
ITEM = """query($id: ID!) { contentItem(id: $id) {
    title kind description tags price { amount currencyCode } audience { key } locked retired
    library { kind name } latestVersion { number }
    versions { number status body notes checksum publishedAt retiredAt }
    adoptedFrom { title } adoptedVersion { number }
} }"""

OPEN = {
    "kind": "OPEN",
    "name": "Open library",
    "partner": None,
    "items": {"totalCount": 1, "nodes": [{"title": "Baseline controls"}]},
}


def exclusive(name: str, slug: str, *titles: str) -> dict:
    items = {"totalCount": len(titles), "nodes": [{"title": title} for title in titles]}
    return {
        "kind": "EXCLUSIVE",
        "name": f"{name} library",
        "partner": {"slug": slug},
        "items": items,
    }


async def test_a_partner_sees_the_open_library_and_its_own(api: Api, world: World):
    await add_item(world.acme.library, "Our policy")
    await add_item(world.rival.library, "Their policy")
    mine = exclusive("Acme Advisory", "acme", "Our policy")
    for actor in (world.acme.as_admin(), world.acme.as_advisor(), world.acme.as_app()):
        assert (await api.data(actor, LIBRARIES))["contentLibraries"] == [OPEN, mine]


async def test_the_vendor_sees_all_libraries_the_open_one_first(api: Api, world: World):
    await add_item(world.rival.library, "Their policy")
    libraries = (await api.data(world.as_vendor(), LIBRARIES))["contentLibraries"]
    assert libraries == [
        OPEN,
        exclusive("Acme Advisory", "acme"),
        exclusive("Rival Consulting", "rival", "Their policy"),
    ]


async def test_a_client_user_sees_its_partners_library_with_what_it_was_given(
    api: Api, world: World
):
    await add_item(world.acme.library, "Not given")
    libraries = (await api.data(world.acme.as_client_user(), LIBRARIES))["contentLibraries"]
    assert libraries == [exclusive("Acme Advisory", "acme")]


async def test_the_public_sees_no_content(api: Api, world: World):
    assert await api.error(PUBLIC, LIBRARIES) == "UNAUTHENTICATED"
    id = global_id(world.open_item)
    assert await api.error(PUBLIC, ITEM, id=id) == "UNAUTHENTICATED"


async def test_an_item_with_its_versions(api: Api, world: World):
    item = await add_item(
        world.acme.library,
        "Our policy",
        tags=["iso", "Zürich"],
        price_minor=12_900,
        price_currency="USD",
    )
    for number, status in [(1, "RETIRED"), (2, "PUBLISHED"), (3, "DRAFT")]:
        await add_version(item, number, status)
    found = (await api.data(world.acme.as_admin(), ITEM, id=global_id(item)))["contentItem"]
    versions = found.pop("versions")
    assert found == {
        "title": "Our policy",
        "kind": "POLICY",
        "description": "",
        "tags": ["iso", "Zürich"],
        "price": {"amount": "129.00", "currencyCode": "USD"},
        "audience": [],
        "locked": False,
        "retired": False,
        "library": {"kind": "EXCLUSIVE", "name": "Acme Advisory library"},
        "latestVersion": {"number": 2},
        "adoptedFrom": None,
        "adoptedVersion": None,
    }
    assert [(v["number"], v["status"]) for v in versions] == [
        (3, "DRAFT"),
        (2, "PUBLISHED"),
        (1, "RETIRED"),
    ]
    assert versions[1]["body"] == "Version 2" and len(versions[1]["checksum"]) == 64
    assert versions[1]["publishedAt"] == "2024-01-01T00:00:00Z"
    assert versions[1]["retiredAt"] is None and versions[0]["publishedAt"] is None


async def test_the_vendors_drafts_are_its_own(api: Api, world: World):
    await add_version(world.open_item, 2, "DRAFT")
    document = "query($id: ID!) { contentItem(id: $id) { versions { number } } }"
    id = global_id(world.open_item)
    seen = await api.data(world.acme.as_admin(), document, id=id)
    assert seen["contentItem"]["versions"] == [{"number": 1}]
    seen = await api.data(world.as_vendor(), document, id=id)
    assert seen["contentItem"]["versions"] == [{"number": 2}, {"number": 1}]


async def test_an_adopted_item_points_at_the_open_one(api: Api, world: World):
    item = await add_item(
        world.acme.library,
        "Baseline controls",
        adopted_item_id=world.open_item.id,
        adopted_version_id=world.open_version.id,
    )
    found = (await api.data(world.acme.as_advisor(), ITEM, id=global_id(item)))["contentItem"]
    assert found["adoptedFrom"] == {"title": "Baseline controls"}
    assert found["adoptedVersion"] == {"number": 1}
    assert found["versions"] == [] and found["latestVersion"] is None


async def test_an_item_of_another_team_is_not_there(api: Api, world: World):
    item = await add_item(world.acme.library, "Our policy")
    for actor in (world.rival.as_admin(), world.rival.as_advisor(), world.rival.as_app()):
        for id in (global_id(item), unknown_id("ContentItem"), "", global_id(world.acme.client)):
            assert await api.data(actor, ITEM, id=id) == {"contentItem": None}
    assert await ContentItem.exists(id=item.id)
