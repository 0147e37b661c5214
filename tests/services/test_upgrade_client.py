"""Upgrades: the order, what each costs, one trial ever."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.auth.actor import Actor
from app.domain.errors import ErrorCode
from app.domain.plans import BillingInterval, PlanCode
from app.persistence.models import (
    AdvisorAssignment,
    Client,
    Partner,
    Plan,
    Price,
    PriceBook,
    SlotEntry,
    Subscription,
    Trial,
    TrialTerm,
)
from app.services.billing.slots import available
from app.services.billing.subscriptions import cancel_live
from app.services.clients.upgrade_client import upgrade_client
from tests.clients import created, leave_slots, to_plan
from tests.refusals import audited, everything, refused, told
from tests.world import LONG_AGO, World

FREE, ASSESSMENT, FULL = PlanCode


async def upgrade(world: World, plan: PlanCode, **changes: object) -> None:
    input = to_plan(world.acme.client, plan, **changes)
    await upgrade_client(world.caller(world.acme.as_admin()), input)


async def test_to_assessment_only_takes_a_slot(world: World) -> None:
    await upgrade(world, ASSESSMENT)

    assert (await Client.get(id=world.acme.client.id)).plan_id == "ASSESSMENT_ONLY"
    [entry] = await SlotEntry.filter(kind="CONSUMED")
    assert (entry.client_id, entry.quantity) == (world.acme.client.id, -1)
    assert await available(world.acme.partner.id) == 1
    assert not await Subscription.exists()


async def test_to_full_feature_starts_two_free_weeks(world: World) -> None:
    now = world.clock.now()

    await upgrade(world, FULL)

    [trial] = await Trial.all()
    assert (trial.plan_id, trial.former_plan_id) == ("FULL_FEATURE", "FREE")
    assert (trial.started_at, trial.ends_at) == (now, now + timedelta(days=14))
    [subscription] = await Subscription.all()
    assert (subscription.status, subscription.payer) == ("TRIALING", "PARTNER")
    assert (subscription.started_at, subscription.billing_starts_at) == (now, trial.ends_at)
    assert (subscription.amount_minor, subscription.interval) == (20_000, "MONTH")
    assert subscription.bracket_id == "11-50"
    assert await available(world.acme.partner.id) == 2


async def test_step_by_step_takes_one_slot_and_keeps_it(world: World) -> None:
    await upgrade(world, ASSESSMENT)
    await upgrade(world, FULL, interval=BillingInterval.YEAR)

    [trial] = await Trial.all()
    assert trial.former_plan_id == "ASSESSMENT_ONLY"
    assert (await Subscription.get()).amount_minor == 200_000
    assert await available(world.acme.partner.id) == 1


async def test_it_is_told_and_audited(world: World) -> None:
    await upgrade(world, ASSESSMENT)
    await upgrade(world, FULL)

    first, second = await told("CLIENT_UPGRADED")
    assert first.data == {"from": "FREE", "to": "ASSESSMENT_ONLY", "trialEndsAt": None}
    assert second.data == {
        "from": "ASSESSMENT_ONLY",
        "to": "FULL_FEATURE",
        "trialEndsAt": (world.clock.now() + timedelta(days=14)).isoformat(),
    }
    assert (second.partner_id, second.client_id) == (
        world.acme.partner.id,
        world.acme.client.id,
    )
    assert [a.subject_id for a in await audited("upgradeClient")] == [world.acme.client.id] * 2


async def test_the_price_book_in_force_is_used_and_its_price_kept(world: World) -> None:
    later = world.clock.now() + timedelta(days=30)
    book = await PriceBook.create(
        currency_code="USD", name="Next", effective_from=later, created_at=LONG_AGO
    )
    for client_size in ("1-10", "11-50"):
        await Price.create(
            price_book=book,
            plan_id=FULL,
            bracket_id=client_size,
            interval="MONTH",
            amount_minor=77_700,
        )
    second = await created(world, world.acme)

    await upgrade(world, FULL)
    world.clock.advance(days=30)
    await upgrade_client(world.caller(world.acme.as_admin()), to_plan(second, FULL))

    assert (await Subscription.get(client_id=world.acme.client.id)).amount_minor == 20_000
    assert (await Subscription.get(client_id=second.id)).amount_minor == 77_700


async def test_trial_days_are_those_in_force(world: World) -> None:
    await TrialTerm.create(
        plan_id=FULL,
        way_in="UPGRADE",
        trial_days=30,
        effective_from=world.clock.now() - timedelta(days=1),
    )
    await upgrade(world, FULL)
    # Thirty days on, summer time has begun in the vendor's zone: an hour earlier in UTC.
    assert (await Trial.get()).ends_at == world.clock.now() + timedelta(days=30, hours=-1)


async def test_one_trial_for_each_client_ever(world: World) -> None:
    await upgrade(world, FULL)
    # It was cancelled inside the trial and went back to its former plan.
    await world.database.transaction(lambda: cancel_live(world.acme.client.id, world.clock.now()))
    await Client.filter(id=world.acme.client.id).update(plan_id=FREE)
    world.clock.advance(days=100)

    await upgrade(world, FULL)

    assert await Trial.all().count() == 1
    again = await Subscription.get(status="ACTIVE")
    assert again.billing_starts_at == again.started_at == world.clock.now()


async def test_the_payer_is_kept_when_the_billing_model_changes(world: World) -> None:
    await upgrade(world, FULL)
    await Partner.filter(id=world.acme.partner.id).update(billing_model="NON_RESELLER")
    second = await created(world, world.acme)
    await upgrade_client(world.caller(world.acme.as_admin()), to_plan(second, FULL))

    assert (await Subscription.get(client_id=world.acme.client.id)).payer == "PARTNER"
    assert (await Subscription.get(client_id=second.id)).payer == "CLIENT"


@pytest.mark.parametrize(
    ("current", "target", "code"),
    [
        (FREE, FREE, ErrorCode.ALREADY_ON_PLAN),
        (FULL, FULL, ErrorCode.ALREADY_ON_PLAN),
        (FULL, ASSESSMENT, ErrorCode.DOWNGRADE_NOT_ALLOWED),
        (ASSESSMENT, FREE, ErrorCode.DOWNGRADE_NOT_ALLOWED),
    ],
)
async def test_no_step_sideways_or_down(
    world: World, current: PlanCode, target: PlanCode, code: ErrorCode
) -> None:
    await Client.filter(id=world.acme.client.id).update(plan_id=current)
    async with refused(code, "planCode"):
        await upgrade(world, target)


async def test_no_slot_left(world: World) -> None:
    await leave_slots(world.acme, 0)
    async with refused(ErrorCode.NO_SLOTS_AVAILABLE, "planCode"):
        await upgrade(world, ASSESSMENT)


async def test_no_price(world: World) -> None:
    await Price.filter(bracket_id="11-50").delete()
    async with refused(ErrorCode.NO_PRICE, "planCode"):
        await upgrade(world, FULL)


@pytest.mark.parametrize("status", ["PROVISIONING", "SUSPENDED", "ARCHIVED"])
async def test_a_client_that_is_not_active(world: World, status: str) -> None:
    archived_at = LONG_AGO if status == "ARCHIVED" else None
    await Client.filter(id=world.acme.client.id).update(status=status, archived_at=archived_at)
    async with refused(ErrorCode.CLIENT_NOT_ACTIVE, "clientId"):
        await upgrade(world, FULL)


async def test_a_partner_that_is_not_active(world: World) -> None:
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "clientId"):
        await upgrade(world, FULL)


async def test_the_clients_of_others_do_not_exist(world: World) -> None:
    unassigned = await created(world, world.acme)

    async def attempt(actor: Actor, client_id: object) -> None:
        async with refused(ErrorCode.NOT_FOUND, "clientId"):
            input = to_plan(world.acme.client, FULL, client_id=client_id)
            await upgrade_client(world.caller(actor), input)

    await attempt(world.rival.as_admin(), world.acme.client.id)
    await attempt(world.rival.as_app(), world.acme.client.id)
    await attempt(world.acme.as_advisor(), unassigned.id)
    await attempt(world.as_vendor(), uuid4())


async def test_an_assigned_advisor_and_the_vendor_may(world: World) -> None:
    await upgrade_client(
        world.caller(world.acme.as_advisor()), to_plan(world.acme.client, ASSESSMENT)
    )
    await upgrade_client(world.caller(world.as_vendor()), to_plan(world.acme.client, FULL))
    assert (await Client.get(id=world.acme.client.id)).plan_id == "FULL_FEATURE"


@pytest.mark.parametrize("role", ["CONTRIBUTOR", "VIEWER"])
async def test_an_advisor_who_does_not_administer_the_client(world: World, role: str) -> None:
    acme = world.acme
    await AdvisorAssignment.filter(advisor_id=acme.advisor.id).update(role=role)
    # What they were there before does not count.
    await AdvisorAssignment.create(
        partner=acme.partner,
        client=acme.client,
        advisor=acme.advisor,
        role="ADMIN",
        assigned_at=LONG_AGO,
        ended_at=LONG_AGO + timedelta(days=1),
    )
    async with refused(ErrorCode.ROLE_TOO_LOW, "clientId"):
        await upgrade_client(world.caller(acme.as_advisor()), to_plan(acme.client, FULL))
    await upgrade_client(world.caller(acme.as_admin()), to_plan(acme.client, FULL))
    assert (await Client.get(id=acme.client.id)).plan_id == "FULL_FEATURE"


async def test_a_repeat_does_nothing(world: World) -> None:
    await upgrade(world, FULL, idempotency_key="once")
    before = await everything()
    await upgrade(world, FULL, idempotency_key="once")
    assert await everything() == before


async def test_which_plans_take_a_slot_is_data(world: World) -> None:
    await Plan.filter(code="ASSESSMENT_ONLY").update(takes_slot=False)
    await leave_slots(world.acme, 0)
    await upgrade(world, ASSESSMENT)
    assert not await SlotEntry.exists(kind="CONSUMED")
