"""`createClient`: three steps in one call, as each kind of actor makes it."""

import asyncio
from typing import Any
from uuid import uuid4

from app.auth.actor import PUBLIC
from app.domain.plans import PlanCode
from app.persistence.models import Client, Partner, PriceBook
from tests.api.calls import Api, global_id, unknown_id
from tests.clients import add_advisor, add_item, add_template, add_version, leave_slots
from tests.world import World

NAME = "createClient"
SELECTION = """client {
    id name domain status employeeCount sizeSource domainShared
    bracket { code } plan { code } partner { slug } template { name }
    subscription { status price { amount currencyCode } interval } trial { endsAt }
    advisors { nodes { role advisor { name } } }
    users { nodes { name email status } }
    content { nodes { source item { title } version { number } } }
}"""


def newco(**changes: Any) -> dict[str, Any]:
    """An input that is fine but for the changes."""
    return {
        "start": {"planCode": "FREE"},
        "name": "Newco Ltd",
        "domain": "newco.example",
        "size": {"employeeCount": 42},
        **changes,
    }


async def create(api: Api, actor: Any, **changes: Any) -> dict[str, Any]:
    return (await api.done(actor, NAME, SELECTION, newco(**changes)))["client"]


async def test_an_advisor_creates_a_client_and_works_in_it(api: Api, world: World):
    made = await create(
        api,
        world.acme.as_advisor(),
        name="  Newco   Ltd ",
        domain="https://www.NEWCO.example/about?x=1",
        users=[{"name": "Nora New", "email": "Nora@newco.example"}],
    )
    id = made.pop("id")
    assert made == {
        "name": "Newco Ltd",
        "domain": "newco.example",
        "status": "ACTIVE",
        "employeeCount": 42,
        "sizeSource": "COUNTED",
        "domainShared": None,
        "bracket": {"code": "11-50"},
        "plan": {"code": "FREE"},
        "partner": {"slug": "acme"},
        "template": None,
        "subscription": None,
        "trial": None,
        "advisors": {"nodes": [{"role": "ADMIN", "advisor": {"name": "Adam Advisor"}}]},
        "users": {
            "nodes": [{"name": "Nora New", "email": "nora@newco.example", "status": "INVITED"}]
        },
        "content": {"nodes": []},
    }
    seen = await api.data(
        world.acme.as_advisor(), "query($id: ID!) { client(id: $id) { name } }", id=id
    )
    assert seen["client"] == {"name": "Newco Ltd"}


async def test_from_a_template_with_its_content_and_advisors(api: Api, world: World):
    acme = world.acme
    policy = await add_item(acme.library, "Policy")
    fixed = await add_version(policy, 1)
    await add_version(policy, 2)
    course = await add_item(acme.library, "Course")
    await add_version(course, 1)
    latest = await add_version(course, 2)
    template = await add_template(
        acme, fixed, course, plan=PlanCode.ASSESSMENT_ONLY, advisors=(acme.advisor,)
    )
    made = await create(api, acme.as_admin(), start={"templateId": global_id(template)})
    assert made["plan"] == {"code": "ASSESSMENT_ONLY"} and made["template"] == {"name": "Baseline"}
    content = {
        node["item"]["title"]: (node["source"], node["version"]["number"])
        for node in made["content"]["nodes"]
    }
    assert content == {"Policy": ("TEMPLATE", 1), "Course": ("TEMPLATE", latest.number)}
    names = [node["advisor"]["name"] for node in made["advisors"]["nodes"]]
    assert sorted(names) == ["Adam Advisor", "Paula Admin"]
    # One of the partner's slots is taken.
    slots = await api.data(acme.as_admin(), '{ partner(slug: "acme") { slots { available } } }')
    assert slots["partner"]["slots"] == {"available": 1}


async def test_a_plan_beside_a_template_of_the_same_plan(api: Api, world: World):
    template = await add_template(world.acme)
    start = {"planCode": "FREE", "templateId": global_id(template)}
    made = await create(api, world.acme.as_admin(), start=start)
    assert made["template"] == {"name": "Baseline"}


async def test_on_the_full_plan_it_is_charged_from_the_start(api: Api, world: World):
    made = await create(
        api,
        world.acme.as_admin(),
        start={"planCode": "FULL_FEATURE"},
        size={"bracket": "201+"},
        interval="YEAR",
    )
    assert made["subscription"] == {
        "status": "ACTIVE",
        "price": {"amount": "4000.00", "currencyCode": "USD"},
        "interval": "YEAR",
    }
    assert (made["employeeCount"], made["sizeSource"], made["trial"]) == (None, "DECLARED", None)


async def test_no_advisors_if_none_are_wanted(api: Api, world: World):
    made = await create(api, world.acme.as_admin(), advisorIds=[])
    assert made["advisors"] == {"nodes": []}


async def test_an_app_creates_a_client_for_its_partner(api: Api, world: World):
    made = await create(api, world.acme.as_app())
    assert made["partner"] == {"slug": "acme"} and made["advisors"] == {"nodes": []}


async def test_the_vendor_creates_a_client_for_a_partner_it_names(api: Api, world: World):
    refusals = await api.refused(world.as_vendor(), NAME, newco())
    assert refusals == [("REQUIRED", ("partnerId",))]
    made = await create(api, world.as_vendor(), partnerId=global_id(world.rival.partner))
    assert made["partner"] == {"slug": "rival"} and made["domainShared"] is False


async def test_a_partner_creates_clients_for_itself_alone(api: Api, world: World):
    for id in (global_id(world.rival.partner), unknown_id("Partner"), "nonsense"):
        refusals = await api.refused(world.acme.as_admin(), NAME, newco(partnerId=id))
        assert refusals == [("NOT_FOUND", ("partnerId",))]


async def test_whoever_may_not_is_refused(api: Api, world: World):
    assert await api.rejected(PUBLIC, NAME, newco()) == "UNAUTHENTICATED"
    assert await api.rejected(world.acme.as_client_user(), NAME, newco()) == "FORBIDDEN"
    assert await api.rejected(world.as_analyst(), NAME, newco()) == "FORBIDDEN"


async def test_what_is_wrong_is_told_at_its_field(api: Api, world: World):
    acme = world.acme
    template = global_id(await add_template(acme, plan=PlanCode.FULL_FEATURE))
    foreign = global_id(await add_template(world.rival))
    invited = global_id(await add_advisor(acme, "Ina Invited", "INVITED"))
    nora = {"name": "Nora New", "email": "nora@newco.example"}
    for changes, refusal in [
        ({"start": {}}, ("REQUIRED", ("start",))),
        (
            {"start": {"planCode": "FREE", "templateId": template}},
            ("PLAN_CONFLICT", ("start", "planCode")),
        ),
        ({"start": {"templateId": foreign}}, ("NOT_FOUND", ("start", "templateId"))),
        (
            {"start": {"templateId": unknown_id("ClientTemplate")}},
            ("NOT_FOUND", ("start", "templateId")),
        ),
        (
            {"start": {"templateId": global_id(acme.client)}},
            ("NOT_FOUND", ("start", "templateId")),
        ),
        ({"name": ""}, ("REQUIRED", ("name",))),
        ({"name": "x" * 201}, ("TOO_LONG", ("name",))),
        ({"name": "two\nlines"}, ("INVALID", ("name",))),
        ({"name": "a\0b"}, ("INVALID", ("name",))),
        ({"domain": "newco"}, ("INVALID", ("domain",))),
        ({"domain": "not a domain.example"}, ("INVALID", ("domain",))),
        ({"domain": "https://www.client.example/"}, ("DOMAIN_TAKEN", ("domain",))),
        ({"size": {"employeeCount": 0}}, ("INVALID", ("size", "employeeCount"))),
        ({"size": {"employeeCount": -(2**31)}}, ("INVALID", ("size", "employeeCount"))),
        ({"size": {"bracket": "12-13"}}, ("INVALID", ("size", "bracket"))),
        (
            {"advisorIds": [global_id(acme.admin), invited]},
            ("UNKNOWN_ADVISOR", ("advisorIds", "1")),
        ),
        (
            {"advisorIds": [global_id(world.rival.advisor)]},
            ("UNKNOWN_ADVISOR", ("advisorIds", "0")),
        ),
        ({"advisorIds": ["nonsense"]}, ("UNKNOWN_ADVISOR", ("advisorIds", "0"))),
        ({"users": [nora, {**nora, "name": " "}]}, ("REQUIRED", ("users", "1", "name"))),
        ({"users": [nora, {**nora, "name": "Ned"}]}, ("DUPLICATE", ("users", "1", "email"))),
        ({"users": [nora] * 101}, ("INVALID", ("users",))),
    ]:
        refusals = await api.refused(acme.as_admin(), NAME, newco(**changes))
        assert refusal in refusals, (changes, refusals)


async def test_what_is_not_of_its_type_is_refused_as_a_whole(api: Api, world: World):
    for changes in (
        {"start": {"planCode": "GOLD"}},
        {"start": None},
        {"size": {}},
        {"size": {"employeeCount": 1, "bracket": "1-10"}},
        {"size": {"employeeCount": None}},
        {"size": {"employeeCount": 2**31}},
        {"size": {"employeeCount": "42"}},
        {"size": {"employeeCount": 4.2}},
        {"users": [{"name": "Nora"}]},
        {"users": [{"name": "Nora", "email": "not an address"}]},
        {"interval": "WEEK"},
        {"plan": "FREE"},
    ):
        code = await api.rejected(world.acme.as_admin(), NAME, newco(**changes))
        assert code == "BAD_USER_INPUT", changes


async def test_all_problems_are_told_at_once(api: Api, world: World):
    await leave_slots(world.acme, 0)
    changes = {"start": {"planCode": "ASSESSMENT_ONLY"}, "name": "", "domain": "client.example"}
    assert await api.refused(world.acme.as_admin(), NAME, newco(**changes)) == [
        ("NO_SLOTS_AVAILABLE", ("start",)),
        ("REQUIRED", ("name",)),
        ("DOMAIN_TAKEN", ("domain",)),
    ]


async def test_a_retired_template_and_retired_content(api: Api, world: World):
    acme = world.acme
    old = await add_template(acme, status="RETIRED")
    start = {"templateId": global_id(old)}
    refusals = await api.refused(acme.as_admin(), NAME, newco(start=start))
    assert refusals == [("TEMPLATE_RETIRED", ("start", "templateId"))]
    await type(old).filter(id=old.id).update(name="Old", name_key="old")

    retired = await add_version(await add_item(acme.library, "Retired"), 1, "RETIRED")
    draft = await add_item(acme.library, "Draft")
    await add_version(draft, 1, "DRAFT")
    template = await add_template(acme, retired, draft)
    start = {"templateId": global_id(template)}
    refusals = await api.refused(acme.as_admin(), NAME, newco(start=start))
    assert refusals == [
        ("CONTENT_RETIRED", ("start", "templateId")),
        ("CONTENT_NOT_PUBLISHED", ("start", "templateId")),
    ]


async def test_a_plan_without_a_price(api: Api, world: World):
    await PriceBook.filter(currency_code="USD").update(effective_from=world.clock.now())
    world.clock.advance(days=-1)
    changes = {"start": {"planCode": "FULL_FEATURE"}}
    refusals = await api.refused(world.acme.as_admin(), NAME, newco(**changes))
    assert refusals == [("NO_PRICE", ("size",))]


async def test_a_partner_that_is_not_active(api: Api, world: World):
    for status in ("APPLIED", "SUSPENDED", "CLOSED"):
        await Partner.filter(id=world.acme.partner.id).update(status=status)
        refusals = await api.refused(world.acme.as_admin(), NAME, newco())
        assert refusals == [("PARTNER_NOT_ACTIVE", ("partnerId",))]


async def test_the_last_slot_goes_to_one_of_many_at_once(api: Api, world: World):
    await leave_slots(world.acme, 1)
    answers = await asyncio.gather(*(at_once(api, world, n, "ASSESSMENT_ONLY") for n in range(4)))
    codes = [code for answer in answers for code in answer]
    assert codes == ["NO_SLOTS_AVAILABLE"] * 3
    assert await Client.filter(plan_id="ASSESSMENT_ONLY").count() == 1


async def test_a_domain_goes_to_one_of_many_at_once(api: Api, world: World):
    answers = await asyncio.gather(*(at_once(api, world, 0, "FREE") for _ in range(4)))
    codes = [code for answer in answers for code in answer]
    assert len(codes) == 3 and set(codes) <= {"DOMAIN_TAKEN", "CONFLICT"}
    assert await Client.filter(domain="c0.example").count() == 1


async def at_once(api: Api, world: World, number: int, plan: str) -> list[str]:
    """Create a client, and give the codes of the refusals."""
    document = (
        "mutation($input: CreateClientInput!) { createClient(input: $input)"
        " { userErrors { code } } }"
    )
    changes = {"start": {"planCode": plan}, "domain": f"c{number}.example"}
    input = {"idempotencyKey": str(uuid4()), **newco(**changes)}
    told = await api.data(world.acme.as_admin(), document, input=input)
    return [error["code"] for error in told["createClient"]["userErrors"]]
