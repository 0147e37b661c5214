"""Advisors: invited to a team, put into its clients and taken out again."""

from uuid import UUID, uuid4

import pytest

from app.auth.actor import Actor
from app.domain.clients import AssignmentRole
from app.domain.errors import ErrorCode, Refused
from app.domain.ids import global_id
from app.domain.partners import TeamRole
from app.persistence.models import Advisor, AdvisorAssignment, Client, Partner
from app.services.advisors.assign_advisor import AssignAdvisor, assign_advisor
from app.services.advisors.invite_advisor import InviteAdvisor, invite_advisor
from app.services.advisors.unassign_advisor import UnassignAdvisor, unassign_advisor
from tests.clients import add_advisor
from tests.refusals import audited, everything, refused, told
from tests.world import LONG_AGO, World


def inviting(**changes: object) -> InviteAdvisor:
    values: dict[str, object] = {
        "idempotency_key": str(uuid4()),
        "name": "Nils New",
        "email": "nils@acme.example",
    }
    return InviteAdvisor(**{**values, **changes})  # type: ignore[arg-type]


async def assign(world: World, actor: Actor, client_id: UUID, advisor_id: UUID) -> None:
    await assign_advisor(world.caller(actor), AssignAdvisor(str(uuid4()), client_id, advisor_id))


async def unassign(world: World, actor: Actor, client_id: UUID, advisor_id: UUID) -> None:
    input = UnassignAdvisor(str(uuid4()), client_id, advisor_id)
    await unassign_advisor(world.caller(actor), input)


@pytest.mark.parametrize("role", TeamRole)
async def test_an_invitation(world: World, role: TeamRole) -> None:
    input = inviting(name=" Nils  New", email="Nils@ACME.example ", role=role)
    ids = await invite_advisor(world.caller(world.acme.as_admin()), input)

    advisor = await Advisor.get(id=ids["advisor"])
    assert (advisor.name, advisor.name_key, advisor.email) == (
        "Nils New",
        "nils new",
        "nils@acme.example",
    )
    assert (advisor.status, advisor.role) == ("INVITED", role)
    assert advisor.partner_id == world.acme.partner.id
    [event] = await told("ADVISOR_INVITED")
    assert (event.subject_id, event.partner_id) == (advisor.id, world.acme.partner.id)
    assert (event.client_id, event.data) == (None, {"name": "Nils New", "role": role})
    assert [entry.subject_id for entry in await audited("inviteAdvisor")] == [advisor.id]


async def test_the_vendor_invites_to_a_partner(world: World) -> None:
    vendor = world.caller(world.as_vendor())
    ids = await invite_advisor(vendor, inviting(partner_id=world.rival.partner.id))
    assert (await Advisor.get(id=ids["advisor"])).partner_id == world.rival.partner.id
    async with refused(ErrorCode.REQUIRED, "partnerId"):
        await invite_advisor(vendor, inviting())


async def test_a_repeated_invitation_does_nothing(world: World) -> None:
    caller, input = world.caller(world.acme.as_admin()), inviting()
    first = await invite_advisor(caller, input)
    before = await everything()
    assert await invite_advisor(caller, input) == first
    assert await everything() == before


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, ErrorCode.REQUIRED, "name"),
        ({"email": "nils"}, ErrorCode.INVALID, "email"),
        ({"email": "ADAM@acme.example"}, ErrorCode.DUPLICATE, "email"),
    ],
)
async def test_wrong_invitations(
    world: World, changes: dict[str, object], code: ErrorCode, field: str
) -> None:
    async with refused(code, field):
        await invite_advisor(world.caller(world.acme.as_admin()), inviting(**changes))


async def test_nobody_invites_to_a_rivals_team(world: World) -> None:
    async with refused(ErrorCode.NOT_FOUND, "partnerId"):
        await invite_advisor(
            world.caller(world.acme.as_admin()), inviting(partner_id=world.rival.partner.id)
        )


async def test_a_suspended_partner_invites_nobody(world: World) -> None:
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "partnerId"):
        await invite_advisor(world.caller(world.acme.as_admin()), inviting())


async def test_an_assignment_and_its_end(world: World) -> None:
    caller, acme = world.caller(world.acme.as_admin()), world.acme
    began = world.clock.now()

    ids = await assign_advisor(
        caller, AssignAdvisor("one", acme.client.id, acme.admin.id, AssignmentRole.VIEWER)
    )
    world.clock.advance(days=2)
    ended = await unassign_advisor(caller, UnassignAdvisor("two", acme.client.id, acme.admin.id))

    assert ids == ended == {**ids, "client": acme.client.id, "advisor": acme.admin.id}
    assignment = await AdvisorAssignment.get(id=ids["assignment"])
    assert (assignment.role, assignment.assigned_at) == ("VIEWER", began)
    assert assignment.ended_at == world.clock.now()
    for type in ("ADVISOR_ASSIGNED", "ADVISOR_UNASSIGNED"):
        [event] = await told(type)
        assert (event.subject_id, event.client_id) == (acme.admin.id, acme.client.id)
        assert event.partner_id == acme.partner.id
        assert event.data == {"advisorId": global_id("Advisor", acme.admin.id), "role": "VIEWER"}
    for action in ("assignAdvisor", "unassignAdvisor"):
        assert [entry.subject_id for entry in await audited(action)] == [assignment.id]


async def test_an_advisor_can_come_back(world: World) -> None:
    acme = world.acme
    await unassign(world, acme.as_admin(), acme.client.id, acme.advisor.id)
    await assign(world, acme.as_admin(), acme.client.id, acme.advisor.id)
    assert await AdvisorAssignment.filter(client_id=acme.client.id).count() == 2


async def test_what_was_done_is_not_done_again(world: World) -> None:
    acme = world.acme
    async with refused(ErrorCode.ALREADY_DONE, "advisorId"):
        await assign(world, acme.as_admin(), acme.client.id, acme.advisor.id)
    async with refused(ErrorCode.ALREADY_DONE, "advisorId"):
        await unassign(world, acme.as_admin(), acme.client.id, acme.admin.id)


async def test_only_active_advisors_of_the_clients_own_partner(world: World) -> None:
    acme, messages = world.acme, set()
    invited = await add_advisor(acme, "Ina Invited", status="INVITED")
    for actor in (acme.as_admin(), world.as_vendor()):
        for id in (world.rival.advisor.id, uuid4(), invited.id):
            async with refused(ErrorCode.UNKNOWN_ADVISOR, "advisorId"):
                await assign(world, actor, acme.client.id, id)
            with pytest.raises(Refused) as caught:
                await assign(world, actor, acme.client.id, id)
            messages.add(str(caught.value))
    assert len(messages) == 1

    async with refused(ErrorCode.UNKNOWN_ADVISOR, "advisorId"):
        await unassign(world, acme.as_admin(), acme.client.id, world.rival.advisor.id)


async def test_a_revoked_advisor_can_still_be_taken_out(world: World) -> None:
    acme = world.acme
    await Advisor.filter(id=acme.advisor.id).update(status="REVOKED")
    await unassign(world, acme.as_admin(), acme.client.id, acme.advisor.id)
    assert not await AdvisorAssignment.exists(client_id=acme.client.id, ended_at=None)


async def test_an_archived_client_gets_no_advisors(world: World) -> None:
    acme = world.acme
    await Client.filter(id=acme.client.id).update(status="ARCHIVED", archived_at=LONG_AGO)
    async with refused(ErrorCode.CLIENT_NOT_ACTIVE, "clientId"):
        await assign(world, acme.as_admin(), acme.client.id, acme.admin.id)


async def test_the_clients_of_others_do_not_exist(world: World) -> None:
    acme, rival = world.acme, world.rival
    async with refused(ErrorCode.NOT_FOUND, "clientId"):
        await assign(world, rival.as_admin(), acme.client.id, rival.advisor.id)
    async with refused(ErrorCode.NOT_FOUND, "clientId"):
        await unassign(world, rival.as_admin(), acme.client.id, acme.advisor.id)
