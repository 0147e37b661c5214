"""Whatever a document selects, however it is written: the answer is as the specification says."""

from app.domain.plans import PlanCode
from app.services.clients.upgrade_client import upgrade_client
from tests.api.calls import Api
from tests.api.ladder import import_ladder, set_tier
from tests.clients import to_plan
from tests.world import World


async def test_the_same_list_twice_with_other_arguments(api: Api, world: World):
    document = """{ partner(slug: "acme") {
        one: advisors(first: 1) { nodes { name } pageInfo { hasNextPage } }
        last: advisors(last: 1) { nodes { name } }
        admins: advisors(where: {role: [PARTNER_ADMIN]}) { totalCount edges { node { role } } }
        none: advisors(where: {search: "nobody"}) { totalCount nodes { name } }
    } }"""
    told = (await api.data(world.acme.as_admin(), document))["partner"]
    assert told == {
        "one": {"nodes": [{"name": "Adam Advisor"}], "pageInfo": {"hasNextPage": True}},
        "last": {"nodes": [{"name": "Paula Admin"}]},
        "admins": {"totalCount": 1, "edges": [{"node": {"role": "PARTNER_ADMIN"}}]},
        "none": {"totalCount": 0, "nodes": []},
    }


async def test_the_same_field_twice_is_merged(api: Api, world: World):
    document = """
    query { partner(slug: "acme") { ...A ...B clients { nodes { name } } } }
    fragment A on Partner { clients { nodes { plan { code } } edges { node { domain } } } }
    fragment B on Partner { clients { nodes { plan { name } } totalCount edges { cursor } } }
    """
    clients = (await api.data(world.acme.as_admin(), document))["partner"]["clients"]
    assert clients["nodes"] == [
        {"plan": {"code": "FREE", "name": "Free"}, "name": "Acme First Client"}
    ]
    [edge] = clients["edges"]
    assert edge["node"] == {"domain": "client.example"} and edge["cursor"]
    assert list(clients) == ["nodes", "edges", "totalCount"]


async def test_every_kind_of_object_knows_its_type(api: Api, world: World):
    await import_ladder(world)
    await set_tier(api, world.acme, "gold")
    await upgrade_client(
        world.caller(world.acme.as_admin()), to_plan(world.acme.client, PlanCode.FULL_FEATURE)
    )
    document = """{ __typename viewer { __typename } partner(slug: "acme") {
        __typename slots { __typename }
        clients { __typename pageInfo { __typename } edges { __typename node { __typename
            subscription { __typename price { __typename } } } } }
        standing { tier { requirement { __typename of { __typename condition { __typename } } } } }
    } }"""
    told = await api.data(world.acme.as_admin(), document)
    assert told["__typename"] == "Query" and told["viewer"] == {"__typename": "Viewer"}
    partner = told["partner"]
    assert partner["slots"] == {"__typename": "SlotBalance"}
    [edge] = partner["clients"]["edges"]
    assert edge == {
        "__typename": "ClientEdge",
        "node": {
            "__typename": "Client",
            "subscription": {
                "__typename": "ClientSubscription",
                "price": {"__typename": "Money"},
            },
        },
    }
    assert partner["clients"]["pageInfo"] == {"__typename": "PageInfo"}
    requirement = partner["standing"]["tier"]["requirement"]
    assert requirement["__typename"] == "Requirement"
    assert requirement["of"][0]["condition"] == {"__typename": "Condition"}


async def test_directives_and_variables_at_every_level(api: Api, world: World):
    document = """query($yes: Boolean!, $no: Boolean!, $size: Int, $none: Cursor) {
        clients(first: $size, after: $none) {
            totalCount @include(if: $no)
            nodes @include(if: $yes) {
                name @skip(if: $no) domain @skip(if: $yes)
                ... @include(if: $no) { status }
                ... on Client @include(if: $yes) { employeeCount }
                ...Sized @skip(if: $yes)
            }
        }
    }
    fragment Sized on Client { sizeSource }
    """
    actor = world.acme.as_admin()
    told = await api.data(actor, document, yes=True, no=False, size=None, none=None)
    assert told["clients"] == {"nodes": [{"name": "Acme First Client", "employeeCount": 42}]}
    # The plan for one set of variables is not used for another.
    told = await api.data(actor, document, yes=False, no=True, size=1, none=None)
    assert told["clients"] == {"totalCount": 1}


async def test_nothing_but_the_count(api: Api, world: World):
    told = await api.data(world.as_vendor(), "{ clients(first: 1) { totalCount } }")
    assert told == {"clients": {"totalCount": 2}}


async def test_from_a_client_to_its_partner_and_back(api: Api, world: World):
    document = """{ clients { nodes { partner { clients { nodes { partner {
        library { partner { name } } } } } } } } }"""
    told = await api.data(world.rival.as_admin(), document)
    library = {"library": {"partner": {"name": "Rival Consulting"}}}
    inner = {"clients": {"nodes": [{"partner": library}]}}
    assert told == {"clients": {"nodes": [{"partner": inner}]}}
