"""Facts are kept as they were told, once, in an order without gaps, all of a call or none."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from app.domain.activity import NewActivity
from app.domain.errors import ErrorCode, Problem, Refused
from app.domain.money import Money
from app.domain.programs.vocabulary import ActivityKind, PriceBasis, Revenue, SaleMotion
from app.persistence.models import ActivityRecord, Partner
from app.services.activity.record_activity import NewFact, RecordActivity, record_activity
from tests.activity import JANUARY, certification, positions, sale, tell, told
from tests.refusals import audited, outcome, refused
from tests.refusals import told as events
from tests.world import World


async def test_a_sale_is_kept_as_it_was_told(world: World):
    [record] = await tell(
        world,
        world.acme,
        sale(
            motion=SaleMotion.RESALE,
            price_basis=PriceBasis.LIST_PRICE,
            source="MARKETPLACE",
            product="PLATFORM",
            external_id="crm-1",
        ),
    )
    assert (record.amount, record.currency_code) == (12_900, "USD")
    assert (record.revenue, record.motion, record.price_basis) == (
        Revenue.SOLD_ARR,
        SaleMotion.RESALE,
        PriceBasis.LIST_PRICE,
    )
    assert (record.source, record.product, record.quantity) == ("MARKETPLACE", "PLATFORM", 1)
    assert (record.partner_id, record.position) == (world.acme.partner.id, 1)
    assert record.occurred_at == JANUARY and record.recorded_at == world.clock.now()
    assert record.recorded_by == world.vendor_admin.id
    [event] = await events("ACTIVITY_RECORDED")
    assert (event.subject_id, event.partner_id) == (record.id, world.acme.partner.id)
    assert event.data == {
        "kind": "SALE",
        "code": None,
        "person": None,
        "amount": "129.00",
        "currencyCode": "USD",
        "externalId": "crm-1",
        "occurredAt": "2026-01-15T00:00:00Z",
    }
    [entry] = await audited("recordActivity")
    assert entry.partner_id == world.acme.partner.id


async def test_people_and_texts_are_kept_in_one_form(world: World):
    [record] = await tell(
        world,
        world.acme,
        certification(person="  Ada@Acme.Example ", course=" Selling 101 ", external_id=" x "),
    )
    assert (record.person, record.course, record.external_id) == (
        "ada@acme.example",
        "Selling 101",
        "x",
    )


async def test_positions_follow_the_order_of_telling_for_each_partner(world: World):
    acme, rival = world.acme, world.rival
    items = [acme, rival, acme, acme, rival]
    input = RecordActivity(
        "k", tuple(NewFact(team.partner.id, sale(source=f"S{i}")) for i, team in enumerate(items))
    )
    await record_activity(world.caller(world.as_vendor()), input)
    assert [await positions(acme), await positions(rival)] == [[1, 2, 3], [1, 2]]
    await tell(world, acme, sale(source="LAST"))
    last = await ActivityRecord.get(partner_id=acme.partner.id, position=4)
    assert last.source == "LAST"
    assert (await Partner.get(id=acme.partner.id)).activity_count == 4
    assert len(await events("ACTIVITY_RECORDED")) == 6


async def test_the_same_under_the_same_external_id_is_there_already(world: World):
    [first] = await tell(world, world.acme, sale(external_id="crm-1"))
    ids = await record_activity(
        world.caller(world.as_vendor()),
        told(world.acme, sale(external_id="crm-1"), sale(external_id="crm-2")),
    )
    assert ids["unchanged.0"] == first.id and set(ids) == {"unchanged.0", "recorded.1"}
    assert await positions(world.acme) == [1, 2]
    assert len(await events("ACTIVITY_RECORDED")) == 2
    # Another partner has ids of its own.
    await tell(world, world.rival, sale(external_id="crm-1", source="OTHER"))


async def test_twice_in_one_call_is_once(world: World):
    ids = await record_activity(
        world.caller(world.as_vendor()),
        told(world.acme, sale(external_id="x"), sale(external_id="x"), sale(), sale()),
    )
    assert ids["recorded.0"] == ids["unchanged.1"]
    # Without an external id, two facts that say the same are two.
    assert await positions(world.acme) == [1, 2, 3]


async def test_another_thing_under_the_same_external_id_is_refused(world: World):
    await tell(world, world.acme, sale(external_id="crm-1"))
    caller = world.caller(world.as_vendor())
    for other in (
        sale(external_id="crm-1", amount=Money(12_901, "USD")),
        sale(external_id="crm-1", occurred_at=JANUARY - timedelta(seconds=1)),
        sale(external_id="crm-1", product="PLATFORM"),
        certification(external_id="crm-1"),
    ):
        async with refused(ErrorCode.EXTERNAL_ID_REUSED, "activities", "1", "externalId"):
            await record_activity(caller, told(world.acme, sale(), other))
    async with refused(ErrorCode.EXTERNAL_ID_REUSED, "activities", "1", "externalId"):
        pair = sale(external_id="new"), sale(external_id="new", source="OTHER")
        await record_activity(caller, told(world.acme, *pair))


async def test_everything_that_is_wrong_is_told_and_nothing_is_written(world: World):
    now = world.clock.now()
    items = (
        NewFact(world.acme.partner.id, sale()),
        NewFact(uuid4(), sale(occurred_at=now + timedelta(seconds=1))),
        NewFact(world.acme.partner.id, certification(code="sales")),
        NewFact(world.acme.partner.id, sale(amount=None)),
        NewFact(world.acme.partner.id, sale(amount=None, revenue=None)),
    )
    unreadable = Problem(ErrorCode.INVALID, "USD has 2 decimals.", ("activities", "3", "amount"))
    async with refused(ErrorCode.INVALID, "activities", "2", "code"):
        try:
            await record_activity(
                world.caller(world.as_vendor()), RecordActivity("k", items, (unreadable,))
            )
        except Refused as refusal:
            assert [(p.code, p.field[1:]) for p in refusal.problems] == [
                (ErrorCode.INVALID, ("3", "amount")),
                (ErrorCode.NOT_FOUND, ("1", "partnerId")),
                (ErrorCode.INVALID, ("1", "occurredAt")),
                (ErrorCode.INVALID, ("2", "code")),
                (ErrorCode.REQUIRED, ("4", "amount")),
                (ErrorCode.REQUIRED, ("4", "revenue")),
            ]
            raise


async def test_one_to_five_hundred_at_a_time(world: World):
    caller = world.caller(world.as_vendor())
    for activities in ([], [sale()] * 501):
        async with refused(ErrorCode.INVALID, "activities"):
            await record_activity(caller, told(world.acme, *activities))
    await record_activity(caller, told(world.acme, *[sale()] * 500))
    assert await positions(world.acme) == list(range(1, 501))


async def test_late_facts_come_after_those_told_before(world: World):
    [first] = await tell(world, world.acme, sale())
    [late] = await tell(world, world.acme, sale(occurred_at=datetime(2000, 1, 1, tzinfo=UTC)))
    assert (first.position, late.position) == (1, 2)


async def test_a_call_that_is_repeated_is_one(world: World):
    input = told(world.acme, sale())
    caller = world.caller(world.as_vendor())
    assert await record_activity(caller, input) == await record_activity(caller, input)
    assert await positions(world.acme) == [1]


async def test_a_text_with_nul_is_refused_at_its_field(world: World):
    activity = NewActivity(
        ActivityKind.MANUAL, JANUARY, code="SATISFACTION", value="4", note="a\0b"
    )
    async with refused(ErrorCode.INVALID, "activities", "0", "note"):
        await record_activity(world.caller(world.as_vendor()), told(world.acme, activity))


async def test_records_at_once_have_positions_without_gaps(world: World):
    """Also when each call tells of both partners, in either order: nobody waits for ever."""
    acme, rival = world.acme.partner.id, world.rival.partner.id

    def call(i: int) -> RecordActivity:
        pair = (acme, rival) if i % 2 else (rival, acme)
        return RecordActivity(str(uuid4()), tuple(NewFact(id, sale()) for id in pair))

    caller = world.caller(world.as_vendor())
    await asyncio.gather(*(record_activity(caller, call(i)) for i in range(12)))
    for team in (world.acme, world.rival):
        assert await positions(team) == list(range(1, 13))
        assert (await Partner.get(id=team.partner.id)).activity_count == 12


async def test_one_external_id_told_at_once_is_one_record(world: World):
    caller = world.caller(world.as_vendor())
    inputs = [told(world.acme, sale(external_id="x")) for _ in range(6)]
    answers = await asyncio.gather(*(outcome(record_activity(caller, input)) for input in inputs))
    assert not [found for found in answers if isinstance(found, Refused)]
    assert len({id for found in answers for id in found.values()}) == 1
    assert sorted(name for found in answers for name in found) == [
        "recorded.0",
        *["unchanged.0"] * 5,
    ]
    assert await positions(world.acme) == [1]
