"""Pushes with their log, sales with their parts, where an item is used: as each side sees it."""

from typing import Any

from app.auth.actor import PUBLIC
from app.domain.identity import Scope
from app.persistence import models
from tests.api.calls import Api, global_id
from tests.clients import add_item, add_template, add_version
from tests.world import LONG_AGO, World

PUSHED = """contentPush { pushedAt partner { slug } item { title } version { number }
    counts { updated added locked upToDate }
    entries { totalCount nodes { outcome partner { slug } template { name } client { name }
        adoptedItem { title } fromVersion { number } } } }"""
PREVIEW = """query($input: PushContentInput!) { previewContentPush(input: $input) {
    counts { updated added locked upToDate } places { kind id name outcome fromNumber }
    userErrors { code field message } } }"""
SOLD = """contentSale { price { amount currencyCode } cutRate cut { amount } revenue { amount }
    payer item { title } client { name } } contentGrant { source version { number } }"""
USED = """query($id: ID!) { contentItem(id: $id) {
    adoptions { totalCount nodes { library { partner { slug } } } }
    templates { totalCount nodes { template { name clients { totalCount } } version { number } } }
    grants { totalCount nodes { client { name } } }
    pushes { totalCount } sales { totalCount } } }"""


async def a_priced_item(world: World) -> models.ContentItem:
    item = await add_item(world.acme.library, "Handbook", price_minor=2_000, price_currency="USD")
    await add_version(item, 1)
    return item


async def test_a_push_and_its_dry_run(api: Api, world: World):
    acme = world.acme
    item = await a_priced_item(world)
    first = await models.ContentVersion.get(item_id=item.id)
    second = await add_version(item, 2)
    template = await add_template(acme, first)
    input = {
        "versionId": global_id(second),
        "templates": {"all": True},
        "clients": {"ids": [global_id(acme.client)]},
    }
    counts = {"updated": 1, "added": 1, "locked": 0, "upToDate": 0}
    preview = await api.data(acme.as_advisor(), PREVIEW, input={"idempotencyKey": "x", **input})
    assert preview["previewContentPush"] == {
        "counts": counts,
        "places": [
            {
                "kind": "TEMPLATE",
                "id": global_id(template),
                "name": "Baseline",
                "outcome": "UPDATED",
                "fromNumber": 1,
            },
            {
                "kind": "CLIENT",
                "id": global_id(acme.client),
                "name": acme.client.name,
                "outcome": "ADDED",
                "fromNumber": None,
            },
        ],
        "userErrors": [],
    }
    assert await models.ContentPush.all().count() == 0
    pushed = (await api.done(acme.as_advisor(), "pushContent", PUSHED, input))["contentPush"]
    entries = pushed.pop("entries")
    assert pushed == {
        "pushedAt": "2026-03-02T09:30:00Z",
        "partner": {"slug": "acme"},
        "item": {"title": "Handbook"},
        "version": {"number": 2},
        "counts": counts,
    }
    assert entries["totalCount"] == 2
    assert [(e["outcome"], e["template"], e["client"]) for e in entries["nodes"]] == [
        ("UPDATED", {"name": "Baseline"}, None),
        ("ADDED", None, {"name": acme.client.name}),
    ]


async def test_a_refused_dry_run_says_why(api: Api, world: World):
    input = {"idempotencyKey": "x", "versionId": global_id(world.open_version)}
    preview = (await api.data(world.as_vendor(), PREVIEW, input=input))["previewContentPush"]
    assert (preview["counts"], preview["places"]) == (None, [])
    assert [error["code"] for error in preview["userErrors"]] == ["REQUIRED"]


async def test_an_advisor_sees_of_a_push_what_concerns_its_clients(api: Api, world: World):
    acme = world.acme
    item = await a_priced_item(world)
    version = await models.ContentVersion.get(item_id=item.id)
    await models.AdvisorAssignment.all().update(ended_at=LONG_AGO)
    input = {
        "versionId": global_id(version),
        "clients": {"ids": [global_id(acme.client)]},
    }
    made = await api.done(acme.as_admin(), "pushContent", "contentPush { id }", input)
    document = """query($id: ID!) { node(id: $id) { ... on ContentPush {
        counts { added } entries { totalCount } } } }"""
    id = made["contentPush"]["id"]
    seen = (await api.data(acme.as_advisor(), document, id=id))["node"]
    assert seen == {"counts": {"added": 0}, "entries": {"totalCount": 0}}
    seen = (await api.data(world.as_vendor(), document, id=id))["node"]
    assert seen == {"counts": {"added": 1}, "entries": {"totalCount": 1}}
    for actor in (world.rival.as_admin(), acme.as_client_user()):
        assert (await api.data(actor, document, id=id))["node"] is None


async def test_a_sale_as_each_one_sees_it(api: Api, world: World):
    acme = world.acme
    item = await a_priced_item(world)
    input = {"clientId": global_id(acme.client), "contentItemId": global_id(item)}
    made = await api.done(acme.as_admin(), "sellContent", SOLD, input)
    price = {"amount": "20.00", "currencyCode": "USD"}
    sale = {
        "price": price,
        "cutRate": "0.15",
        "cut": {"amount": "3.00"},
        "revenue": {"amount": "17.00"},
        "payer": "PARTNER",
        "item": {"title": "Handbook"},
        "client": {"name": acme.client.name},
    }
    assert made == {
        "contentSale": sale,
        "contentGrant": {"source": "SALE", "version": {"number": 1}},
    }
    document = """query($id: ID!) { client(id: $id) {
        sales { totalCount nodes { price { amount } cut { amount } revenue { amount } cutRate } } }
    }"""
    all_of_it = {"price": {"amount": "20.00"}, "cut": {"amount": "3.00"}}
    all_of_it |= {"revenue": {"amount": "17.00"}, "cutRate": "0.15"}
    hidden = {**dict.fromkeys(all_of_it), "price": {"amount": "20.00"}}
    for actor, nodes in [
        (world.as_analyst(), [all_of_it]),
        (acme.as_admin(), [all_of_it]),
        (acme.as_app(), [all_of_it]),
        (acme.as_advisor(), [hidden]),
        (acme.as_client_user(), []),
    ]:
        found = await api.data(actor, document, id=global_id(acme.client))
        assert found["client"]["sales"] == {"totalCount": len(nodes), "nodes": nodes}
    found = await api.ask(acme.as_app(Scope.CLIENTS_READ), document, id=global_id(acme.client))
    assert found["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_where_an_item_is_used(api: Api, world: World):
    acme = world.acme
    for team in (acme, world.rival):
        mine = await add_item(
            team.library,
            "Controls",
            adopted_item_id=world.open_item.id,
            adopted_version_id=world.open_version.id,
        )
        template = await add_template(team, mine)
        await models.Client.filter(id=team.client.id).update(template_id=template.id)
        push: dict[str, Any] = {
            "versionId": global_id(world.open_version),
            "clients": {"ids": [global_id(team.client)]},
        }
        await api.done(team.as_admin(), "pushContent", "", push)
        document = USED.replace("adoptions", "a: adoptions")
        used = (await api.data(team.as_admin(), document, id=global_id(mine)))["contentItem"]
        assert used == {
            "a": {"totalCount": 0, "nodes": []},
            "templates": {
                "totalCount": 1,
                "nodes": [
                    {
                        "template": {"name": "Baseline", "clients": {"totalCount": 1}},
                        "version": None,
                    }
                ],
            },
            "grants": {"totalCount": 1, "nodes": [{"client": {"name": team.client.name}}]},
            "pushes": {"totalCount": 1},
            "sales": {"totalCount": 0},
        }
    id = global_id(world.open_item)
    document = USED.replace("pushes", "p: pushes")
    seen = (await api.data(acme.as_admin(), document, id=id))["contentItem"]["adoptions"]
    assert seen == {"totalCount": 1, "nodes": [{"library": {"partner": {"slug": "acme"}}}]}
    seen = (await api.data(world.as_vendor(), document, id=id))["contentItem"]["adoptions"]
    assert [node["library"]["partner"]["slug"] for node in seen["nodes"]] == ["acme", "rival"]


async def test_an_item_is_retired_with_its_last_version(api: Api, world: World):
    acme, document = world.acme, "query($id: ID!) { contentItem(id: $id) { retired } }"
    mine = await add_item(
        acme.library,
        "Controls",
        adopted_item_id=world.open_item.id,
        adopted_version_id=world.open_version.id,
    )

    async def retired() -> list[bool]:
        found = [
            await api.data(acme.as_admin(), document, id=global_id(item))
            for item in (world.open_item, mine)
        ]
        return [each["contentItem"]["retired"] for each in found]

    second = await add_version(world.open_item, 2)
    for version, expected in ((world.open_version, False), (second, True)):
        made = await api.done(
            world.as_vendor(),
            "retireContentVersion",
            "contentItem { retired } contentVersion { status }",
            {"versionId": global_id(version)},
        )
        assert made["contentItem"] == {"retired": expected}
        assert await retired() == [expected, expected]


async def test_a_price_is_set_left_and_taken_away(api: Api, world: World):
    id = global_id(await a_priced_item(world))

    async def update(**changes: Any) -> Any:
        selection = "contentItem { title price { amount } }"
        input = {"contentItemId": id, **changes}
        made = await api.done(world.acme.as_admin(), "updateContentItem", selection, input)
        return made["contentItem"]["price"]

    assert await update(title="New") == {"amount": "20.00"}
    assert await update(price={"amount": "1.50", "currencyCode": "USD"}) == {"amount": "1.50"}
    assert await update(price=None) is None
    wrong = {"contentItemId": id, "price": {"amount": "1.001", "currencyCode": "USD"}}
    refusals = await api.refused(world.acme.as_admin(), "updateContentItem", wrong)
    assert refusals == [("INVALID", ("price", "amount"))]


async def test_whoever_may_not_is_refused(api: Api, world: World):
    item, version = global_id(world.open_item), global_id(world.open_version)
    client, template = global_id(world.acme.client), global_id(await add_template(world.acme))
    calls: list[tuple[str, dict[str, Any], bool]] = [
        ("updateContentItem", {"contentItemId": item, "title": "x"}, True),
        ("draftContentVersion", {"contentItemId": item, "body": "x"}, True),
        ("updateContentVersion", {"versionId": version, "body": "x"}, True),
        ("retireContentVersion", {"versionId": version}, True),
        ("pushContent", {"versionId": version, "partners": {"all": True}}, True),
        ("updateAdoptedItem", {"contentItemId": item}, False),
        ("lockContentItem", {"contentItemId": item, "locked": True}, False),
        ("sellContent", {"contentItemId": item, "clientId": client}, False),
        ("cloneClientTemplate", {"templateId": template, "name": "x"}, False),
        (
            "lockClientContent",
            {"contentItemId": item, "clientId": client, "locked": True},
            True,
        ),
    ]
    for name, input, for_vendor in calls:
        assert await api.rejected(PUBLIC, name, input) == "UNAUTHENTICATED"
        assert await api.rejected(world.acme.as_client_user(), name, input) == "FORBIDDEN"
        assert await api.rejected(world.as_analyst(), name, input) == "FORBIDDEN"
        reader = world.acme.as_app(Scope.CONTENT_READ)
        assert await api.rejected(reader, name, input) == "FORBIDDEN"
        if not for_vendor:
            assert await api.rejected(world.as_vendor(), name, input) == "FORBIDDEN"


async def test_a_template_is_cloned_with_all_it_holds(api: Api, world: World):
    acme = world.acme
    item = await a_priced_item(world)
    version = await models.ContentVersion.get(item_id=item.id)
    latest = await add_item(acme.library, "Newest")
    source = await add_template(
        acme, latest, version, advisors=(acme.advisor,), engagement_type="vCISO", status="RETIRED"
    )
    selection = """clientTemplate { name status engagementType plan { code }
        items { position item { title } version { number } } defaultAdvisors { name } }"""
    input = {"templateId": global_id(source), "name": " Baseline  2 "}
    made = await api.done(acme.as_advisor(), "cloneClientTemplate", selection, input)
    assert made["clientTemplate"] == {
        "name": "Baseline 2",
        "status": "ACTIVE",
        "engagementType": "vCISO",
        "plan": {"code": "FREE"},
        "items": [
            {"position": 0, "item": {"title": "Newest"}, "version": None},
            {"position": 1, "item": {"title": "Handbook"}, "version": {"number": 1}},
        ],
        "defaultAdvisors": [{"name": "Adam Advisor"}],
    }
    assert await models.TemplateItem.filter(template_id=source.id).count() == 2
    for who, changes, refusal in [
        (acme, {"name": "BASELINE"}, ("DUPLICATE", ("name",))),
        (acme, {"name": " "}, ("REQUIRED", ("name",))),
        (world.rival, {"name": "Mine"}, ("NOT_FOUND", ("templateId",))),
    ]:
        refusals = await api.refused(who.as_admin(), "cloneClientTemplate", {**input, **changes})
        assert refusals == [refusal]
