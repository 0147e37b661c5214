"""`clientTemplate` and `clientTemplates`: the recipes of a partner team."""

from app.auth.actor import PUBLIC
from app.domain.plans import PlanCode
from tests.api.calls import Api, global_id, unknown_id
from tests.clients import add_item, add_template, add_version
from tests.world import World

TEMPLATE = """query($id: ID!) { clientTemplate(id: $id) {
    name description engagementType status createdAt updatedAt plan { code } partner { slug }
    items { position item { title } version { number } } defaultAdvisors { name }
} }"""
TEMPLATES = "{ clientTemplates { totalCount nodes { name } } }"


async def test_a_template_with_its_content_and_advisors(api: Api, world: World):
    acme = world.acme
    policy = await add_item(acme.library, "Policy")
    fixed = await add_version(policy, 1)
    course = await add_item(acme.library, "Course")
    await add_version(course, 1)
    template = await add_template(
        acme,
        course,
        fixed,
        plan=PlanCode.ASSESSMENT_ONLY,
        advisors=(acme.advisor, acme.admin),
        engagement_type="vCISO",
    )
    expected = {
        "name": "Baseline",
        "description": "",
        "engagementType": "vCISO",
        "status": "ACTIVE",
        "createdAt": "2024-01-01T00:00:00Z",
        "updatedAt": "2024-01-01T00:00:00Z",
        "plan": {"code": "ASSESSMENT_ONLY"},
        "partner": {"slug": "acme"},
        # In the template's order, not in that of the library.
        "items": [
            {"position": 0, "item": {"title": "Course"}, "version": None},
            {"position": 1, "item": {"title": "Policy"}, "version": {"number": 1}},
        ],
        "defaultAdvisors": [{"name": "Adam Advisor"}, {"name": "Paula Admin"}],
    }
    for actor in (acme.as_admin(), acme.as_advisor(), acme.as_app(), world.as_vendor()):
        told = await api.data(actor, TEMPLATE, id=global_id(template))
        assert told["clientTemplate"] == expected


async def test_templates_are_their_teams_alone(api: Api, world: World):
    template = await add_template(world.acme)
    for actor in (world.rival.as_admin(), world.rival.as_advisor(), world.rival.as_app()):
        for id in (global_id(template), unknown_id("ClientTemplate"), "nonsense"):
            assert await api.data(actor, TEMPLATE, id=id) == {"clientTemplate": None}
        assert (await api.data(actor, TEMPLATES))["clientTemplates"]["totalCount"] == 0
    mine = await api.data(world.acme.as_advisor(), TEMPLATES)
    assert mine["clientTemplates"] == {"totalCount": 1, "nodes": [{"name": "Baseline"}]}


async def test_clients_and_the_public_list_no_templates(api: Api, world: World):
    assert await api.error(world.acme.as_client_user(), TEMPLATES) == "FORBIDDEN"
    assert await api.error(PUBLIC, TEMPLATES) == "UNAUTHENTICATED"
    id = unknown_id("ClientTemplate")
    assert await api.error(world.acme.as_client_user(), TEMPLATE, id=id) == "FORBIDDEN"
