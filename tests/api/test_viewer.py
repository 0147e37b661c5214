"""`viewer` and `vendor`: who asks, and who runs the program."""

from app.auth.actor import PUBLIC, Actor
from app.auth.policy import POLICY
from app.domain.identity import Role, Scope
from tests.api.calls import Api, global_id, unknown_id
from tests.world import World

VIEWER = """{ viewer {
    name role scopes partner { slug } client { name } advisor { email } person { email }
} }"""
CAN = "query($do: Action!, $on: ID) { viewer { can(action: $do, on: $on) { allowed reason } } }"


async def test_the_public_has_no_viewer(api: Api):
    assert await api.data(PUBLIC, VIEWER) == {"viewer": None}


async def test_a_person_of_the_vendor(api: Api, world: World):
    viewer = (await api.data(world.as_vendor(), VIEWER))["viewer"]
    assert viewer == {
        "name": "Vera Admin",
        "role": "VENDOR_ADMIN",
        "scopes": None,
        "partner": None,
        "client": None,
        "advisor": None,
        "person": {"email": "vendor_admin@northwind.example"},
    }
    analyst = (await api.data(world.as_analyst(), VIEWER))["viewer"]
    assert analyst["person"] == {"email": "vendor_analyst@northwind.example"}


async def test_a_person_of_a_partner(api: Api, world: World):
    viewer = (await api.data(world.acme.as_admin(), VIEWER))["viewer"]
    assert viewer == {
        "name": "Paula Admin",
        "role": "PARTNER_ADMIN",
        "scopes": None,
        "partner": {"slug": "acme"},
        "client": None,
        "advisor": {"email": "paula@acme.example"},
        "person": None,
    }
    advisor = (await api.data(world.acme.as_advisor(), VIEWER))["viewer"]
    assert advisor["advisor"] == {"email": "adam@acme.example"}


async def test_a_client_user(api: Api, world: World):
    viewer = (await api.data(world.acme.as_client_user(), VIEWER))["viewer"]
    assert viewer["role"] == "CLIENT_USER"
    assert viewer["partner"] == {"slug": "acme"}
    assert viewer["client"] == {"name": "Acme First Client"}
    assert viewer["advisor"] is viewer["person"] is None


async def test_an_app_and_its_scopes(api: Api, world: World):
    app = world.acme.as_app(Scope.PARTNERS_READ, Scope.CLIENTS_READ)
    viewer = (await api.data(app, VIEWER))["viewer"]
    assert viewer["role"] == "APP"
    assert viewer["scopes"] == ["CLIENTS_READ", "PARTNERS_READ"]
    assert viewer["partner"] == {"slug": "acme"}
    vendors = Actor(Role.APP, api_key_id=world.vendor.id, scopes=frozenset())
    viewer = (await api.data(vendors, VIEWER))["viewer"]
    assert (viewer["partner"], viewer["scopes"]) == (None, [])


async def test_what_a_viewer_may_do_is_what_the_policy_says(api: Api, world: World):
    for actor in (
        world.as_vendor(),
        world.as_analyst(),
        world.acme.as_admin(),
        world.acme.as_advisor(),
        world.acme.as_client_user(),
    ):
        for action, rule in POLICY.items():
            told = (await api.data(actor, CAN, do=action.value))["viewer"]["can"]
            assert told["allowed"] is (actor.role in rule.roles), (actor.role, action)
            assert (told["reason"] is None) is told["allowed"]


async def test_what_a_viewer_may_do_to_an_object(api: Api, world: World):
    advisor = world.acme.as_advisor()
    gone = {"allowed": False, "reason": "There is no such object."}
    for id, expected in [
        (global_id(world.acme.client), {"allowed": True, "reason": None}),
        (global_id(world.rival.client), gone),
        (unknown_id("Client"), gone),
        ("nonsense", gone),
        # A type of answers that are not objects of their own.
        (unknown_id("TierChanged"), gone),
    ]:
        told = await api.data(advisor, CAN, do="UPGRADE_CLIENT", on=id)
        assert told["viewer"]["can"] == expected, id
    told = await api.data(advisor, CAN, do="ARCHIVE_CLIENT", on=global_id(world.acme.client))
    assert told["viewer"]["can"] == {
        "allowed": False,
        "reason": "The role ADVISOR may not do this.",
    }


async def test_everyone_sees_the_vendor(api: Api, world: World):
    document = "{ vendor { id name website homeCurrency timeZone } }"
    for actor in (PUBLIC, world.acme.as_client_user(), world.as_vendor()):
        assert (await api.data(actor, document))["vendor"] == {
            "id": global_id(world.vendor),
            "name": "Northwind Software",
            "website": None,
            "homeCurrency": "USD",
            "timeZone": "Europe/Berlin",
        }


async def test_one_request_asks_a_whole_portal_page(api: Api, world: World):
    """Several root fields, aliases, fragments, directives and variables in one document."""
    document = """
    query Portal($first: Int = 5, $withUsers: Boolean!, $hide: Boolean!) {
        me: viewer { ...Me }
        mine: clients(first: $first) {
            __typename totalCount
            edges { cursor node { ...Tile users @include(if: $withUsers) { nodes { name } } } }
            again: nodes { id }
        }
        hidden: partners @skip(if: $hide) { nodes { id } }
    }
    fragment Me on Viewer { role partner { ... on Partner { name } ... on Node { id } } }
    fragment Tile on Client { title: name plan { code } plan { name } }
    """
    acme = world.acme
    told = await api.data(acme.as_advisor(), document, withUsers=True, hide=True)
    assert list(told) == ["me", "mine"]
    partner = {"name": "Acme Advisory", "id": global_id(acme.partner)}
    assert told["me"] == {"role": "ADVISOR", "partner": partner}
    [edge] = told["mine"]["edges"]
    assert edge["node"] == {
        "title": "Acme First Client",
        "plan": {"code": "FREE", "name": "Free"},
        "users": {"nodes": [{"name": "Uma User"}]},
    }
    assert told["mine"]["again"] == [{"id": global_id(acme.client)}]
    assert (told["mine"]["__typename"], told["mine"]["totalCount"]) == ("ClientConnection", 1)
    told = await api.data(acme.as_advisor(), document, withUsers=False, hide=False)
    assert "users" not in told["mine"]["edges"][0]["node"] and len(told["hidden"]["nodes"]) == 1
