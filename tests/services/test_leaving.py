"""People who leave: revoked, handed over, moved, given another role."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from app.auth.actor import Actor
from app.auth.api_keys import NewKey, create_key
from app.auth.authenticate import make_authenticator
from app.auth.people import by_subject
from app.auth.refusal import Unauthenticated
from app.domain.clients import AssignmentRole
from app.domain.errors import ErrorCode, Refused
from app.domain.identity import Role
from app.domain.ids import global_id
from app.domain.partners import TeamRole
from app.persistence.models import (
    Advisor,
    AdvisorAssignment,
    ApiKey,
    Client,
    ClientUser,
    Invitation,
    Partner,
)
from app.services.advisors.change_assignment_role import (
    ChangeAssignmentRole,
    change_assignment_role,
)
from app.services.advisors.invite_advisor import InviteAdvisor, invite_advisor
from app.services.advisors.move_advisor import MoveAdvisor, move_advisor
from app.services.advisors.revoke_advisor import RevokeAdvisor, revoke_advisor
from app.services.clients.add_client_user import AddClientUser, add_client_user
from app.services.clients.revoke_client_user import RevokeClientUser, revoke_client_user
from app.settings import Settings
from tests.clients import add_advisor, created
from tests.invitations import accept, invited_advisor, invited_user, newcomer
from tests.refusals import audited, outcome, refused, told
from tests.world import LONG_AGO, World


async def revoke(world: World, actor: Actor, id: UUID, successor_id: UUID | None = None) -> None:
    input = RevokeAdvisor(str(uuid4()), id, successor_id)
    await revoke_advisor(world.caller(actor), input)


async def move(world: World, actor: Actor, advisor: UUID, source: UUID, target: UUID) -> UUID:
    ids = await move_advisor(
        world.caller(actor), MoveAdvisor(str(uuid4()), advisor, source, target)
    )
    return ids["assignment"]


async def change(world: World, actor: Actor, client: UUID, advisor: UUID, role: str) -> UUID:
    input = ChangeAssignmentRole(str(uuid4()), client, advisor, AssignmentRole(role))
    return (await change_assignment_role(world.caller(actor), input))["assignment"]


async def works(advisor_id: UUID) -> dict[UUID, str]:
    """Where an advisor works now, and as what."""
    rows = await AdvisorAssignment.filter(advisor_id=advisor_id, ended_at=None)
    roles = {row.client_id: str(row.role) for row in rows}
    assert len(roles) == len(rows)
    return roles


async def test_a_revoked_advisor_is_out_at_once(world: World, tmp_path) -> None:
    acme, clock = world.acme, world.clock
    settings = Settings(_env_file=None, data_dir=tmp_path)
    authenticator = make_authenticator(settings, world.database, clock)
    new = NewKey("k", Role.ADVISOR, acme.advisor.id)
    key = await create_key(world.database, clock, authenticator.secret, new)
    await Advisor.filter(id=acme.advisor.id).update(subject="idp|adam")
    value = f"Bearer {key.text}"
    actor = await authenticator.authenticate(value)

    await revoke(world, acme.as_admin(), acme.advisor.id)

    # As open sockets and streams are asked, too.
    with pytest.raises(Unauthenticated):
        await authenticator.confirm(value, actor)
    with pytest.raises(Unauthenticated):
        await by_subject(world.database, "idp|adam", clock.now())
    row = await Advisor.get(id=acme.advisor.id)
    assert (row.status, row.active_to, row.subject) == ("REVOKED", clock.now(), None)
    assert (await ApiKey.get(advisor_id=row.id)).revoked_at == clock.now()
    assert await works(row.id) == {}
    assert [event.subject_id for event in await told("ADVISOR_UNASSIGNED")] == [row.id]
    [event] = await told("ADVISOR_REVOKED")
    assert (event.subject_id, event.client_id) == (row.id, None)
    assert event.data == {"name": "Adam Advisor", "successorId": None}
    assert len(await audited("revokeAdvisor")) == 1
    # The sign-in is free: it may join another team as another person.
    ids = await invited_user(world, world.rival)
    await accept(world, ids["invitation"], newcomer("idp|adam"))
    async with refused(ErrorCode.ALREADY_DONE, "advisorId"):
        await revoke(world, acme.as_admin(), row.id)


async def test_a_successor_takes_over_with_the_higher_role(world: World) -> None:
    acme = world.acme
    heir = await add_advisor(acme, "Hanna Heir")
    second = await created(world, acme, domain="two.example", advisor_ids=(acme.advisor.id,))
    third = await created(
        world, acme, domain="three.example", advisor_ids=(acme.advisor.id, heir.id)
    )
    await Client.filter(id=third.id).update(status="SUSPENDED")
    mine = AdvisorAssignment.filter(advisor_id=acme.advisor.id)
    await mine.filter(client_id=second.id).update(role="CONTRIBUTOR")
    await mine.filter(client_id=third.id).update(role="VIEWER")
    await AdvisorAssignment.create(
        partner=acme.partner, client=acme.client, advisor=heir, role="VIEWER", assigned_at=LONG_AGO
    )

    await revoke(world, world.as_vendor(), acme.advisor.id, heir.id)

    assert await works(acme.advisor.id) == {}
    assert await works(heir.id) == {
        acme.client.id: "ADMIN",
        second.id: "CONTRIBUTOR",
        third.id: "ADMIN",
    }
    [event] = await told("ADVISOR_REVOKED")
    assert event.data["successorId"] == global_id("Advisor", heir.id)


async def test_an_invitation_ends_with_its_person(world: World) -> None:
    acme = world.acme
    advisor, user = await invited_advisor(world, acme), await invited_user(world, acme)
    await revoke(world, acme.as_admin(), advisor["advisor"])
    input = RevokeClientUser("key", user["client_user"])
    await revoke_client_user(world.caller(acme.as_advisor()), input)
    for ids in (advisor, user):
        row = await Invitation.get(id=ids["invitation"])
        assert row.revoked_at == world.clock.now()
        async with refused(ErrorCode.INVITATION_ENDED, "token"):
            await accept(world, row.id, newcomer())


async def test_the_last_admin_stays(world: World) -> None:
    acme = world.acme
    other = await add_advisor(acme, "Olga Other", "INVITED")
    await Advisor.filter(id=other.id).update(role="PARTNER_ADMIN")
    async with refused(ErrorCode.LAST_ADMIN, "advisorId"):
        await revoke(world, world.as_vendor(), acme.admin.id)
    # One who never came may go while there is another.
    await revoke(world, acme.as_admin(), other.id)
    await Advisor.filter(id=other.id).update(status="ACTIVE")
    await revoke(world, acme.as_admin(), acme.admin.id)
    async with refused(ErrorCode.LAST_ADMIN, "advisorId"):
        await revoke(world, world.as_vendor(), other.id)


async def test_of_two_admins_who_revoke_each_other_one_stays(world: World) -> None:
    acme = world.acme
    other = await add_advisor(acme, "Olga Other")
    await Advisor.filter(id=other.id).update(role="PARTNER_ADMIN")
    inputs = [RevokeAdvisor(str(uuid4()), id) for id in (acme.admin.id, other.id)]
    caller = world.caller(acme.as_admin())
    outcomes = await asyncio.gather(*(outcome(revoke_advisor(caller, each)) for each in inputs))
    [refusal] = [each for each in outcomes if isinstance(each, Refused)]
    assert refusal.problems[0].code == ErrorCode.LAST_ADMIN
    assert await Advisor.filter(partner=acme.partner, role="PARTNER_ADMIN", status="ACTIVE").count()


async def test_whom_nobody_may_name(world: World) -> None:
    acme, rival = world.acme, world.rival
    invited = await add_advisor(acme, "Ina Invited", "INVITED")
    for id in (rival.advisor.id, uuid4()):
        async with refused(ErrorCode.NOT_FOUND, "advisorId"):
            await revoke(world, acme.as_admin(), id)
    for id in (rival.advisor.id, uuid4(), invited.id, acme.advisor.id):
        async with refused(ErrorCode.UNKNOWN_ADVISOR, "successorId"):
            await revoke(world, acme.as_admin(), acme.advisor.id, id)
    unassigned = await created(world, acme)
    hidden = await ClientUser.create(
        partner=acme.partner,
        client=unassigned,
        name="H",
        name_key="h",
        email="h@h.example",
        created_at=LONG_AGO,
    )
    for actor, user in (
        (acme.as_admin(), rival.client_user),
        (acme.as_advisor(), hidden),
        (rival.as_app(), acme.client_user),
    ):
        async with refused(ErrorCode.NOT_FOUND, "clientUserId"):
            await revoke_client_user(world.caller(actor), RevokeClientUser("k", user.id))
    await AdvisorAssignment.all().update(role="CONTRIBUTOR")
    async with refused(ErrorCode.ROLE_TOO_LOW, "clientUserId"):
        await revoke_client_user(
            world.caller(acme.as_advisor()), RevokeClientUser("k", acme.client_user.id)
        )


async def test_a_revoked_client_user_is_out_at_once(world: World) -> None:
    user = world.acme.client_user
    await ClientUser.filter(id=user.id).update(subject="idp|uma")
    # Out of a client that is paused, too.
    await Client.filter(id=world.acme.client.id).update(status="SUSPENDED")
    caller = world.caller(world.acme.as_admin())
    await revoke_client_user(caller, RevokeClientUser("one", user.id))
    row = await ClientUser.get(id=user.id)
    assert (row.status, row.subject) == ("REVOKED", None)
    with pytest.raises(Unauthenticated):
        await by_subject(world.database, "idp|uma", world.clock.now())
    [event] = await told("CLIENT_USER_REVOKED")
    assert (event.subject_id, event.client_id) == (user.id, world.acme.client.id)
    async with refused(ErrorCode.ALREADY_DONE, "clientUserId"):
        await revoke_client_user(caller, RevokeClientUser("two", user.id))


async def test_who_was_revoked_may_be_invited_again(world: World) -> None:
    acme, caller = world.acme, world.caller(world.acme.as_admin())
    first = await invited_advisor(world, acme)
    await revoke(world, acme.as_admin(), first["advisor"])
    email = (await Advisor.get(id=first["advisor"])).email
    again = InviteAdvisor("again", "Otto Again", email, TeamRole.PARTNER_ADMIN)
    assert (await invite_advisor(caller, again))["advisor"] == first["advisor"]
    row = await Advisor.get(id=first["advisor"])
    assert (row.name, row.role, row.status) == ("Otto Again", "PARTNER_ADMIN", "INVITED")
    async with refused(ErrorCode.DUPLICATE, "email"):
        await invite_advisor(caller, replace(again, idempotency_key="once more"))

    user = acme.client_user
    await revoke_client_user(caller, RevokeClientUser("gone", user.id))
    back = AddClientUser("back", acme.client.id, "Uma Again", user.email)
    assert (await add_client_user(caller, back))["client_user"] == user.id
    assert (await ClientUser.get(id=user.id)).status == "INVITED"


async def test_an_advisor_moves_with_the_role(world: World) -> None:
    acme = world.acme
    target = await created(world, acme)
    await AdvisorAssignment.filter(advisor_id=acme.advisor.id).update(role="CONTRIBUTOR")
    # From a client that is paused, too.
    await Client.filter(id=acme.client.id).update(status="SUSPENDED")
    id = await move(world, acme.as_admin(), acme.advisor.id, acme.client.id, target.id)
    assert await works(acme.advisor.id) == {target.id: "CONTRIBUTOR"}
    assert (await AdvisorAssignment.get(id=id)).assigned_at == world.clock.now()
    assert [event.client_id for event in await told("ADVISOR_UNASSIGNED")] == [acme.client.id]
    assert (await told("ADVISOR_ASSIGNED"))[-1].client_id == target.id
    assert [entry.subject_id for entry in await audited("moveAdvisor")] == [id]


async def test_moves_that_are_none(world: World) -> None:
    acme, rival, vendor = world.acme, world.rival, world.as_vendor()
    target = await created(world, acme, advisor_ids=())
    taken = await created(world, acme, domain="taken.example", advisor_ids=(acme.advisor.id,))
    archived = await created(world, acme, domain="gone.example", advisor_ids=())
    await Client.filter(id=archived.id).update(status="ARCHIVED", archived_at=LONG_AGO)
    here, adam = acme.client.id, acme.advisor.id
    for actor, advisor, source, to, code, field in [
        (acme.as_admin(), adam, rival.client.id, target.id, ErrorCode.NOT_FOUND, "fromClientId"),
        (acme.as_admin(), adam, here, rival.client.id, ErrorCode.NOT_FOUND, "toClientId"),
        (rival.as_admin(), adam, here, target.id, ErrorCode.NOT_FOUND, "fromClientId"),
        (vendor, adam, here, rival.client.id, ErrorCode.INVALID, "toClientId"),
        (vendor, adam, here, here, ErrorCode.INVALID, "toClientId"),
        (vendor, adam, here, archived.id, ErrorCode.CLIENT_NOT_ACTIVE, "toClientId"),
        (vendor, rival.advisor.id, here, target.id, ErrorCode.UNKNOWN_ADVISOR, "advisorId"),
        (vendor, acme.admin.id, here, target.id, ErrorCode.ALREADY_DONE, "advisorId"),
        (vendor, adam, here, taken.id, ErrorCode.ALREADY_DONE, "toClientId"),
    ]:
        async with refused(code, field):
            await move(world, actor, advisor, source, to)
    await Partner.filter(id=acme.partner.id).update(status="SUSPENDED")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "toClientId"):
        await move(world, vendor, adam, here, target.id)


async def test_another_role_in_a_client(world: World) -> None:
    acme = world.acme
    here, adam = acme.client.id, acme.advisor.id
    id = await change(world, acme.as_admin(), here, adam, "VIEWER")
    assert await works(adam) == {here: "VIEWER"}
    [former, latter] = await AdvisorAssignment.filter(client_id=here).order_by("assigned_at")
    assert (former.role, former.ended_at) == ("ADMIN", latter.assigned_at)
    assert latter.id == id
    assert [event.data["role"] for event in await told("ADVISOR_ASSIGNED")] == ["VIEWER"]
    for advisor, code, field in [
        (adam, ErrorCode.ALREADY_DONE, "role"),
        (acme.admin.id, ErrorCode.ALREADY_DONE, "advisorId"),
        (world.rival.advisor.id, ErrorCode.UNKNOWN_ADVISOR, "advisorId"),
    ]:
        async with refused(code, field):
            await change(world, acme.as_admin(), here, advisor, "VIEWER")
    async with refused(ErrorCode.NOT_FOUND, "clientId"):
        await change(world, world.rival.as_admin(), here, adam, "ADMIN")
