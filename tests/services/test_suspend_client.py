"""Suspending, resuming and restoring a client: what it may do meanwhile, and how it comes back."""

from typing import Any

import pytest

from app.auth.actor import Actor
from app.auth.people import by_subject
from app.auth.refusal import Reason, Unauthenticated
from app.domain.clients import NewClientUser
from app.domain.errors import ErrorCode
from app.domain.plans import PlanCode
from app.persistence.models import AdvisorAssignment, Client, ClientUser, SlotEntry, Trial
from app.services.advisors.assign_advisor import AssignAdvisor, assign_advisor
from app.services.billing.slots import available
from app.services.clients.add_client_user import AddClientUser, add_client_user
from app.services.clients.archive_client import ArchiveClient, archive_client
from app.services.clients.restore_client import RestoreClient, restore_client
from app.services.clients.suspend_client import (
    ResumeClient,
    SuspendClient,
    resume_client,
    suspend_client,
)
from app.services.clients.upgrade_client import upgrade_client
from tests.clients import created, live_subscriptions, return_slots, to_plan
from tests.refusals import audited, refused, told
from tests.world import World


async def suspend(world: World, client: Client, actor: Actor | None = None, **changes: Any) -> None:
    input = SuspendClient(
        **{"idempotency_key": "s", "client_id": client.id, "reason": "Overdue."} | changes
    )
    await suspend_client(world.caller(actor or world.acme.as_admin()), input)


async def resume(world: World, client: Client, actor: Actor | None = None) -> None:
    await resume_client(world.caller(actor or world.acme.as_admin()), ResumeClient("r", client.id))


async def archive(world: World, client: Client, key: str = "a") -> None:
    await archive_client(world.caller(world.acme.as_admin()), ArchiveClient(key, client.id))


async def restore(world: World, client: Client, key: str = "b", **changes: Any) -> Client:
    input = RestoreClient(key, client.id, **changes)
    await restore_client(world.caller(world.acme.as_admin()), input)
    return await Client.get(id=client.id)


async def test_a_client_is_paused_and_goes_on(world: World) -> None:
    client = world.acme.client
    await suspend(world, client, reason=" Overdue. ")
    assert (await Client.get(id=client.id)).status == "SUSPENDED"
    await resume(world, client)
    assert (await Client.get(id=client.id)).status == "ACTIVE"

    [paused], [resumed] = await told("CLIENT_SUSPENDED"), await told("CLIENT_RESUMED")
    assert (paused.subject_id, paused.client_id) == (client.id, client.id)
    assert (paused.data, resumed.data) == ({"reason": "Overdue."}, {})
    assert len(await audited("suspendClient")) == len(await audited("resumeClient")) == 1


async def test_nothing_new_begins_in_a_suspended_client(world: World) -> None:
    client, caller = world.acme.client, world.caller(world.acme.as_admin())
    await suspend(world, client)
    for call in (
        lambda: upgrade_client(caller, to_plan(client, PlanCode.FULL_FEATURE)),
        lambda: add_client_user(caller, AddClientUser("u", client.id, "Una", "una@a.example")),
        lambda: assign_advisor(caller, AssignAdvisor("v", client.id, world.acme.admin.id)),
    ):
        async with refused(ErrorCode.CLIENT_NOT_ACTIVE, "clientId"):
            await call()


@pytest.mark.parametrize("end", [suspend, archive])
async def test_its_users_are_not_let_in(world: World, end: Any) -> None:
    client = world.acme.client
    await ClientUser.filter(client_id=client.id).update(subject="uma")
    assert (await by_subject(world.database, "uma", world.clock.now())).client_id == client.id
    await end(world, client)
    with pytest.raises(Unauthenticated) as caught:
        await by_subject(world.database, "uma", world.clock.now())
    assert caught.value.reason is Reason.CLIENT_INACTIVE


async def test_its_licence_runs_on(world: World) -> None:
    client = await created(world, world.acme, plan_code=PlanCode.FULL_FEATURE)
    await suspend(world, client)
    assert len(await live_subscriptions(client)) == 1


async def test_states_that_do_not_allow_it(world: World) -> None:
    client = world.acme.client
    async with refused(ErrorCode.REQUIRED, "reason"):
        await suspend(world, client, reason=" ")
    async with refused(ErrorCode.ALREADY_DONE, "clientId"):
        await resume(world, client)
    async with refused(ErrorCode.ALREADY_DONE, "clientId"):
        await restore(world, client)
    await suspend(world, client)
    async with refused(ErrorCode.ALREADY_DONE, "clientId"):
        await suspend(world, client, idempotency_key="again")
    async with refused(ErrorCode.ALREADY_DONE, "clientId"):
        await restore(world, client)
    await archive(world, client)
    async with refused(ErrorCode.CLIENT_NOT_ACTIVE, "clientId"):
        await suspend(world, client, idempotency_key="archived")
    async with refused(ErrorCode.CLIENT_NOT_ACTIVE, "clientId"):
        await resume(world, client)
    world.acme.partner.status = "SUSPENDED"
    await world.acme.partner.save()
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "clientId"):
        await restore(world, client)


async def test_the_clients_of_others_do_not_exist(world: World) -> None:
    rival = world.rival.as_admin()
    for call in (suspend, resume):
        async with refused(ErrorCode.NOT_FOUND, "clientId"):
            await call(world, world.acme.client, rival)
    async with refused(ErrorCode.NOT_FOUND, "clientId"):
        await restore(world, world.rival.client)


async def test_a_client_comes_back_free_of_charge(world: World) -> None:
    acme = world.acme
    client = await created(
        world,
        acme,
        users=(NewClientUser("Una", "una@newco.example"),),
        advisor_ids=(acme.admin.id,),
    )
    await upgrade_client(world.caller(acme.as_admin()), to_plan(client, PlanCode.FULL_FEATURE))
    await archive(world, client)

    client = await restore(world, client, advisor_ids=(acme.advisor.id,))

    assert (client.status, client.plan_id, client.archived_at) == ("ACTIVE", "FREE", None)
    assert await live_subscriptions(client) == []
    assert await ClientUser.filter(client_id=client.id).count() == 1
    works = await AdvisorAssignment.filter(client_id=client.id, ended_at=None)
    assert [each.advisor_id for each in works] == [acme.advisor.id]
    [event] = await told("CLIENT_RESTORED")
    assert event.data == {"name": "Newco Ltd", "plan": "FREE"}
    # It had its one trial: the licence that it buys now is charged at once.
    await upgrade_client(world.caller(acme.as_admin()), to_plan(client, PlanCode.FULL_FEATURE))
    assert await Trial.filter(client_id=client.id).count() == 1


@pytest.mark.parametrize(("returned", "plan"), [(False, "ASSESSMENT_ONLY"), (True, "FREE")])
async def test_a_slot_is_neither_lost_nor_given_back_twice(
    world: World, returned: bool, plan: str
) -> None:
    await return_slots(returned)
    client = await created(world, world.acme, plan_code=PlanCode.ASSESSMENT_ONLY)
    for key in ("one", "two"):
        await archive(world, client, key)
        left = await available(world.acme.partner.id)
        assert (await restore(world, client, key + "b")).plan_id == plan
        assert await available(world.acme.partner.id) == left == (2 if returned else 1)
    assert await SlotEntry.filter(client_id=client.id).count() == (2 if returned else 1)


async def test_a_domain_that_is_taken_meanwhile(world: World) -> None:
    client = await created(world, world.acme)
    await archive(world, client)
    await created(world, world.acme)
    async with refused(ErrorCode.DOMAIN_TAKEN, "clientId"):
        await restore(world, client)


async def test_a_domain_under_another_partner_is_marked_again(world: World) -> None:
    await archive(world, world.acme.client)
    assert not (await Client.get(id=world.rival.client.id)).domain_shared
    assert (await restore(world, world.acme.client)).domain_shared
    assert (await Client.get(id=world.rival.client.id)).domain_shared


async def test_an_advisor_of_another_team_cannot_be_named(world: World) -> None:
    await archive(world, world.acme.client)
    async with refused(ErrorCode.UNKNOWN_ADVISOR, "advisorIds", "0"):
        await restore(world, world.acme.client, advisor_ids=(world.rival.advisor.id,))
