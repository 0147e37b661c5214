"""A fact is taken back by another one: in full or in part, never more than there is."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.domain.errors import ErrorCode, Refused
from app.domain.money import Money
from app.domain.programs.vocabulary import PriceBasis, SaleMotion
from app.persistence.models import ActivityRecord
from app.services.activity.reverse_activity import (
    ExternalRecord,
    ReverseActivity,
    reverse_activity,
)
from tests.activity import certification, positions, sale, tell
from tests.refusals import audited, outcome, refused
from tests.refusals import told as events
from tests.world import World

SAME = (
    *("kind", "code", "person", "currency_code", "revenue", "motion", "price_basis"),
    *("source", "product", "occurred_at", "expires_at"),
)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def reversing(record: ActivityRecord, /, **changes: Any) -> ReverseActivity:
    values = {"idempotency_key": str(uuid4()), "record": record.id, "reason": "Cancelled."}
    return ReverseActivity(**{**values, **changes})


async def reverse(world: World, record: ActivityRecord, /, **changes: Any) -> ActivityRecord:
    caller = world.caller(world.as_vendor())
    ids = await reverse_activity(caller, reversing(record, **changes))
    assert ids["reversed"] == record.id
    return await ActivityRecord.get(id=ids.get("recorded.0") or ids["unchanged.0"])


@pytest.fixture
async def record(world: World) -> ActivityRecord:
    [made] = await tell(
        world,
        world.acme,
        sale(
            motion=SaleMotion.RESALE,
            price_basis=PriceBasis.LIST_PRICE,
            source="PORTAL",
            product="PLATFORM",
            external_id="crm-1",
        ),
    )
    return made


async def test_all_of_it(world: World, clock, record: ActivityRecord):
    clock.advance(days=3)
    back = await reverse(world, record, reason="  The customer withdrew. ", external_id="crm-1-r")
    assert {name: getattr(back, name) for name in SAME} == {
        name: getattr(record, name) for name in SAME
    }
    assert (back.amount, back.quantity, back.position) == (-12_900, -1, 2)
    assert (back.reverses_id, back.note) == (record.id, "The customer withdrew.")
    assert back.recorded_at == world.clock.now() != back.occurred_at
    [event] = await events("ACTIVITY_REVERSED")
    assert event.subject_id == back.id
    assert event.data["reverses"] == f"activity_record_{record.id.hex}"
    assert event.data["reason"] == "The customer withdrew." and event.data["amount"] == "-129.00"
    assert len(await audited("reverseActivity")) == 1
    async with refused(ErrorCode.ALREADY_DONE, "record"):
        await reverse(world, record)


async def test_parts_of_it_and_then_the_rest(world: World, record: ActivityRecord):
    first = await reverse(world, record, amount=usd(2_900))
    assert (first.amount, first.quantity) == (-2_900, 0)
    async with refused(ErrorCode.INVALID, "amount"):
        await reverse(world, record, amount=usd(10_001))
    rest = await reverse(world, record)
    assert (rest.amount, rest.quantity) == (-10_000, -1)
    for amount in (None, usd(1)):
        async with refused(ErrorCode.ALREADY_DONE, "record"):
            await reverse(world, record, amount=amount)


async def test_a_part_that_is_all_that_is_left_is_the_end_of_it(
    world: World, record: ActivityRecord
):
    await reverse(world, record, amount=usd(12_899))
    last = await reverse(world, record, amount=usd(1))
    assert (last.amount, last.quantity) == (-1, -1)


async def test_a_fact_without_money(world: World):
    [held] = await tell(world, world.acme, certification())
    async with refused(ErrorCode.INVALID, "amount"):
        await reverse(world, held, amount=usd(1))
    back = await reverse(world, held)
    assert (back.amount, back.quantity, back.person) == (None, -1, "ada@acme.example")
    async with refused(ErrorCode.ALREADY_DONE, "record"):
        await reverse(world, held)


async def test_what_is_wrong_is_told_at_its_field(world: World, record: ActivityRecord):
    back = await reverse(world, record, amount=usd(1))
    for changes, code, field in [
        ({"reason": " "}, ErrorCode.REQUIRED, "reason"),
        ({"reason": "x" * 1001}, ErrorCode.TOO_LONG, "reason"),
        ({"record": uuid4()}, ErrorCode.NOT_FOUND, "record"),
        ({"record": back.id}, ErrorCode.INVALID, "record"),
        ({"amount": usd(0)}, ErrorCode.INVALID, "amount"),
        ({"amount": usd(-1)}, ErrorCode.INVALID, "amount"),
        ({"amount": Money(1, "EUR")}, ErrorCode.INVALID, "currencyCode"),
        ({"external_id": "x" * 121}, ErrorCode.TOO_LONG, "externalId"),
        ({"external_id": "crm-1"}, ErrorCode.EXTERNAL_ID_REUSED, "externalId"),
    ]:
        async with refused(code, field):
            await reverse(world, record, **changes)


async def test_it_is_found_by_its_external_id_at_its_partner(world: World, record: ActivityRecord):
    mine, theirs = (ExternalRecord(team.partner.id, "crm-1") for team in (world.acme, world.rival))
    async with refused(ErrorCode.NOT_FOUND, "record"):
        await reverse(world, record, record=theirs)
    assert (await reverse(world, record, record=mine)).reverses_id == record.id


async def test_a_retry_under_its_external_id_changes_nothing(world: World, record: ActivityRecord):
    first = await reverse(world, record, external_id="r-1")
    # Another call, not the same key: nothing is left, and nothing is needed.
    assert (await reverse(world, record, external_id=" r-1 ")).id == first.id
    assert await positions(world.acme) == [1, 2]
    async with refused(ErrorCode.EXTERNAL_ID_REUSED, "externalId"):
        await reverse(world, record, external_id="r-1", reason="Another reason.")


async def test_reversals_at_once_never_take_more_than_there_is(
    world: World, record: ActivityRecord
):
    caller = world.caller(world.as_vendor())
    answers = await asyncio.gather(
        *(outcome(reverse_activity(caller, reversing(record, amount=usd(5_000)))) for _ in range(6))
    )
    assert sum(isinstance(found, Refused) for found in answers) == 4
    taken = await ActivityRecord.filter(reverses_id=record.id)
    assert sum(row.amount for row in taken) == -10_000
    assert await positions(world.acme) == [1, 2, 3]


async def test_recording_again_after_a_reversal(world: World, record: ActivityRecord):
    await reverse(world, record)
    [again] = await tell(
        world, world.acme, sale(occurred_at=record.occurred_at - timedelta(days=1))
    )
    assert (again.position, again.quantity) == (3, 1)
