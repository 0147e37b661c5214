"""`client` and `clients`: client teams as each kind of actor sees them."""

from datetime import timedelta
from typing import Any

from app.auth.actor import PUBLIC
from app.domain.plans import PlanCode
from app.persistence.models import AdvisorAssignment, Client, ContentGrant
from app.services.clients.create_client import create_client
from app.services.clients.upgrade_client import upgrade_client
from tests.api.calls import Api, global_id, unknown_id
from tests.clients import add_item, add_template, add_version, new_client, to_plan
from tests.world import LONG_AGO, World

CLIENT = """query($id: ID!) { client(id: $id) {
    id name domain employeeCount sizeSource status createdAt archivedAt domainShared
    bracket { code label minEmployees maxEmployees }
    plan { code rank takesSlot startsSubscription }
    partner { slug } template { name items { position item { title } version { number } } }
    subscription { status payer interval price { amount currencyCode } bracket { code }
        plan { code } startedAt billingStartsAt cancelledAt }
    trial { plan { code } formerPlan { code } startedAt endsAt }
    advisors { nodes { role assignedAt endedAt advisor { name } client { name } } }
    users { nodes { name email status } }
    content { nodes { source grantedAt item { title library { kind } } version { number body } } }
} }"""


async def client(api: Api, actor: Any, id: str) -> dict[str, Any]:
    return (await api.data(actor, CLIENT, id=id))["client"]


async def test_a_client_as_its_team_sees_it(api: Api, world: World):
    acme = world.acme
    expected = {
        "id": global_id(acme.client),
        "name": "Acme First Client",
        "domain": "client.example",
        "employeeCount": 42,
        "sizeSource": "COUNTED",
        "status": "ACTIVE",
        "createdAt": "2024-01-01T00:00:00Z",
        "archivedAt": None,
        "domainShared": None,
        "bracket": {"code": "11-50", "label": "11-50", "minEmployees": 11, "maxEmployees": 51},
        "plan": {"code": "FREE", "rank": 0, "takesSlot": False, "startsSubscription": False},
        "partner": {"slug": "acme"},
        "template": None,
        "subscription": None,
        "trial": None,
        "advisors": {
            "nodes": [
                {
                    "role": "ADMIN",
                    "assignedAt": "2024-01-01T00:00:00Z",
                    "endedAt": None,
                    "advisor": {"name": "Adam Advisor"},
                    "client": {"name": "Acme First Client"},
                }
            ]
        },
        "users": {
            "nodes": [{"name": "Uma User", "email": "uma@client.example", "status": "ACTIVE"}]
        },
        "content": {"nodes": []},
    }
    for actor in (acme.as_admin(), acme.as_advisor(), acme.as_client_user(), acme.as_app()):
        assert await client(api, actor, global_id(acme.client)) == expected
    for actor in (world.as_vendor(), world.as_analyst()):
        found = await client(api, actor, global_id(acme.client))
        assert found == {**expected, "domainShared": False}


async def test_a_client_of_another_team_is_not_there(api: Api, world: World):
    for actor in (
        world.rival.as_admin(),
        world.rival.as_advisor(),
        world.rival.as_client_user(),
        world.rival.as_app(),
    ):
        for id in (global_id(world.acme.client), unknown_id("Client"), "nonsense", ""):
            assert await client(api, actor, id) is None
        listed = (await api.data(actor, "{ clients { totalCount nodes { name } } }"))["clients"]
        assert listed == {"totalCount": 1, "nodes": [{"name": "Rival First Client"}]}


async def test_the_public_sees_no_clients(api: Api, world: World):
    id = global_id(world.acme.client)
    assert await api.error(PUBLIC, CLIENT, id=id) == "UNAUTHENTICATED"
    assert await api.error(PUBLIC, "{ clients { nodes { id } } }") == "UNAUTHENTICATED"


async def test_an_advisor_sees_the_clients_assigned_now(api: Api, world: World):
    acme = world.acme
    other = await create_client(world.caller(acme.as_admin()), new_client())
    document = (
        "{ clients { totalCount nodes { name } } viewer { partner { clients { totalCount } } } }"
    )
    told = await api.data(acme.as_advisor(), document)
    assert told["clients"] == {"totalCount": 1, "nodes": [{"name": "Acme First Client"}]}
    assert told["viewer"]["partner"]["clients"]["totalCount"] == 1
    assert await client(api, acme.as_advisor(), f"client_{other['client'].hex}") is None
    await AdvisorAssignment.filter(advisor_id=acme.advisor.id).update(ended_at=world.clock.now())
    assert (await api.data(acme.as_advisor(), document))["clients"]["totalCount"] == 0
    assert (await api.data(acme.as_admin(), document))["clients"]["totalCount"] == 2


async def test_a_licensed_client_with_a_trial(api: Api, world: World, clock):
    acme = world.acme
    await upgrade_client(world.caller(acme.as_admin()), to_plan(acme.client, PlanCode.FULL_FEATURE))
    found = await client(api, acme.as_client_user(), global_id(acme.client))
    # Two weeks later; between 2 and 16 March Berlin keeps its winter time.
    ends = "2026-03-16T09:30:00Z"
    assert found["plan"]["code"] == "FULL_FEATURE"
    assert found["trial"] == {
        "plan": {"code": "FULL_FEATURE"},
        "formerPlan": {"code": "FREE"},
        "startedAt": "2026-03-02T09:30:00Z",
        "endsAt": ends,
    }
    assert found["subscription"] == {
        "status": "TRIALING",
        "payer": "PARTNER",
        "interval": "MONTH",
        "price": {"amount": "200.00", "currencyCode": "USD"},
        "bracket": {"code": "11-50"},
        "plan": {"code": "FULL_FEATURE"},
        "startedAt": "2026-03-02T09:30:00Z",
        "billingStartsAt": ends,
        "cancelledAt": None,
    }


async def test_content_comes_at_the_version_that_was_given(api: Api, world: World):
    acme = world.acme
    item = await add_item(acme.library, "Handbook")
    first = await add_version(item, 1)
    second = await add_version(item, 2)
    secret = await add_item(acme.library, "Not for clients")
    template = await add_template(acme, first, secret)
    await Client.filter(id=acme.client.id).update(template_id=template.id)
    for hours, (given, version) in enumerate([(item, first)]):
        await ContentGrant.create(
            partner=acme.partner,
            client=acme.client,
            item=given,
            version=version,
            source="TEMPLATE",
            granted_at=LONG_AGO + timedelta(hours=hours),
        )
    assert second.number == 2
    found = await client(api, acme.as_client_user(), global_id(acme.client))
    assert found["content"]["nodes"] == [
        {
            "source": "TEMPLATE",
            "grantedAt": "2024-01-01T00:00:00Z",
            "item": {"title": "Handbook", "library": {"kind": "EXCLUSIVE"}},
            "version": {"number": 1, "body": "Version 1"},
        }
    ]
    # The name of its template, and not what is in it.
    assert found["template"] == {"name": "Baseline", "items": []}
    mine = await client(api, acme.as_admin(), global_id(acme.client))
    assert [entry["item"]["title"] for entry in mine["template"]["items"]] == [
        "Handbook",
        "Not for clients",
    ]


async def test_a_client_user_reads_no_other_content(api: Api, world: World):
    acme = world.acme
    item = await add_item(acme.library, "Handbook")
    version = await add_version(item, 1)
    user = acme.as_client_user()
    document = "query($id: ID!) { contentItem(id: $id) { title } node(id: $id) { id } }"
    nothing = {"contentItem": None, "node": None}
    assert await api.data(user, document, id=global_id(item)) == nothing
    assert await api.data(user, document, id=global_id(world.open_item)) == nothing
    await ContentGrant.create(
        partner=acme.partner,
        client=acme.client,
        item=item,
        version=version,
        source="PUSH",
        granted_at=LONG_AGO,
    )
    told = await api.data(user, document, id=global_id(item))
    assert told["contentItem"] == {"title": "Handbook"}


async def test_the_domain_that_lives_twice_is_told_to_the_vendor_alone(api: Api, world: World):
    await create_client(
        world.caller(world.acme.as_admin()), new_client(domain="shared.example", name="Ours")
    )
    await create_client(
        world.caller(world.rival.as_admin()), new_client(domain="shared.example", name="Theirs")
    )
    document = '{ clients(where: {domain: "shared.example"}) { nodes { name domainShared } } }'
    told = await api.data(world.as_vendor(), document)
    assert told["clients"]["nodes"] == [
        {"name": "Ours", "domainShared": True},
        {"name": "Theirs", "domainShared": True},
    ]
    mine = await api.data(world.acme.as_admin(), document)
    assert mine["clients"]["nodes"] == [{"name": "Ours", "domainShared": None}]
    sdl = await api.error(
        world.acme.as_admin(), "{ clients(where: {domainShared: true}) { nodes { id } } }"
    )
    assert sdl == "GRAPHQL_VALIDATION_FAILED"
