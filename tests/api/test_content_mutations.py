"""`createContentItem`, `publishContentVersion`, `adoptContentItem`."""

from typing import Any

from app.auth.actor import PUBLIC
from app.persistence.models import ContentAudience, Partner
from tests.api.calls import Api, global_id, unknown_id
from tests.api.ladder import import_ladder, set_tier
from tests.clients import add_item, add_version
from tests.world import World

CREATED = """contentItem { title kind tags description price { amount currencyCode }
    audience { kind key }
    library { kind partner { slug } } latestVersion { number } }
contentVersion { number status body notes publishedAt }"""


def policy(**changes: Any) -> dict[str, Any]:
    """An input of `createContentItem` that is fine but for the changes."""
    return {"kind": "POLICY", "title": "Our  policy", "body": "# Policy", **changes}


async def test_a_partner_makes_an_item_with_a_price(api: Api, world: World):
    made = await api.done(
        world.acme.as_advisor(),
        "createContentItem",
        CREATED,
        policy(
            tags=["ISO", "iso", " two  words "],
            price={"amount": "129.00", "currencyCode": "USD"},
            notes="First",
        ),
    )
    assert made == {
        "contentItem": {
            "title": "Our policy",
            "kind": "POLICY",
            "tags": ["ISO", "two words"],
            "description": "",
            "price": {"amount": "129.00", "currencyCode": "USD"},
            "audience": [],
            "library": {"kind": "EXCLUSIVE", "partner": {"slug": "acme"}},
            "latestVersion": None,
        },
        "contentVersion": {
            "number": 1,
            "status": "DRAFT",
            "body": "# Policy",
            "notes": "First",
            "publishedAt": None,
        },
    }


async def test_the_vendor_makes_open_content_for_some_tiers(api: Api, world: World):
    await import_ladder(world)
    made = await api.done(
        world.as_vendor(),
        "createContentItem",
        CREATED,
        policy(audience={"tiers": ["gold"]}, publish=True),
    )
    assert made["contentItem"]["library"] == {"kind": "OPEN", "partner": None}
    assert made["contentItem"]["audience"] == [{"kind": "TIER", "key": "gold"}]
    assert made["contentItem"]["latestVersion"] == {"number": 1}
    assert made["contentVersion"]["publishedAt"] == "2026-03-02T09:30:00Z"


async def test_what_is_wrong_with_an_item_is_told_at_its_field(api: Api, world: World):
    free = {"amount": "1.00", "currencyCode": "USD"}
    cases: list[tuple[Any, dict[str, Any], tuple[str, tuple[str, ...]]]] = [
        (world.acme.as_admin(), {"title": ""}, ("REQUIRED", ("title",))),
        (world.acme.as_admin(), {"title": "x" * 201}, ("TOO_LONG", ("title",))),
        (world.acme.as_admin(), {"body": " "}, ("REQUIRED", ("body",))),
        (world.acme.as_admin(), {"body": "x" * 200_001}, ("TOO_LONG", ("body",))),
        (world.acme.as_admin(), {"body": "a\0b"}, ("INVALID", ("body",))),
        (world.acme.as_admin(), {"tags": ["fine", ""]}, ("REQUIRED", ("tags", "1"))),
        (world.acme.as_admin(), {"tags": [f"t{i}" for i in range(21)]}, ("INVALID", ("tags",))),
        (
            world.acme.as_admin(),
            {"price": {**free, "amount": "-1.00"}},
            ("INVALID", ("price", "amount")),
        ),
        (
            world.acme.as_admin(),
            {"price": {**free, "amount": "1.001"}},
            ("INVALID", ("price", "amount")),
        ),
        (world.acme.as_admin(), {"audience": {"tiers": ["gold"]}}, ("INVALID", ("audience",))),
        (
            world.as_vendor(),
            {"audience": {"tiers": ["gold"]}},
            ("NOT_FOUND", ("audience", "tiers", "0")),
        ),
        (
            world.as_vendor(),
            {"audience": {"groups": ["a\0b"]}},
            ("INVALID", ("audience", "groups", "0")),
        ),
        (world.as_vendor(), {"price": free}, ("INVALID", ("price",))),
    ]
    for actor, changes, refusal in cases:
        refusals = await api.refused(actor, "createContentItem", policy(**changes))
        assert refusals == [refusal], changes


async def test_a_text_about_nul_is_fine(api: Api, world: World):
    """Six characters that only look like one."""
    made = await api.done(
        world.acme.as_admin(), "createContentItem", CREATED, policy(description="Escape \\u0000")
    )
    assert made["contentItem"]["description"] == "Escape \\u0000"


async def test_what_is_not_of_its_type_is_refused_as_a_whole(api: Api, world: World):
    for changes in (
        {"kind": "NOVEL"},
        {"price": {"amount": 1, "currencyCode": "USD"}},
        {"price": {"amount": "1E999999999", "currencyCode": "USD"}},
        {"price": {"amount": "1"}},
        {"tags": ["a", None]},
        {"publish": "yes"},
    ):
        code = await api.rejected(world.acme.as_admin(), "createContentItem", policy(**changes))
        assert code == "BAD_USER_INPUT", changes


PUBLISHED = "contentItem { latestVersion { number } } contentVersion { number status body }"


async def test_versions_are_published_one_after_another(api: Api, world: World):
    item = await add_item(world.acme.library, "Handbook")
    draft = await add_version(item, 1, "DRAFT")
    admin, id = world.acme.as_admin(), global_id(item)
    made = await api.done(
        admin,
        "publishContentVersion",
        PUBLISHED,
        {"contentItemId": id, "versionId": global_id(draft)},
    )
    assert made["contentVersion"] == {"number": 1, "status": "PUBLISHED", "body": "Version 1"}
    made = await api.done(
        admin, "publishContentVersion", PUBLISHED, {"contentItemId": id, "body": "# Two"}
    )
    assert made == {
        "contentItem": {"latestVersion": {"number": 2}},
        "contentVersion": {"number": 2, "status": "PUBLISHED", "body": "# Two"},
    }


async def test_what_cannot_be_published_is_told_at_its_field(api: Api, world: World):
    item = await add_item(world.acme.library, "Handbook")
    published, retired = await add_version(item, 1), await add_version(item, 2, "RETIRED")
    other = await add_version(await add_item(world.acme.library, "Other"), 1, "DRAFT")
    adopted = await add_item(
        world.acme.library,
        "Adopted",
        adopted_item_id=world.open_item.id,
        adopted_version_id=world.open_version.id,
    )
    theirs = await add_item(world.rival.library, "Theirs")
    for changes, refusal in [
        ({"versionId": global_id(published)}, ("VERSION_IMMUTABLE", ("versionId",))),
        ({"versionId": global_id(retired)}, ("CONTENT_RETIRED", ("versionId",))),
        ({"versionId": global_id(other)}, ("NOT_FOUND", ("versionId",))),
        ({"versionId": global_id(published), "body": "b"}, ("INVALID", ("body",))),
        ({}, ("INVALID", ("body",))),
        ({"body": " "}, ("REQUIRED", ("body",))),
        ({"contentItemId": global_id(theirs), "body": "b"}, ("NOT_FOUND", ("contentItemId",))),
        ({"contentItemId": unknown_id("ContentItem")}, ("NOT_FOUND", ("contentItemId",))),
        ({"contentItemId": global_id(world.open_item)}, ("INVALID", ("contentItemId",))),
        ({"contentItemId": global_id(adopted), "body": "b"}, ("INVALID", ("contentItemId",))),
    ]:
        input = {"contentItemId": global_id(item), **changes}
        refusals = await api.refused(world.acme.as_admin(), "publishContentVersion", input)
        assert refusals == [refusal], changes
    # The vendor sees what partners keep, and does not change it.
    input = {"contentItemId": global_id(item), "body": "b"}
    refusals = await api.refused(world.as_vendor(), "publishContentVersion", input)
    assert refusals == [("INVALID", ("contentItemId",))]


ADOPTED = """contentItem { title adoptedFrom { title } adoptedVersion { number }
    library { partner { slug } } }"""


async def test_an_open_item_is_adopted_once(api: Api, world: World):
    await add_version(world.open_item, 2)
    input = {"contentItemId": global_id(world.open_item)}
    made = await api.done(world.acme.as_advisor(), "adoptContentItem", ADOPTED, input)
    assert made["contentItem"] == {
        "title": "Baseline controls",
        "adoptedFrom": {"title": "Baseline controls"},
        "adoptedVersion": {"number": 2},
        "library": {"partner": {"slug": "acme"}},
    }
    again = await api.refused(world.acme.as_admin(), "adoptContentItem", input)
    assert again == [("DUPLICATE", ("contentItemId",))]
    at_first = {**input, "versionId": global_id(world.open_version)}
    made = await api.done(world.rival.as_app(), "adoptContentItem", ADOPTED, at_first)
    assert made["contentItem"]["adoptedVersion"] == {"number": 1}


async def test_what_cannot_be_adopted_is_told_at_its_field(api: Api, world: World):
    draft = await add_item(world.open_library, "Draft")
    unfinished = await add_version(draft, 1, "DRAFT")
    old = await add_item(world.open_library, "Old")
    retired = await add_version(old, 1, "RETIRED")
    mine = await add_item(world.acme.library, "Mine")
    theirs = await add_item(world.rival.library, "Theirs")
    for item, version, refusal in [
        (draft, None, ("CONTENT_NOT_PUBLISHED", ("contentItemId",))),
        # The vendor's draft does not exist for a partner.
        (draft, unfinished, ("NOT_FOUND", ("versionId",))),
        (old, None, ("CONTENT_RETIRED", ("contentItemId",))),
        (old, retired, ("CONTENT_RETIRED", ("versionId",))),
        (world.open_item, retired, ("NOT_FOUND", ("versionId",))),
        (mine, None, ("CONTENT_NOT_ADOPTABLE", ("contentItemId",))),
        (theirs, None, ("NOT_FOUND", ("contentItemId",))),
    ]:
        input = {"contentItemId": global_id(item)}
        input |= {"versionId": global_id(version)} if version else {}
        refusals = await api.refused(world.acme.as_admin(), "adoptContentItem", input)
        assert refusals == [refusal], item.title


async def test_content_for_a_tier_is_for_the_partners_in_it(api: Api, world: World):
    await import_ladder(world)
    for key in ("gold", "platinum"):
        await ContentAudience.create(item=world.open_item, kind="TIER", key=key)
    input = {"contentItemId": global_id(world.open_item)}
    refusals = await api.refused(world.acme.as_admin(), "adoptContentItem", input)
    assert refusals == [("NOT_FOUND", ("contentItemId",))]
    await set_tier(api, world.acme, "gold")
    await api.done(world.acme.as_admin(), "adoptContentItem", "", input)


async def test_a_partner_that_is_not_active_changes_no_content(api: Api, world: World):
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    item = global_id(await add_item(world.acme.library, "Handbook"))
    for name, input in [
        ("createContentItem", policy()),
        ("publishContentVersion", {"contentItemId": item, "body": "b"}),
        ("adoptContentItem", {"contentItemId": global_id(world.open_item)}),
    ]:
        refusals = await api.refused(world.acme.as_admin(), name, input)
        assert [code for code, _ in refusals] == ["PARTNER_NOT_ACTIVE"]


async def test_whoever_may_not_is_refused(api: Api, world: World):
    item = global_id(world.open_item)
    for name, input in [
        ("createContentItem", policy()),
        ("publishContentVersion", {"contentItemId": item, "body": "b"}),
        ("adoptContentItem", {"contentItemId": item}),
    ]:
        assert await api.rejected(PUBLIC, name, input) == "UNAUTHENTICATED"
        assert await api.rejected(world.acme.as_client_user(), name, input) == "FORBIDDEN"
        assert await api.rejected(world.as_analyst(), name, input) == "FORBIDDEN"
    adopting = {"contentItemId": item}
    assert await api.rejected(world.as_vendor(), "adoptContentItem", adopting) == "FORBIDDEN"
