"""Recognised charges: what partners earn by them, and what their tiers make of them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import ErrorCode
from app.domain.programs.vocabulary import SaleMotion
from app.persistence.models import (
    Accrual,
    ActivityRecord,
    ContentItem,
    ContentSale,
    ContentVersion,
    Partner,
    Subscription,
)
from app.services.income.rates import rate_for
from app.services.income.recognition import unrecognise
from app.services.partners.locking import lock_partner
from tests.billing import (
    MARCH,
    MONTH,
    another_client,
    credited,
    licence,
    recognised,
    set_policy,
    term,
)
from tests.contract.recorded_sql import statements
from tests.refusals import refused
from tests.services.tier_programs import certified, program, publish, tell, tier
from tests.world import World

SILVER, GOLD = Decimal("0.2"), Decimal("0.3")
# A benefit that asks for two certified people besides the tier.
TWO_PEOPLE = {
    "metric": "CERTIFIED_PEOPLE",
    "label": "Two certified people",
    "filters": {"holdsAny": ["SALES"]},
    "operator": "GTE",
    "threshold": 2,
}


def ladder(world: World, term: str = "CONTRACT_LIFETIME", **of_silver: Any) -> dict[str, Any]:
    """The ladder, with a share of 20 % in silver and of 30 % in gold."""
    file = program(world)
    value = {"text": "A share", "term": term, "basis": "CLIENT_CHARGES"}
    value["rateLock"] = "AT_CONTRACT_START"
    file["benefits"].append(
        {
            "key": "share",
            "name": "Share",
            "kind": "PERCENT_SHARE",
            "tiers": {
                "silver": {"value": {**value, "rate": "0.20"}, **of_silver},
                "gold": {"value": {**value, "rate": "0.30"}},
            },
        }
    )
    return file


@pytest.fixture
async def silver(world: World) -> World:
    """Acme is in silver, and every rate is locked when its contract starts."""
    await set_policy()
    await publish(world, ladder(world))
    await tell(world, certified(world))
    assert await tier(world) == "silver"
    return world


async def accruals(world: World) -> list[Accrual]:
    return await Accrual.filter(partner_id=world.acme.partner.id).order_by("id")


async def earned(world: World) -> list[tuple[int, Decimal, str, str | None]]:
    return [
        (row.amount_minor, row.rate.normalize(), row.rate_source, row.tier_key)
        for row in await accruals(world)
    ]


async def set_override(world: World, rate: str) -> None:
    await Partner.filter(id=world.acme.partner.id).update(referral_rate=Decimal(rate))


async def to_gold(world: World) -> None:
    """A yearly licence that is large enough: its charge itself lifts the partner."""
    client = await another_client(world.acme, "Large")
    large = await licence(world.acme, client, amount_minor=1_000_000, interval="YEAR")
    await recognised(world, world.acme, await term(large))
    assert await tier(world) == "gold"


async def test_a_charge_earns_the_share_of_the_tier(silver: World) -> None:
    charge = await term(await licence(silver.acme, payer="CLIENT"))
    _, [line] = await recognised(silver, silver.acme, charge)
    [row] = await accruals(silver)
    assert (row.base_minor, row.amount_minor, row.rate) == (20_000, 4_000, SILVER)
    assert (row.kind, row.status, row.currency_code) == ("REFERRAL", "PENDING", "USD")
    assert (row.rate_source, row.program_key, row.tier_key) == ("TIER", "ladder", "silver")
    assert (row.line_id, row.client_id) == (line.id, silver.acme.client.id)
    assert not await Accrual.filter(partner_id=silver.rival.partner.id).exists()


async def test_a_partner_without_tier_or_agreement_earns_nothing(world: World) -> None:
    await set_policy()
    await recognised(world, world.acme, await term(await licence(world.acme)))
    assert await accruals(world) == []
    # It sold all the same.
    assert await ActivityRecord.filter(partner_id=world.acme.partner.id).count() == 1


async def test_the_agreed_rate_comes_before_that_of_the_tier(silver: World) -> None:
    await set_override(silver, "0.255")
    await recognised(silver, silver.acme, await term(await licence(silver.acme)))
    assert await earned(silver) == [(5_100, Decimal("0.255"), "OVERRIDE", None)]


async def test_billing_promotes_and_a_contract_keeps_the_rate_it_began_with(silver: World) -> None:
    small = await licence(silver.acme)
    await recognised(silver, silver.acme, await term(small))
    await to_gold(silver)
    await recognised(silver, silver.acme, await term(small, MARCH + MONTH))
    late = await licence(silver.acme, await another_client(silver.acme, "Late"))
    await recognised(silver, silver.acme, await term(late))
    # The large charge itself counts at the tier of the moment before.
    assert [(amount, rate, key) for amount, rate, _, key in await earned(silver)] == [
        (4_000, SILVER, "silver"),
        (200_000, SILVER, "silver"),
        (4_000, SILVER, "silver"),
        (6_000, GOLD, "gold"),
    ]


async def test_rates_float_where_the_vendor_says_so(silver: World) -> None:
    await set_policy(rate_lock="FLOATING")
    small = await licence(silver.acme)
    await recognised(silver, silver.acme, await term(small))
    await to_gold(silver)
    await recognised(silver, silver.acme, await term(small, MARCH + MONTH))
    assert [key for *_, key in await earned(silver)] == ["silver", "silver", "gold"]
    assert (await Subscription.get(id=small.id)).referral_rate is None


@pytest.mark.parametrize(("how_long", "charges"), [("ONCE", 1), ("FIRST_YEAR", 2)])
async def test_a_share_ends_when_its_term_does(world: World, how_long: str, charges: int) -> None:
    await set_policy()
    await publish(world, ladder(world, how_long))
    await tell(world, certified(world))
    running = await licence(world.acme)
    starts = [MARCH, MARCH + MONTH, datetime(2027, 3, 1, tzinfo=UTC)]
    for at in starts:
        await recognised(world, world.acme, await term(running, at))
    assert len(await accruals(world)) == charges


async def test_a_share_counts_only_while_its_condition_holds(world: World) -> None:
    await set_policy()
    await publish(world, ladder(world, condition=TWO_PEOPLE))
    await tell(world, certified(world))
    now = world.clock.now()

    async def share() -> Any:
        return await world.database.transaction(lambda: rate_for(world.acme.partner, now))

    assert await tier(world) == "silver"
    assert await share() is None
    await tell(world, certified(world, person="bob@acme.example"))
    assert (await share()).rate == SILVER


async def sold(world: World, payer: str) -> ContentSale:
    """Own content sold for 99.99 USD, 15.00 of it the vendor's."""
    item = await ContentItem.create(
        library=world.acme.library,
        partner=world.acme.partner,
        kind="PLAYBOOK",
        title="Playbook",
        title_key="playbook",
        created_at=MARCH,
    )
    version = await ContentVersion.create(
        item=item, partner=world.acme.partner, number=1, body="#", checksum="0", created_at=MARCH
    )
    return await ContentSale.create(
        partner=world.acme.partner,
        client=world.acme.client,
        item=item,
        version=version,
        currency_code="USD",
        price_minor=9_999,
        cut_rate=Decimal("0.15"),
        cut_minor=1_500,
        revenue_minor=8_499,
        payer=payer,
        sold_at=MARCH,
    )


async def test_a_client_that_pays_for_content_pays_its_partner(silver: World) -> None:
    await recognised(silver, silver.acme, await sold(silver, "CLIENT"))
    [row] = await accruals(silver)
    assert (row.kind, row.base_minor, row.amount_minor) == ("CONTENT_REVENUE", 9_999, 8_499)
    assert (row.rate, row.rate_source) == (Decimal("0.85"), "SALE")
    # It is no sale of the vendor's.
    assert not await ActivityRecord.filter(amount__isnull=False).exists()


async def test_a_reseller_keeps_what_it_asks_for_content(silver: World) -> None:
    await recognised(silver, silver.acme, await sold(silver, "PARTNER"))
    assert await accruals(silver) == []


@pytest.mark.parametrize(
    ("payer", "motion"), [("PARTNER", SaleMotion.RESALE), ("CLIENT", SaleMotion.REFERRAL)]
)
async def test_a_charge_counts_as_sold_once(silver: World, payer: str, motion: str) -> None:
    charge = await term(await licence(silver.acme, payer=payer))
    _, [line] = await recognised(silver, silver.acme, charge)
    record = await ActivityRecord.get(external_id=f"invoice-line:{line.id}")
    assert (record.amount, record.currency_code, record.kind) == (20_000, "USD", "SALE")
    assert (record.revenue, record.motion, record.price_basis) == ("SOLD_ARR", motion, "LIST_PRICE")
    await line.refresh_from_db()
    assert line.activity_record_id == record.id


async def test_a_charge_of_nothing_is_nothing(silver: World) -> None:
    free = await term(await licence(silver.acme, amount_minor=0))
    await recognised(silver, silver.acme, free)
    assert await accruals(silver) == []
    assert not await ActivityRecord.filter(amount__isnull=False).exists()


async def test_a_credit_of_all_ends_what_was_earned(silver: World) -> None:
    _, [line] = await recognised(silver, silver.acme, await term(await licence(silver.acme)))
    note = await credited(silver, line, 20_000)
    [row] = await accruals(silver)
    assert (row.status, row.reversed_at) == ("REVERSED", silver.clock.now())
    reversal = await ActivityRecord.get(id=(await type(note).get(id=note.id)).activity_record_id)
    assert (reversal.amount, reversal.quantity) == (-20_000, -1)
    assert reversal.reverses_id == line.activity_record_id


async def test_credits_in_parts_leave_the_share_of_what_stays(silver: World) -> None:
    _, [line] = await recognised(silver, silver.acme, await term(await licence(silver.acme)))
    for part in (3, 9_997, 10_000):
        await credited(silver, line, part)
    first, *rest = await accruals(silver)
    # 20 % of 19,997 is 3,999.4.
    assert [(row.base_minor, row.amount_minor) for row in rest] == [
        (-3, -1),
        (-9_997, -1_999),
        (-10_000, -2_000),
    ]
    assert {(row.status, row.reverses_id) for row in rest} == {("PENDING", first.id)}
    records = ActivityRecord.filter(amount__isnull=False).order_by("position")
    assert await records.values_list("amount", "quantity") == [
        (20_000, 1),
        (-3, 0),
        (-9_997, 0),
        (-10_000, -1),
    ]


async def test_a_demotion_by_a_credit(silver: World) -> None:
    client = await another_client(silver.acme, "Large")
    large = await licence(silver.acme, client, amount_minor=1_000_000, interval="YEAR")
    _, [line] = await recognised(silver, silver.acme, await term(large))
    assert await tier(silver) == "gold"
    await credited(silver, line, 500_000)
    await silver.database.settle()
    assert await tier(silver) == "silver"


async def test_what_was_reversed_by_hand_is_not_reversed_again(silver: World) -> None:
    from tests.services.test_reverse_activity import reverse

    _, [line] = await recognised(silver, silver.acme, await term(await licence(silver.acme)))
    await reverse(silver, await ActivityRecord.get(id=line.activity_record_id))
    await credited(silver, line, 20_000)
    assert [row.status for row in await accruals(silver)] == ["REVERSED"]
    assert await ActivityRecord.filter(amount__isnull=False).count() == 2


async def void(world: World, invoice: Any) -> None:
    async def unit() -> None:
        await lock_partner(invoice.partner_id)
        await unrecognise(world.caller(world.as_vendor()), invoice, world.clock.now())

    await world.database.transaction(unit)


async def test_a_void_invoice_earns_nothing_and_its_charges_may_earn_again(silver: World) -> None:
    charge = await term(await licence(silver.acme))
    invoice, [line] = await recognised(silver, silver.acme, charge)
    await void(silver, invoice)
    await type(line).filter(id=line.id).update(source_key=None)
    await recognised(silver, silver.acme, charge)
    assert [row.status for row in await accruals(silver)] == ["REVERSED", "PENDING"]
    sold = ActivityRecord.filter(amount__isnull=False).order_by("position")
    assert await sold.values_list("amount", flat=True) == [20_000, -20_000, 20_000]


async def test_what_is_on_a_statement_is_not_voided(silver: World) -> None:
    from tests.services.test_statements import approve, pay_out

    invoice, _ = await recognised(silver, silver.acme, await term(await licence(silver.acme)))
    await approve(silver)
    await pay_out(silver)
    async with refused(ErrorCode.WRONG_STATE, "invoiceId"):
        await void(silver, invoice)


async def test_a_hundred_lines_take_as_many_statements_as_one(silver: World) -> None:
    counts = []
    for size in (1, 40):
        charges = []
        for n in range(size):
            client = await another_client(silver.acme, f"Client {size} {n}")
            charges.append(await term(await licence(silver.acme, client)))
        with statements() as sent:
            _, lines = await recognised(silver, silver.acme, *charges)
        # The helper writes its lines one by one.
        counts.append(len(sent) - size)
        assert len(await Accrual.filter(line_id__in=[line.id for line in lines])) == size
        silver.clock.advance(minutes=1)  # type: ignore[attr-defined]
    assert counts[0] == counts[1]
