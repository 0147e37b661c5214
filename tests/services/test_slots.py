"""Slots: bought at the price in force, included by the vendor, never fewer than none."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.auth.actor import Actor
from app.domain.errors import ErrorCode, Refused
from app.domain.plans import PlanCode
from app.persistence.models import BundlePrice, BundlePurchase, Partner, SlotEntry
from app.services.billing.buy_slot_bundle import BuySlotBundle, buy_slot_bundle
from app.services.billing.include_slots import IncludeSlots, include_slots
from app.services.billing.slots import available
from app.services.clients.archive_client import ArchiveClient, archive_client
from app.services.clients.create_client import create_client
from app.services.clients.upgrade_client import UpgradeClient, upgrade_client
from tests.clients import leave_slots, new_client, return_slots
from tests.refusals import Outcome, audited, everything, outcome, refused, told
from tests.world import World


async def buy(world: World, actor: Actor | None = None, **changes: Any) -> BundlePurchase:
    values: dict[str, Any] = {"idempotency_key": str(uuid4()), "bundle_code": "SLOTS-10"}
    input = BuySlotBundle(**{**values, **changes})
    ids = await buy_slot_bundle(world.caller(actor or world.acme.as_admin()), input)
    return await BundlePurchase.get(id=ids["purchase"])


async def test_bought_slots_are_there_at_once(world: World) -> None:
    purchase = await buy(world, quantity=3)

    assert (purchase.slots, purchase.source) == (30, "BOUGHT")
    assert (purchase.unit_amount_minor, purchase.amount_minor) == (1500_00, 4500_00)
    assert purchase.currency_code == "USD" and purchase.bought_by == world.acme.admin.id
    assert await available(world.acme.partner.id) == 32
    entry = await SlotEntry.get(kind="BOUGHT")
    assert (entry.purchase_id, entry.quantity) == (purchase.id, 30)
    [event] = await told("SLOTS_BOUGHT")
    assert event.data == {"bundle": "SLOTS-10", "quantity": 3, "slots": 30}
    assert len(await audited("buySlotBundle")) == 1


async def test_the_vendor_buys_for_a_partner(world: World) -> None:
    await buy(world, world.as_vendor(), partner_id=world.rival.partner.id)
    assert await available(world.rival.partner.id) == 12
    async with refused(ErrorCode.REQUIRED, "partnerId"):
        await buy(world, world.as_vendor())


async def test_a_repeat_buys_nothing(world: World) -> None:
    await buy(world, idempotency_key="once")
    before = await everything()
    await buy(world, idempotency_key="once")
    assert await everything() == before


async def test_what_cannot_be_bought(world: World) -> None:
    for changes, code, field in [
        ({"quantity": 0}, ErrorCode.INVALID, "quantity"),
        ({"quantity": 1001}, ErrorCode.INVALID, "quantity"),
        ({"bundle_code": "SLOTS-7"}, ErrorCode.NOT_FOUND, "bundleCode"),
        ({"partner_id": world.rival.partner.id}, ErrorCode.NOT_FOUND, "partnerId"),
    ]:
        async with refused(code, field):
            await buy(world, **changes)
    await BundlePrice.all().delete()
    async with refused(ErrorCode.NO_PRICE, "bundleCode"):
        await buy(world)
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "partnerId"):
        await buy(world)


async def test_slots_that_come_with_the_agreement(world: World) -> None:
    caller, partner_id = world.caller(world.as_vendor()), world.acme.partner.id
    ids = await include_slots(caller, IncludeSlots("give", partner_id, 4, " Agreed. "))

    purchase = await BundlePurchase.get(id=ids["purchase"])
    assert (purchase.source, purchase.slots, purchase.amount_minor) == ("INCLUDED", 4, 0)
    assert await available(partner_id) == 6
    assert (await SlotEntry.get(purchase_id=purchase.id)).note == "Agreed."
    assert [event.data for event in await told("SLOTS_INCLUDED")] == [{"slots": 4}]
    for input, code, field in [
        (IncludeSlots("a", partner_id, 0), ErrorCode.INVALID, "slots"),
        (IncludeSlots("b", partner_id, 1, "x" * 201), ErrorCode.TOO_LONG, "note"),
        (IncludeSlots("c", uuid4(), 1), ErrorCode.NOT_FOUND, "partnerId"),
    ]:
        async with refused(code, field):
            await include_slots(caller, input)


async def test_two_upgrades_race_for_the_last_slot(world: World) -> None:
    await leave_slots(world.acme, 1)
    caller = world.caller(world.acme.as_admin())
    ids = [
        (await create_client(caller, new_client(domain=f"c{n}.example")))["client"]
        for n in range(4)
    ]

    outcomes = await asyncio.gather(
        *(outcome(upgrade_client(caller, _to_assessment(id))) for id in ids)
    )

    lost = [each.problems[0] for each in outcomes if isinstance(each, Refused)]
    assert [problem.code for problem in lost] == [ErrorCode.NO_SLOTS_AVAILABLE] * 3
    assert await available(world.acme.partner.id) == 0


def _to_assessment(client_id: UUID) -> UpgradeClient:
    return UpgradeClient(str(uuid4()), client_id, PlanCode.ASSESSMENT_ONLY)


STEPS = st.lists(
    st.sampled_from(["create", "create", "upgrade", "archive", "buy", "include"]), max_size=12
)


@pytest.mark.parametrize("returned", [False, True])
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
async def test_the_ledger_is_never_below_zero(
    world: World, returned: bool, steps: list[str]
) -> None:
    await return_slots(returned)
    await leave_slots(world.acme, 2)
    clients: list[UUID] = []
    for step in steps:
        done = await _take(world, step, clients)
        left = await available(world.acme.partner.id)
        assert left >= 0
        # Refused only for the reason that there is.
        if isinstance(done, Refused):
            assert (left, done.problems[0].code) == (0, ErrorCode.NO_SLOTS_AVAILABLE)


async def _take(world: World, step: str, clients: list[UUID]) -> Outcome | None:
    caller, key = world.caller(world.acme.as_admin()), str(uuid4())
    if step == "create":
        input = new_client(plan_code=PlanCode.ASSESSMENT_ONLY, domain=f"{key}.example")
        done = await outcome(create_client(caller, input))
        if not isinstance(done, Refused):
            clients.append(done["client"])
        return done
    if step == "upgrade":
        free = await create_client(caller, new_client(domain=f"{key}.example"))
        clients.append(free["client"])
        return await outcome(upgrade_client(caller, _to_assessment(free["client"])))
    if step == "archive":
        return await archive_client(caller, ArchiveClient(key, clients.pop())) if clients else None
    if step == "buy":
        return await outcome(buy_slot_bundle(caller, BuySlotBundle(key, "SLOTS-10")))
    given = IncludeSlots(key, world.acme.partner.id, 1)
    return await include_slots(world.caller(world.as_vendor()), given)
