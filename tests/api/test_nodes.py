"""`node` and `nodes`: any object by its global id."""

from app.auth.actor import PUBLIC
from app.persistence.models import Plan
from tests.api.calls import Api, global_id, unknown_id
from tests.world import World

NODE = "query($id: ID!) { node(id: $id) { __typename id ... on Client { name } } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Client { name } } }"


async def test_an_object_by_its_id(api: Api, world: World):
    id = global_id(world.acme.client)
    found = {"__typename": "Client", "id": id, "name": "Acme First Client"}
    for actor in (world.acme.as_admin(), world.acme.as_client_user(), world.as_vendor()):
        assert (await api.data(actor, NODE, id=id))["node"] == found


async def test_an_id_stays_the_same(api: Api, world: World):
    told = await api.data(world.as_vendor(), '{ partner(slug: "acme") { id } }')
    assert told["partner"]["id"] == global_id(world.acme.partner)
    again = await api.data(world.acme.as_admin(), "{ viewer { partner { id } } }")
    assert again["viewer"]["partner"] == told["partner"]


async def test_a_text_that_is_no_id_finds_nothing(api: Api, world: World):
    for id in (
        "",
        "nonsense",
        "client_",
        "client_xyz",
        "client_00000000000000000000000000000000",
        "Client_00000000000000000000000000000001",
        "tier_changed_00000000000000000000000000000001",
        "idempotency_key_00000000000000000000000000000001",
        "client_0000000000000000000000000000000\0",
        "'; DROP TABLE client; --",
        "client_" + "0" * 10_000,
    ):
        assert await api.data(world.as_vendor(), NODE, id=id) == {"node": None}, id


async def test_an_id_of_another_kind_finds_nothing(api: Api, world: World):
    """A client's number under the name of an advisor, and the other way round."""
    disguised = global_id(world.acme.client, "Advisor")
    assert await api.data(world.as_vendor(), NODE, id=disguised) == {"node": None}
    document = "query($id: ID!) { client(id: $id) { id } }"
    told = await api.data(world.as_vendor(), document, id=global_id(world.acme.partner))
    assert told == {"client": None}


async def test_another_teams_object_is_as_if_it_were_not_there(api: Api, world: World):
    for actor in (world.rival.as_admin(), world.rival.as_client_user(), PUBLIC):
        foreign = await api.ask(actor, NODE, id=global_id(world.acme.client))
        assert foreign == await api.ask(actor, NODE, id=unknown_id("Client"))
        assert foreign == {"data": {"node": None}}


async def test_what_is_the_same_for_all_is_public(api: Api, world: World):
    plan = await Plan.get(code="FREE")
    told = await api.data(PUBLIC, NODE, id=global_id(plan))
    assert told["node"] == {"__typename": "Plan", "id": global_id(plan)}


async def test_several_objects_come_in_the_order_of_their_ids(api: Api, world: World):
    acme, rival = world.acme, world.rival
    wanted = [
        global_id(acme.client_user),
        global_id(rival.client),
        global_id(acme.client),
        "nonsense",
        global_id(acme.partner),
        global_id(acme.client),
    ]
    told = await api.data(acme.as_admin(), NODES, ids=wanted)
    kinds = [node and (node["__typename"], node["id"]) for node in told["nodes"]]
    assert kinds == [
        ("ClientUser", wanted[0]),
        None,
        ("Client", wanted[2]),
        None,
        ("Partner", wanted[4]),
        ("Client", wanted[5]),
    ]


async def test_no_ids_give_no_objects(api: Api, world: World):
    assert await api.data(world.as_vendor(), NODES, ids=[]) == {"nodes": []}


async def test_too_many_ids_are_refused(api: Api, world: World):
    ids = [unknown_id("Client")] * 101
    assert await api.error(world.as_vendor(), NODES, ids=ids) == "BAD_USER_INPUT"
    assert await api.data(world.as_vendor(), NODES, ids=ids[:100]) == {"nodes": [None] * 100}


async def test_fragments_on_other_types_do_not_apply(api: Api, world: World):
    document = """query($id: ID!) { node(id: $id) {
        ... on Partner { slug } ... on Node { same: id } ... { __typename }
        ... on Client @skip(if: true) { domain }
    } }"""
    told = await api.data(world.as_vendor(), document, id=global_id(world.acme.client))
    same = {"same": global_id(world.acme.client), "__typename": "Client"}
    assert told["node"] == same


async def test_a_wrong_question_is_refused(api: Api, world: World):
    for document, code in [
        ("{ node { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ node(id: {}) { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ node(id: "x") { name } }', "GRAPHQL_VALIDATION_FAILED"),
        ('{ node(id: "x") }', "GRAPHQL_VALIDATION_FAILED"),
        ('{ nobody(id: "x") { id } }', "GRAPHQL_VALIDATION_FAILED"),
        ('{ node(id: "x") { id }', "GRAPHQL_PARSE_FAILED"),
        ("query($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
    ]:
        assert await api.error(world.as_vendor(), document) == code, document


async def test_of_the_vendors_people_a_partner_sees_its_account_manager(api: Api, world: World):
    manager, other = (
        global_id(person, "Person") for person in (world.vendor_admin, world.vendor_analyst)
    )
    for actor in (world.acme.as_admin(), world.acme.as_advisor(), world.acme.as_app()):
        assert (await api.data(actor, NODE, id=manager))["node"]["id"] == manager
        assert (await api.data(actor, NODE, id=other))["node"] is None
    for actor in (world.acme.as_client_user(), PUBLIC):
        assert (await api.data(actor, NODE, id=manager))["node"] is None
