"""Client users who are added after their client was created."""

from uuid import uuid4

import pytest

from app.auth.actor import Actor
from app.domain.errors import ErrorCode
from app.persistence.models import AdvisorAssignment, Client, ClientUser
from app.services.clients.add_client_user import AddClientUser, add_client_user
from tests.clients import created
from tests.refusals import audited, everything, refused, told
from tests.world import LONG_AGO, World


def adding(client: Client, **changes: object) -> AddClientUser:
    values: dict[str, object] = {
        "idempotency_key": str(uuid4()),
        "client_id": client.id,
        "name": "Nora New",
        "email": "nora@client.example",
    }
    return AddClientUser(**{**values, **changes})  # type: ignore[arg-type]


async def test_a_user_is_invited(world: World) -> None:
    input = adding(world.acme.client, name=" Nora   New ", email=" Nora@Client.example")
    ids = await add_client_user(world.caller(world.acme.as_advisor()), input)

    user = await ClientUser.get(id=ids["client_user"])
    assert (user.name, user.name_key, user.email) == (
        "Nora New",
        "nora new",
        "nora@client.example",
    )
    assert (user.status, user.created_at) == ("INVITED", world.clock.now())
    assert user.client_id == ids["client"] == world.acme.client.id
    [event] = await told("CLIENT_USER_ADDED")
    assert (event.subject_id, event.client_id) == (user.id, world.acme.client.id)
    assert event.partner_id == world.acme.partner.id
    assert [entry.subject_id for entry in await audited("addClientUser")] == [user.id]


async def test_a_repeat_does_nothing(world: World) -> None:
    caller, input = world.caller(world.acme.as_admin()), adding(world.acme.client)
    first = await add_client_user(caller, input)
    before = await everything()
    assert await add_client_user(caller, input) == first
    assert await everything() == before


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": ""}, ErrorCode.REQUIRED, "name"),
        ({"email": "nora"}, ErrorCode.INVALID, "email"),
        ({"email": "UMA@client.example"}, ErrorCode.DUPLICATE, "email"),
        # 144 characters as sent, 274 as they would be kept.
        ({"email": "İ" * 130 + "@b.example.co"}, ErrorCode.TOO_LONG, "email"),
    ],
)
async def test_wrong_values(
    world: World, changes: dict[str, object], code: ErrorCode, field: str
) -> None:
    async with refused(code, field):
        await add_client_user(
            world.caller(world.acme.as_admin()), adding(world.acme.client, **changes)
        )


async def test_two_clients_may_have_a_user_of_the_same_address(world: World) -> None:
    other = await created(world, world.acme)
    ids = await add_client_user(
        world.caller(world.acme.as_admin()), adding(other, email="uma@client.example")
    )
    assert (await ClientUser.get(id=ids["client_user"])).client_id == other.id


async def test_an_archived_client_gets_no_users(world: World) -> None:
    await Client.filter(id=world.acme.client.id).update(status="ARCHIVED", archived_at=LONG_AGO)
    async with refused(ErrorCode.CLIENT_NOT_ACTIVE, "clientId"):
        await add_client_user(world.caller(world.acme.as_admin()), adding(world.acme.client))


async def test_the_clients_of_others_do_not_exist(world: World) -> None:
    unassigned = await created(world, world.acme)

    async def attempt(actor: Actor, client: Client) -> None:
        async with refused(ErrorCode.NOT_FOUND, "clientId"):
            await add_client_user(world.caller(actor), adding(client))

    await attempt(world.rival.as_admin(), world.acme.client)
    await attempt(world.acme.as_advisor(), unassigned)
    await attempt(world.rival.as_client_user(), world.acme.client)


@pytest.mark.parametrize("role", ["CONTRIBUTOR", "VIEWER"])
async def test_an_advisor_who_does_not_administer_the_client(world: World, role: str) -> None:
    acme = world.acme
    await AdvisorAssignment.filter(advisor_id=acme.advisor.id).update(role=role)
    async with refused(ErrorCode.ROLE_TOO_LOW, "clientId"):
        await add_client_user(world.caller(acme.as_advisor()), adding(acme.client))


async def test_a_partner_admin_is_not_limited_by_an_assignment(world: World) -> None:
    acme = world.acme
    await AdvisorAssignment.filter(advisor_id=acme.advisor.id).update(
        advisor_id=acme.admin.id, role="VIEWER"
    )
    ids = await add_client_user(world.caller(acme.as_admin()), adding(acme.client))
    assert (await ClientUser.get(id=ids["client_user"])).client_id == acme.client.id
