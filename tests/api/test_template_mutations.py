"""`createClientTemplate` and `updateClientTemplate`."""

from typing import Any

from app.auth.actor import PUBLIC
from app.persistence.models import Partner
from tests.api.calls import Api, global_id, unknown_id
from tests.clients import add_advisor, add_item, add_template, add_version
from tests.world import World

SELECTION = """clientTemplate { name description engagementType status plan { code } updatedAt
    items { position item { title } version { number } } defaultAdvisors { name } }"""


def recipe(**changes: Any) -> dict[str, Any]:
    """An input of `createClientTemplate` that is fine but for the changes."""
    return {"name": "vCISO", "planCode": "ASSESSMENT_ONLY", **changes}


async def make(api: Api, actor: Any, **changes: Any) -> dict[str, Any]:
    payload = await api.done(actor, "createClientTemplate", SELECTION, recipe(**changes))
    return payload["clientTemplate"]


async def test_a_template_with_items_and_advisors(api: Api, world: World):
    acme = world.acme
    handbook = await add_item(acme.library, "Handbook")
    first = await add_version(handbook, 1)
    await add_version(handbook, 2)
    adopted = await add_item(
        acme.library,
        "Controls",
        adopted_item_id=world.open_item.id,
        adopted_version_id=world.open_version.id,
    )
    made = await make(
        api,
        acme.as_advisor(),
        description="For a start",
        engagementType="vCISO",
        items=[
            {"contentItemId": global_id(adopted)},
            {"contentItemId": global_id(handbook), "versionId": global_id(first)},
        ],
        advisorIds=[global_id(acme.advisor), global_id(acme.admin), global_id(acme.advisor)],
    )
    assert made == {
        "name": "vCISO",
        "description": "For a start",
        "engagementType": "vCISO",
        "status": "ACTIVE",
        "plan": {"code": "ASSESSMENT_ONLY"},
        "updatedAt": "2026-03-02T09:30:00Z",
        "items": [
            {"position": 0, "item": {"title": "Controls"}, "version": None},
            {"position": 1, "item": {"title": "Handbook"}, "version": {"number": 1}},
        ],
        "defaultAdvisors": [{"name": "Adam Advisor"}, {"name": "Paula Admin"}],
    }


async def test_what_is_wrong_is_told_at_its_field(api: Api, world: World):
    acme = world.acme
    await add_template(acme)
    handbook = await add_item(acme.library, "Handbook")
    await add_version(handbook, 1)
    draft = await add_item(acme.library, "Draft")
    await add_version(draft, 1, "DRAFT")
    old = await add_item(acme.library, "Old")
    retired = await add_version(old, 1, "RETIRED")
    theirs = await add_item(world.rival.library, "Theirs")
    invited = await add_advisor(acme, "Ina Invited", "INVITED")

    def items(*listed: Any) -> dict[str, Any]:
        return {"items": [{"contentItemId": global_id(handbook)}, *listed]}

    at = ("items", "1", "contentItemId")
    for changes, refusal in [
        ({"name": ""}, ("REQUIRED", ("name",))),
        ({"name": " BASELINE "}, ("DUPLICATE", ("name",))),
        ({"description": "x" * 5001}, ("TOO_LONG", ("description",))),
        ({"engagementType": "x" * 81}, ("TOO_LONG", ("engagementType",))),
        (items({"contentItemId": global_id(draft)}), ("CONTENT_NOT_PUBLISHED", at)),
        (items({"contentItemId": global_id(old)}), ("CONTENT_RETIRED", at)),
        (items({"contentItemId": global_id(theirs)}), ("NOT_FOUND", at)),
        (items({"contentItemId": unknown_id("ContentItem")}), ("NOT_FOUND", at)),
        (items({"contentItemId": global_id(world.open_item)}), ("INVALID", at)),
        (items({"contentItemId": global_id(handbook)}), ("DUPLICATE", at)),
        (
            items({"contentItemId": global_id(old), "versionId": global_id(retired)}),
            ("CONTENT_RETIRED", ("items", "1", "versionId")),
        ),
        (
            items({"contentItemId": global_id(draft), "versionId": global_id(retired)}),
            ("NOT_FOUND", ("items", "1", "versionId")),
        ),
        ({"items": [{"contentItemId": unknown_id("ContentItem")}] * 101}, ("INVALID", ("items",))),
        (
            {"advisorIds": [global_id(acme.admin), global_id(world.rival.admin)]},
            ("UNKNOWN_ADVISOR", ("advisorIds", "1")),
        ),
        ({"advisorIds": [global_id(invited)]}, ("UNKNOWN_ADVISOR", ("advisorIds", "0"))),
    ]:
        refusals = await api.refused(acme.as_admin(), "createClientTemplate", recipe(**changes))
        assert refusals == [refusal], changes


async def test_a_template_changes_in_what_is_given(api: Api, world: World):
    acme = world.acme
    handbook = await add_item(acme.library, "Handbook")
    await add_version(handbook, 1)
    template = await add_template(acme, handbook, advisors=(acme.advisor,), engagement_type="vCISO")
    world.clock.advance(days=1)

    async def update(**changes: Any) -> dict[str, Any]:
        input = {"templateId": global_id(template), **changes}
        payload = await api.done(acme.as_admin(), "updateClientTemplate", SELECTION, input)
        return payload["clientTemplate"]

    expected = {
        "name": "Renamed",
        "description": "",
        "engagementType": "vCISO",
        "status": "ACTIVE",
        "plan": {"code": "FREE"},
        "updatedAt": "2026-03-03T09:30:00Z",
        "items": [{"position": 0, "item": {"title": "Handbook"}, "version": None}],
        "defaultAdvisors": [{"name": "Adam Advisor"}],
    }
    assert await update(name="Renamed", description=None) == expected
    expected |= {"plan": {"code": "FULL_FEATURE"}, "status": "RETIRED"}
    assert await update(planCode="FULL_FEATURE", status="RETIRED") == expected
    expected |= {"items": [], "defaultAdvisors": [], "engagementType": None, "status": "ACTIVE"}
    assert await update(items=[], advisorIds=[], engagementType="", status="ACTIVE") == expected


async def test_an_update_that_cannot_be_is_told_at_its_field(api: Api, world: World):
    acme = world.acme
    template = await add_template(acme)
    await api.done(acme.as_admin(), "createClientTemplate", "", recipe())
    theirs = await add_template(world.rival)
    for changes, refusal in [
        ({}, ("REQUIRED", ())),
        ({"name": None, "items": None}, ("REQUIRED", ())),
        ({"name": " "}, ("REQUIRED", ("name",))),
        ({"name": "VCISO"}, ("DUPLICATE", ("name",))),
        ({"advisorIds": ["nonsense"]}, ("UNKNOWN_ADVISOR", ("advisorIds", "0"))),
        (
            {"items": [{"contentItemId": "nonsense"}]},
            ("NOT_FOUND", ("items", "0", "contentItemId")),
        ),
        ({"templateId": global_id(theirs), "name": "Mine"}, ("NOT_FOUND", ("templateId",))),
        ({"templateId": "nonsense", "name": "Mine"}, ("NOT_FOUND", ("templateId",))),
    ]:
        input = {"templateId": global_id(template), **changes}
        refusals = await api.refused(acme.as_admin(), "updateClientTemplate", input)
        assert refusals == [refusal], changes
    same = {"templateId": global_id(template), "name": "Baseline"}
    await api.done(acme.as_admin(), "updateClientTemplate", "", same)


async def test_a_partner_that_is_not_active_changes_no_templates(api: Api, world: World):
    template = global_id(await add_template(world.acme))
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    for name, input in [
        ("createClientTemplate", recipe()),
        ("updateClientTemplate", {"templateId": template, "name": "New"}),
    ]:
        [(code, _)] = await api.refused(world.acme.as_admin(), name, input)
        assert code == "PARTNER_NOT_ACTIVE"


async def test_whoever_may_not_is_refused(api: Api, world: World):
    template = global_id(await add_template(world.acme))
    for name, input in [
        ("createClientTemplate", recipe()),
        ("updateClientTemplate", {"templateId": template, "name": "New"}),
    ]:
        assert await api.rejected(PUBLIC, name, input) == "UNAUTHENTICATED"
        for actor in (world.acme.as_client_user(), world.as_vendor(), world.as_analyst()):
            assert await api.rejected(actor, name, input) == "FORBIDDEN"
