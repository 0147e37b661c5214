"""Taking back a cancellation before the term ends."""

from datetime import timedelta

import pytest

from app.auth.actor import Actor
from app.domain.errors import ErrorCode, Refused
from app.domain.plans import PlanCode
from app.persistence.models import Client, Partner, Subscription, SubscriptionTerm
from app.services.billing.cancel_subscription import CancelSubscription, cancel_subscription
from app.services.billing.lifecycle import bring_to
from app.services.billing.resume_subscription import ResumeSubscription, resume_subscription
from app.services.clients.upgrade_client import upgrade_client
from tests.clients import created, to_plan
from tests.refusals import audited, everything, refused, told
from tests.world import World

FULL = PlanCode.FULL_FEATURE


async def paying(world: World) -> Client:
    return await created(world, world.acme, plan_code=FULL)


async def cancel(world: World, client: Client) -> Subscription:
    """Cancelled for the end of its term."""
    input = CancelSubscription(f"cancel {world.clock.now()}", client.id)
    await cancel_subscription(world.caller(world.acme.as_admin()), input)
    return await Subscription.get(client_id=client.id)


async def resume(
    world: World, client: Client, key: str = "resume", actor: Actor | None = None
) -> None:
    caller = world.caller(actor or world.acme.as_admin())
    await resume_subscription(caller, ResumeSubscription(key, client.id))


async def test_a_resumed_subscription_renews_as_if_never_cancelled(world: World) -> None:
    client = await paying(world)
    ending = await cancel(world, client)

    await resume(world, client)

    running = await Subscription.get(client_id=client.id)
    assert (running.status, running.ends_at, running.due_at) == ("ACTIVE", None, ending.due_at)
    [event] = await told("SUBSCRIPTION_RESUMED")
    assert (event.subject_id, event.client_id) == (running.id, client.id)
    assert running.due_at and event.data == {
        "plan": "FULL_FEATURE",
        "renewsAt": running.due_at.isoformat(),
    }
    assert len(await audited("resumeSubscription")) == 1
    await bring_to(world.database, running.due_at)
    assert await SubscriptionTerm.filter(client_id=client.id).count() == 2
    assert (await Client.get(id=client.id)).plan_id == "FULL_FEATURE"
    assert not await told("SUBSCRIPTION_ENDED")


async def test_it_can_be_cancelled_and_resumed_again(world: World) -> None:
    client = await paying(world)
    await cancel(world, client)
    await resume(world, client)
    world.clock.advance(days=1)
    await cancel(world, client)
    await resume(world, client, "again")
    assert len(await told("SUBSCRIPTION_RESUMED")) == 2


async def test_a_repeated_key_resumes_once(world: World) -> None:
    client = await paying(world)
    await cancel(world, client)
    await resume(world, client)
    before = await everything()
    await resume(world, client)
    assert await everything() == before


async def test_a_subscription_that_is_not_cancelled_is_not_resumed(world: World) -> None:
    client = await paying(world)
    async with refused(ErrorCode.ALREADY_DONE, "clientId"):
        await resume(world, client)


async def test_a_trial_that_is_not_cancelled_is_not_resumed(world: World) -> None:
    client = world.acme.client
    caller = world.caller(world.acme.as_admin())
    await upgrade_client(caller, to_plan(client, FULL))
    async with refused(ErrorCode.ALREADY_DONE, "clientId"):
        await resume(world, client)


async def test_a_trial_that_was_cancelled_is_over(world: World) -> None:
    client = world.acme.client
    caller = world.caller(world.acme.as_admin())
    await upgrade_client(caller, to_plan(client, FULL))
    await cancel(world, client)
    async with refused(ErrorCode.NO_SUBSCRIPTION, "clientId"):
        await resume(world, client)


async def test_a_client_without_a_subscription_has_none_to_resume(world: World) -> None:
    async with refused(ErrorCode.NO_SUBSCRIPTION, "clientId"):
        await resume(world, world.acme.client)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=40)])
async def test_a_subscription_that_ended_is_not_resumed(world: World, late: timedelta) -> None:
    client = await paying(world)
    ending = await cancel(world, client)
    assert ending.ends_at
    # Nobody has ended it yet: the call itself sees that its time is over.
    world.clock.at = ending.ends_at + late  # type: ignore[attr-defined]
    async with refused(ErrorCode.NO_SUBSCRIPTION, "clientId"):
        await resume(world, client)


async def test_a_suspended_partner_resumes_nothing(world: World) -> None:
    client = await paying(world)
    await cancel(world, client)
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "clientId"):
        await resume(world, client)


async def test_another_partner_does_not_find_the_client(world: World) -> None:
    client = await paying(world)
    await cancel(world, client)
    async with refused(ErrorCode.NOT_FOUND, "clientId"):
        await resume(world, client, actor=world.rival.as_admin())


@pytest.mark.parametrize(
    ("plan", "code"),
    [(FULL, ErrorCode.ALREADY_ON_PLAN), (PlanCode.FREE, ErrorCode.DOWNGRADE_NOT_ALLOWED)],
)
async def test_an_upgrade_of_a_cancelled_client_says_so(
    world: World, plan: PlanCode, code: ErrorCode
) -> None:
    client = await paying(world)
    await cancel(world, client)
    with pytest.raises(Refused) as caught:
        await upgrade_client(world.caller(world.acme.as_admin()), to_plan(client, plan))
    [problem] = caught.value.problems
    assert problem.code is code
    assert "cancelled for the end of the current term" in problem.message
    assert ("resumeSubscription" in problem.message) is (plan is FULL)
