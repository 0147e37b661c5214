"""Subscriptions in time: terms begin and end when they are due, once, whoever looks first."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.errors import ErrorCode
from app.domain.partners import BillingModel
from app.domain.plans import BillingInterval, PlanCode
from app.persistence.models import Client, Event, Price, Subscription, SubscriptionTerm, Trial
from app.services.billing.cancel_subscription import CancelSubscription, cancel_subscription
from app.services.billing.lifecycle import bring_to
from app.services.billing.renewer import Renewer
from app.services.billing.set_billing_model import SetBillingModel, set_billing_model
from app.services.clients.archive_client import ArchiveClient, archive_client
from app.services.clients.change_client_size import ChangeClientSize, change_client_size
from app.services.clients.restore_client import RestoreClient, restore_client
from app.services.clients.upgrade_client import upgrade_client
from tests.clients import created, live_subscriptions, to_plan
from tests.refusals import audited, everything, refused, told
from tests.world import World

FULL = PlanCode.FULL_FEATURE
# In Berlin the clock of the tests stands at half past ten on 2 March; a trial ends on the 16th.
APRIL = datetime(2026, 3, 31, 22, tzinfo=UTC)
MAY = datetime(2026, 4, 30, 22, tzinfo=UTC)


async def upgraded(world: World, **changes: Any) -> Subscription:
    """Acme's first client on a trial."""
    input = to_plan(world.acme.client, FULL, **changes)
    await upgrade_client(world.caller(world.acme.as_admin()), input)
    return await Subscription.get(client_id=world.acme.client.id)


async def cancel(world: World, key: str = "cancel") -> None:
    input = CancelSubscription(key, world.acme.client.id)
    await cancel_subscription(world.caller(world.acme.as_admin()), input)


async def resize(world: World, **size: Any) -> None:
    input = ChangeClientSize(f"resize {size}", world.acme.client.id, **size)
    await change_client_size(world.caller(world.acme.as_admin()), input)


async def bring(world: World, moment: datetime) -> int:
    world.clock.at = moment  # type: ignore[attr-defined]
    return await bring_to(world.database, moment)


async def charges() -> list[tuple[datetime, int, int]]:
    """Start, days and amount of each term, in order."""
    terms = await SubscriptionTerm.all().order_by("starts_at", "id")
    return [(term.starts_at, term.days, term.amount_minor) for term in terms]


async def test_a_trial_ends_and_months_follow(world: World) -> None:
    subscription = await upgraded(world)
    trial_end = subscription.billing_starts_at
    assert await bring(world, trial_end - timedelta(seconds=1)) == 0

    # Months late: each step is as of its own moment.
    assert await bring(world, MAY) == 3

    # 16 of the 31 days of March, at 200.00 a month.
    assert await charges() == [(trial_end, 16, 103_23), (APRIL, 30, 200_00), (MAY, 31, 200_00)]
    now = await Subscription.get()
    assert (now.status, now.due_at) == ("ACTIVE", datetime(2026, 5, 31, 22, tzinfo=UTC))
    [ended] = await told("TRIAL_ENDED")
    assert (ended.occurred_at, ended.subject_id) == (trial_end, now.id)
    begun = await told("SUBSCRIPTION_RENEWED")
    assert [event.occurred_at for event in begun] == [trial_end, APRIL, MAY]
    assert {event.actor_role for event in begun} == {"SYSTEM"}
    terms = await SubscriptionTerm.all().order_by("starts_at").values_list("id", flat=True)
    assert [event.subject_id for event in begun] == terms


async def test_bringing_it_forward_again_changes_nothing(world: World) -> None:
    await upgraded(world)
    await bring(world, APRIL)
    before = await everything()

    assert await bring(world, APRIL) == 0

    assert await everything() == before


async def test_without_a_trial_the_first_term_begins_at_once(world: World) -> None:
    await created(world, world.acme, plan_code=FULL)
    assert await charges() == [(world.clock.now(), 30, 193_55)]
    assert (await Subscription.get()).due_at == APRIL
    assert not await told("TRIAL_ENDED")


async def test_a_year_is_charged_as_a_whole(world: World) -> None:
    await created(world, world.acme, plan_code=FULL, interval=BillingInterval.YEAR)
    start = world.clock.now()
    assert await bring(world, start.replace(year=2027)) == 1
    assert await charges() == [
        (start, 365, 2000_00),
        # With a 29 February.
        (start.replace(year=2027), 366, 2000_00),
    ]


async def test_cancelled_in_the_trial_nothing_is_charged(world: World) -> None:
    subscription = await upgraded(world)
    world.clock.advance(days=13)

    await cancel(world)

    over = await Subscription.get(id=subscription.id)
    assert (over.status, over.due_at) == ("CANCELLED", None)
    assert over.cancelled_at == over.ends_at == world.clock.now()
    assert (await Client.get(id=world.acme.client.id)).plan_id == "FREE"
    assert await bring(world, MAY) == 0 and await charges() == []
    [event] = await told("SUBSCRIPTION_CANCELLED")
    at = over.ends_at.isoformat()
    assert event.data == {"plan": "FULL_FEATURE", "endsAt": at, "inTrial": True}
    [ended] = await told("SUBSCRIPTION_ENDED")
    assert ended.data == {"from": "FULL_FEATURE", "to": "FREE"}
    assert len(await audited("cancelSubscription")) == 1


async def test_cancelled_afterwards_it_lasts_until_the_end_of_its_term(world: World) -> None:
    await upgraded(world)
    await bring(world, APRIL + timedelta(days=3))

    await cancel(world)

    running = await Subscription.get()
    assert (running.status, running.ends_at, running.due_at) == ("ACTIVE", MAY, MAY)
    assert (await Client.get(id=world.acme.client.id)).plan_id == "FULL_FEATURE"
    assert await bring(world, MAY) == 1
    over = await Subscription.get()
    assert (over.status, over.cancelled_at, over.due_at) == ("CANCELLED", MAY, None)
    assert (await Client.get(id=world.acme.client.id)).plan_id == "FREE"
    assert len(await charges()) == 2
    assert (await told("SUBSCRIPTION_ENDED"))[0].occurred_at == MAY
    # There is one trial, ever: the next subscription is charged at once.
    await upgrade_client(world.caller(world.acme.as_admin()), to_plan(world.acme.client, FULL))
    assert len(await charges()) == 3 and await Trial.all().count() == 1


async def test_there_is_nothing_to_cancel(world: World) -> None:
    async with refused(ErrorCode.NO_SUBSCRIPTION, "clientId"):
        await cancel(world)
    await upgraded(world)
    await bring(world, APRIL)
    await cancel(world)
    async with refused(ErrorCode.NO_SUBSCRIPTION, "clientId"):
        await cancel(world, "again")


async def test_what_is_due_is_done_before_it_is_cancelled(world: World) -> None:
    subscription = await upgraded(world)
    # Nobody looked when the trial ended: it is over all the same.
    world.clock.at = subscription.billing_starts_at  # type: ignore[attr-defined]
    await cancel(world)
    assert (await Subscription.get()).ends_at == APRIL and len(await charges()) == 1


async def test_an_archived_client_is_not_charged_any_more(world: World) -> None:
    await upgraded(world)
    await bring(world, APRIL)
    world.clock.advance(days=2)
    archive = ArchiveClient("archive", world.acme.client.id)
    await archive_client(world.caller(world.acme.as_admin()), archive)

    assert await bring(world, MAY) == 0

    over = await Subscription.get()
    assert (over.status, over.due_at) == ("CANCELLED", None) and len(await charges()) == 2
    # It stays on the plan that it was archived with.
    assert (await Client.get(id=world.acme.client.id)).plan_id == "FULL_FEATURE"


@pytest.mark.parametrize("interval", list(BillingInterval))
async def test_what_was_charged_is_not_charged_again_after_a_restoration(
    world: World, interval: BillingInterval
) -> None:
    caller = world.caller(world.acme.as_admin())
    client = await created(world, world.acme, plan_code=FULL, interval=interval)
    [(_, _, charged)] = await charges()
    paid_until = (await Subscription.get()).due_at
    world.clock.advance(days=3)
    await archive_client(caller, ArchiveClient("archive", client.id))
    await restore_client(caller, RestoreClient("restore", client.id))
    await upgrade_client(caller, to_plan(client, FULL, interval=interval))

    [again] = await live_subscriptions(client)
    assert (again.status, again.billing_starts_at, again.due_at) == (
        *("ACTIVE", paid_until),
        paid_until,
    )
    assert not await Trial.exists()
    assert [amount for _, _, amount in await charges()] == [charged]
    assert await bring(world, paid_until) == 1
    starts = [start for start, _, _ in await charges()]
    assert starts[1] == paid_until

    # Cancelled within a time that is paid for, it lasts until the end of that.
    await cancel_subscription(caller, CancelSubscription("cancel", client.id))
    [running] = await live_subscriptions(client)
    assert running.ends_at == running.due_at > world.clock.now()


async def test_a_size_counts_from_the_next_term_on(world: World) -> None:
    await upgraded(world)
    await bring(world, APRIL)

    await resize(world, employee_count=60)

    client = await Client.get(id=world.acme.client.id)
    assert (client.employee_count, client.bracket_id, client.size_source) == (
        *(60, "51-200"),
        "COUNTED",
    )
    assert (await Subscription.get()).bracket_id == "11-50"
    await bring(world, MAY)
    assert [amount for _, _, amount in await charges()] == [103_23, 200_00, 300_00]
    [event] = await told("CLIENT_RESIZED")
    assert event.data == {"from": "11-50", "to": "51-200"}
    # A term that was due before the change is of the size of then.
    world.clock.at = datetime(2026, 6, 2, tzinfo=UTC)  # type: ignore[attr-defined]
    await resize(world, bracket_code="1-10")
    assert [amount for _, _, amount in await charges()][3:] == [300_00]


@pytest.mark.parametrize(
    ("size", "code", "field"),
    [
        ({}, ErrorCode.REQUIRED, ("size",)),
        ({"employee_count": 1, "bracket_code": "1-10"}, ErrorCode.REQUIRED, ("size",)),
        ({"employee_count": 0}, ErrorCode.INVALID, ("size", "employeeCount")),
        ({"bracket_code": "1-9"}, ErrorCode.INVALID, ("size", "bracket")),
        ({"employee_count": 42}, ErrorCode.ALREADY_DONE, ("size",)),
    ],
)
async def test_a_wrong_size(
    world: World, size: dict[str, Any], code: ErrorCode, field: tuple[str, ...]
) -> None:
    async with refused(code, *field):
        await resize(world, **size)


async def test_a_size_without_a_price(world: World) -> None:
    await upgraded(world)
    await Price.filter(bracket_id="51-200").delete()
    async with refused(ErrorCode.NO_PRICE, "size"):
        await resize(world, employee_count=60)


async def test_what_has_no_price_any_more_goes_on_at_its_own(world: World) -> None:
    await upgraded(world)
    await Client.filter(id=world.acme.client.id).update(bracket_id="201+")
    await Price.filter(bracket_id="201+").delete()
    await bring(world, APRIL)
    subscription = await Subscription.get()
    assert (subscription.bracket_id, subscription.amount_minor) == ("11-50", 200_00)


async def test_who_pays_changes_with_the_next_term(world: World) -> None:
    await upgraded(world)
    await bring(world, APRIL)
    partner, caller = world.acme.partner, world.caller(world.as_vendor())
    to = SetBillingModel("switch", partner.id, BillingModel.NON_RESELLER)

    await set_billing_model(caller, to)
    async with refused(ErrorCode.ALREADY_DONE, "billingModel"):
        await set_billing_model(caller, SetBillingModel("again", partner.id, to.billing_model))

    await bring(world, MAY)
    terms = await SubscriptionTerm.all().order_by("starts_at").values_list("payer", flat=True)
    assert terms == ["PARTNER", "PARTNER", "CLIENT"]
    [event] = await told("BILLING_MODEL_CHANGED")
    assert event.data == {"from": "RESELLER", "to": "NON_RESELLER"}


async def test_two_at_once_do_nothing_twice(world: World) -> None:
    await upgraded(world)
    for number in range(3):
        await created(world, world.rival, plan_code=FULL, domain=f"c{number}.example")

    await asyncio.gather(*(bring_to(world.database, MAY) for _ in range(4)))

    assert await SubscriptionTerm.all().count() == 3 + 3 * 3
    assert len(await told("TRIAL_ENDED")) == 1


async def test_the_renewer_begins_what_is_due(world: World) -> None:
    await upgraded(world)
    world.clock.advance(days=20)
    renewer = Renewer(world.database, world.clock)
    task = asyncio.create_task(renewer.run())
    async with asyncio.timeout(20):
        while not await Event.exists(type="TRIAL_ENDED"):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    task.cancel()
    assert len(await charges()) == 1
