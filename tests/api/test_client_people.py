"""`archiveClient`, `addClientUser`, `assignAdvisor`, `unassignAdvisor`."""

from typing import Any

from app.auth.actor import PUBLIC
from app.domain.plans import PlanCode
from app.persistence.models import Client
from app.services.clients.upgrade_client import upgrade_client
from tests.api.calls import Api, global_id, unknown_id
from tests.clients import add_advisor, to_plan
from tests.world import World

MUTATIONS = ["archiveClient", "addClientUser", "assignAdvisor", "unassignAdvisor"]


def input_of(name: str, world: World, /, **changes: Any) -> dict[str, Any]:
    """An input of one of the mutations, for acme's client, that is fine but for the changes."""
    more = {
        "archiveClient": {},
        "addClientUser": {"name": "Nora New", "email": "nora@client.example"},
        "assignAdvisor": {"advisorId": global_id(world.acme.admin)},
        "unassignAdvisor": {"advisorId": global_id(world.acme.advisor)},
    }[name]
    return {"clientId": global_id(world.acme.client), **more, **changes}


async def test_an_archived_client_is_closed_and_its_domain_free(api: Api, world: World):
    acme = world.acme
    await upgrade_client(world.caller(acme.as_admin()), to_plan(acme.client, PlanCode.FULL_FEATURE))
    world.clock.advance(days=1)
    payload = await api.done(
        acme.as_admin(),
        "archiveClient",
        "client { status archivedAt subscription { status cancelledAt }"
        " advisors { nodes { endedAt } } }",
        input_of("archiveClient", world),
    )
    at = "2026-03-03T09:30:00Z"
    assert payload["client"] == {
        "status": "ARCHIVED",
        "archivedAt": at,
        "subscription": {"status": "CANCELLED", "cancelledAt": at},
        "advisors": {"nodes": [{"endedAt": at}]},
    }
    again = await api.refused(acme.as_admin(), "archiveClient", input_of("archiveClient", world))
    assert again == [("ALREADY_DONE", ("clientId",))]
    made = await api.done(
        acme.as_admin(),
        "createClient",
        "client { domain }",
        {
            "start": {"planCode": "FREE"},
            "name": "Again",
            "domain": "client.example",
            "size": {"employeeCount": 1},
        },
    )
    assert made["client"] == {"domain": "client.example"}


async def test_a_user_is_invited_to_a_client(api: Api, world: World):
    for actor in (world.acme.as_admin(), world.acme.as_advisor(), world.as_vendor()):
        email = f"{actor.role.lower()}@client.example"
        payload = await api.done(
            actor,
            "addClientUser",
            "clientUser { name email status createdAt } client { users { totalCount } }",
            input_of("addClientUser", world, email=email.upper()),
        )
        assert payload["clientUser"] == {
            "name": "Nora New",
            "email": email,
            "status": "INVITED",
            "createdAt": "2026-03-02T09:30:00Z",
        }
    assert payload["client"] == {"users": {"totalCount": 4}}


async def test_an_advisor_comes_and_goes(api: Api, world: World):
    acme = world.acme
    selection = "assignment { role assignedAt endedAt advisor { name } client { name } }"
    payload = await api.done(
        acme.as_admin(),
        "assignAdvisor",
        selection,
        input_of("assignAdvisor", world, role="VIEWER"),
    )
    assignment = {
        "role": "VIEWER",
        "assignedAt": "2026-03-02T09:30:00Z",
        "endedAt": None,
        "advisor": {"name": "Paula Admin"},
        "client": {"name": "Acme First Client"},
    }
    assert payload["assignment"] == assignment
    again = await api.refused(acme.as_admin(), "assignAdvisor", input_of("assignAdvisor", world))
    assert again == [("ALREADY_DONE", ("advisorId",))]

    world.clock.advance(hours=1)
    leaving = input_of("unassignAdvisor", world, advisorId=global_id(acme.admin))
    payload = await api.done(acme.as_admin(), "unassignAdvisor", selection, leaving)
    assert payload["assignment"] == {**assignment, "endedAt": "2026-03-02T10:30:00Z"}
    again = await api.refused(acme.as_admin(), "unassignAdvisor", leaving)
    assert again == [("ALREADY_DONE", ("advisorId",))]


async def test_an_advisor_who_was_taken_out_sees_the_client_no_more(api: Api, world: World):
    document = "query($id: ID!) { client(id: $id) { name } }"
    id = global_id(world.acme.client)
    assert (await api.data(world.acme.as_advisor(), document, id=id))["client"]
    await api.done(world.acme.as_admin(), "unassignAdvisor", "", input_of("unassignAdvisor", world))
    assert (await api.data(world.acme.as_advisor(), document, id=id))["client"] is None


async def test_an_advisor_must_be_an_active_one_of_the_clients_own_team(api: Api, world: World):
    invited = await add_advisor(world.acme, "Ina Invited", "INVITED")
    revoked = await add_advisor(world.acme, "Rex Revoked", "REVOKED")
    for id in (
        global_id(invited),
        global_id(revoked),
        global_id(world.rival.advisor),
        unknown_id("Advisor"),
        global_id(world.acme.client),
        "nonsense",
    ):
        input = input_of("assignAdvisor", world, advisorId=id)
        for actor in (world.acme.as_admin(), world.as_vendor()):
            refusals = await api.refused(actor, "assignAdvisor", input)
            assert refusals == [("UNKNOWN_ADVISOR", ("advisorId",))]
    input = input_of("unassignAdvisor", world, advisorId=global_id(world.rival.advisor))
    refusals = await api.refused(world.acme.as_admin(), "unassignAdvisor", input)
    assert refusals == [("UNKNOWN_ADVISOR", ("advisorId",))]


async def test_a_person_must_have_a_name_and_an_address_of_their_own(api: Api, world: World):
    for changes, refusal in [
        ({"name": ""}, ("REQUIRED", ("name",))),
        ({"name": "x" * 201}, ("TOO_LONG", ("name",))),
        ({"email": "UMA@client.example"}, ("DUPLICATE", ("email",))),
    ]:
        input = input_of("addClientUser", world, **changes)
        assert await api.refused(world.acme.as_admin(), "addClientUser", input) == [refusal]
    input = input_of("addClientUser", world, email="no address")
    assert await api.rejected(world.acme.as_admin(), "addClientUser", input) == "BAD_USER_INPUT"


async def test_another_teams_client_is_not_found(api: Api, world: World):
    for name in MUTATIONS:
        for actor in (world.rival.as_admin(), world.rival.as_app()):
            for id in (global_id(world.acme.client), unknown_id("Client"), "nonsense"):
                input = input_of(name, world, clientId=id)
                assert await api.refused(actor, name, input) == [("NOT_FOUND", ("clientId",))]


async def test_a_client_that_is_not_active(api: Api, world: World):
    await Client.filter(id=world.acme.client.id).update(status="SUSPENDED")
    for name in ("addClientUser", "assignAdvisor"):
        refusals = await api.refused(world.acme.as_admin(), name, input_of(name, world))
        assert refusals == [("CLIENT_NOT_ACTIVE", ("clientId",))]


async def test_whoever_may_not_is_refused(api: Api, world: World):
    for name in MUTATIONS:
        input = input_of(name, world)
        assert await api.rejected(PUBLIC, name, input) == "UNAUTHENTICATED"
        assert await api.rejected(world.acme.as_client_user(), name, input) == "FORBIDDEN"
        assert await api.rejected(world.as_analyst(), name, input) == "FORBIDDEN"
        if name != "addClientUser":
            assert await api.rejected(world.acme.as_advisor(), name, input) == "FORBIDDEN"
