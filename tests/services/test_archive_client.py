"""Archiving a client: what ends with it, what is free again, what is not."""

from uuid import uuid4

import pytest

from app.auth.actor import Actor
from app.domain.errors import ErrorCode
from app.domain.plans import PlanCode
from app.persistence.models import AdvisorAssignment, Client, SlotEntry, Subscription
from app.services.billing.slots import available
from app.services.clients.archive_client import ArchiveClient, archive_client
from app.services.clients.upgrade_client import upgrade_client
from tests.clients import created, live_subscriptions, return_slots, to_plan
from tests.refusals import audited, everything, refused, told
from tests.world import World


async def archive(world: World, client: Client, key: str = "archive") -> None:
    await archive_client(world.caller(world.acme.as_admin()), ArchiveClient(key, client.id))


async def test_the_client_and_its_assignments_end(world: World) -> None:
    client = await created(
        world, world.acme, advisor_ids=(world.acme.admin.id, world.acme.advisor.id)
    )
    world.clock.advance(days=3)

    await archive(world, client)

    client = await Client.get(id=client.id)
    assert (client.status, client.archived_at) == ("ARCHIVED", world.clock.now())
    assignments = await AdvisorAssignment.filter(client_id=client.id)
    assert [each.ended_at for each in assignments] == [world.clock.now()] * 2
    # Other clients keep theirs.
    assert await AdvisorAssignment.filter(ended_at=None).count() == 2


async def test_it_is_told_and_audited(world: World) -> None:
    client = await created(world, world.acme)

    await archive(world, client)

    [event] = await told("CLIENT_ARCHIVED")
    assert (event.subject_id, event.client_id) == (client.id, client.id)
    assert event.partner_id == world.acme.partner.id
    assert event.data == {
        "name": "Newco Ltd",
        "subscriptionCancelled": False,
        "slotReturned": False,
    }
    [ended] = await told("ADVISOR_UNASSIGNED")
    assert ended.subject_id == world.acme.admin.id
    assert [entry.subject_id for entry in await audited("archiveClient")] == [client.id]


async def test_a_subscription_is_cancelled(world: World) -> None:
    client = await created(world, world.acme, plan_code=PlanCode.FULL_FEATURE)
    other = await created(
        world, world.acme, plan_code=PlanCode.FULL_FEATURE, domain="other.example"
    )

    await archive(world, client)

    subscription = await Subscription.get(client_id=client.id)
    assert (subscription.status, subscription.cancelled_at) == ("CANCELLED", world.clock.now())
    assert len(await live_subscriptions(other)) == 1
    assert (await told("CLIENT_ARCHIVED"))[0].data["subscriptionCancelled"]


@pytest.mark.parametrize(("policy", "left"), [(False, 1), (True, 2)])
async def test_a_slot_goes_back_only_by_policy(world: World, policy: bool, left: int) -> None:
    await return_slots(policy)
    client = await created(world, world.acme, plan_code=PlanCode.ASSESSMENT_ONLY)
    # The slot is still the client's after an upgrade.
    await upgrade_client(
        world.caller(world.acme.as_admin()), to_plan(client, PlanCode.FULL_FEATURE)
    )

    await archive(world, client)

    assert await available(world.acme.partner.id) == left
    assert (await told("CLIENT_ARCHIVED"))[0].data["slotReturned"] is policy


async def test_no_slot_goes_back_for_a_client_without(world: World) -> None:
    await return_slots(True)
    await archive(world, await created(world, world.acme))
    assert not await SlotEntry.exists(kind="RETURNED")


async def test_a_second_time(world: World) -> None:
    client = await created(world, world.acme)
    await archive(world, client, "one")
    async with refused(ErrorCode.ALREADY_DONE, "clientId"):
        await archive(world, client, "two")


async def test_a_repeat_does_nothing(world: World) -> None:
    client = await created(world, world.acme)
    await archive(world, client, "one")
    before = await everything()
    await archive(world, client, "one")
    assert await everything() == before


async def test_a_suspended_client_of_a_suspended_partner_can_be_archived(world: World) -> None:
    await Client.filter(id=world.acme.client.id).update(status="SUSPENDED")
    world.acme.partner.status = "SUSPENDED"
    await world.acme.partner.save()

    await archive(world, world.acme.client)

    assert (await Client.get(id=world.acme.client.id)).status == "ARCHIVED"


async def test_the_clients_of_others_do_not_exist(world: World) -> None:
    async def attempt(actor: Actor, client_id: object) -> None:
        async with refused(ErrorCode.NOT_FOUND, "clientId"):
            await archive_client(world.caller(actor), ArchiveClient("key", client_id))

    await attempt(world.rival.as_admin(), world.acme.client.id)
    await attempt(world.acme.as_admin(), world.rival.client.id)
    await attempt(world.acme.as_admin(), uuid4())
