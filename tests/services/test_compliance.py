"""Compliance reports: what was held on a date, and whether the rules and facts of then bear it."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest

from app.domain.errors import ErrorCode
from app.domain.ids import new_id
from app.persistence.models import Partner, Standing
from app.services.activity.reverse_activity import ReverseActivity, reverse_activity
from app.services.programs.compliance import BATCH, ComplianceReport, Row, compliance_report
from app.services.programs.compliance_csv import COLUMNS, compliance_csv
from app.services.programs.pin_partner_tier import PinPartnerTier, pin_partner_tier
from app.services.programs.set_partner_tier import SetPartnerTier, set_partner_tier
from tests.contract.recorded_sql import statements
from tests.refusals import everything, refused
from tests.services.tier_programs import catch_up, certified, program, publish, sale, tell, tier
from tests.world import LONG_AGO, World

GRACE = {"kind": "GRACE", "days": 30, "noticeDays": 10}


async def report(world: World, as_of=None, known_at=None) -> ComplianceReport:
    return await compliance_report(world.caller(world.as_vendor()), "ladder", as_of, known_at)


async def acme(world: World, as_of=None, known_at=None) -> Row:
    found = await (await report(world, as_of, known_at)).page(None, 100)
    return next(row for row in found if row.partner_id == world.acme.partner.id)


def short(row: Row) -> tuple[str | None, str | None, bool]:
    found = row.compliance
    held, qualified = found.tier_held, found.tier_qualified
    return held and held.key, qualified and qualified.key, found.compliant


@pytest.fixture
async def silver(world: World) -> World:
    """Acme is in silver, by a certification that holds for 20 days, with 12,000 USD sold later."""
    await publish(world, program(world, retention=GRACE))
    world.clock.advance(days=1)
    await tell(world, certified(world, days=20))
    assert await tier(world) == "silver"
    return world


async def test_each_partner_has_a_line(silver: World):
    found = await (await report(silver)).page(None, 100)
    assert [row.slug for row in found] == ["acme", "rival"]
    assert [short(row) for row in found] == [("silver", "silver", True), ("bronze", "bronze", True)]
    [person] = found[0].compliance.results()
    assert (person["value"]["text"], person["threshold"]["text"]) == ("1", "1")


async def test_a_past_date_is_told_as_it_was(silver: World):
    then = silver.clock.now()
    before = then - timedelta(hours=1)
    silver.clock.advance(days=1)
    await tell(silver, sale(silver, 12_000))
    assert await tier(silver) == "gold"
    assert short(await acme(silver)) == ("gold", "gold", True)
    assert short(await acme(silver, then)) == ("silver", "silver", True)
    assert short(await acme(silver, before)) == ("bronze", "bronze", True)
    with_start = await report(silver, silver.clock.now() - timedelta(days=300))
    # Before they came into the program.
    assert await with_start.page(None, 100) == []


async def test_grace_keeps_a_tier_that_is_not_earned(silver: World):
    silver.clock.advance(days=25)
    await catch_up(silver)
    row = await acme(silver)
    assert short(row) == ("silver", "bronze", False)
    assert row.compliance.failing == ["A certified person"]
    assert row.compliance.kept.grace_until is not None
    in_grace = silver.clock.now()
    silver.clock.advance(days=40)
    await catch_up(silver)
    row = await acme(silver)
    assert short(row) == ("bronze", "bronze", True)
    assert row.compliance.kept.grace_until is None
    # What was so remains so.
    assert (await acme(silver, in_grace)).compliance.kept.grace_until is not None


async def test_late_facts_and_what_was_known(silver: World):
    [sold] = await tell(silver, sale(silver, 12_000))
    assert await tier(silver) == "gold"
    then = silver.clock.now()
    silver.clock.advance(days=2)
    input = ReverseActivity(str(uuid4()), sold, "It was never paid.")
    await reverse_activity(silver.caller(silver.as_vendor()), input)
    # It counts from the moment of the sale on.
    assert short(await acme(silver, then)) == ("gold", "silver", False)
    assert short(await acme(silver, then, then)) == ("gold", "gold", True)


async def test_what_the_vendor_does_by_hand(silver: World):
    caller = silver.caller(silver.as_vendor())
    before = silver.clock.now()
    silver.clock.advance(hours=1)
    pin = PinPartnerTier(
        str(uuid4()), silver.acme.partner.id, "ladder", "gold", "A strategic partner.", None
    )
    await pin_partner_tier(caller, pin)
    row = await acme(silver)
    assert short(row) == ("gold", "silver", False)
    assert row.compliance.pin_reason == "A strategic partner."
    assert (await acme(silver, before)).compliance.pin_reason is None


async def test_an_unpublished_threshold_counts_once_the_vendor_has_said_so(world: World):
    file = program(world)
    for tier_ in file["tiers"][1:]:
        requirement = tier_["requirement"]
        (requirement["of"][1] if "of" in requirement else requirement)["threshold"] = None
    await publish(world, file)
    world.clock.advance(hours=1)
    await tell(world, certified(world))
    before = world.clock.now()
    assert short(await acme(world)) == ("bronze", "bronze", True)
    world.clock.advance(hours=1)
    input = SetPartnerTier(str(uuid4()), world.acme.partner.id, "ladder", "gold", "As agreed.")
    await set_partner_tier(world.caller(world.as_vendor()), input)
    assert short(await acme(world)) == ("gold", "gold", True)
    assert short(await acme(world, before)) == ("bronze", "bronze", True)


async def add_partners(world: World, count: int) -> None:
    like = await Standing.get(partner_id=world.rival.partner.id)
    rows = [
        Partner(
            id=new_id(),
            name=f"P{number}",
            name_key=f"p{number}",
            slug=f"p{number}",
            type="MSP",
            status="ACTIVE",
            currency_code="USD",
            billing_model="RESELLER",
            payment_method="CARD",
            created_at=LONG_AGO,
        )
        for number in range(count)
    ]
    await Partner.bulk_create(rows)
    await Standing.bulk_create(
        [
            Standing(
                partner_id=row.id,
                program_id=like.program_id,
                since=like.since,
                enrolled_at=like.enrolled_at,
            )
            for row in rows
        ]
    )


async def test_a_summary_counts_all_of_them(silver: World):
    await add_partners(silver, BATCH)
    before = await everything()
    found = await report(silver)
    counted = await found.summary()
    assert (counted.partners, counted.compliant) == (BATCH + 2, BATCH + 2)
    assert dict(counted.held) == {0: BATCH, 1: 1, 2: 1}
    assert dict(counted.qualified) == {1: BATCH + 1, 2: 1}
    rows = [row async for batch in found.batches() for row in batch]
    assert [row.partner_id for row in rows] == sorted({row.partner_id for row in rows})
    assert await everything() == before


async def test_statements_do_not_grow_with_partners(silver: World):
    found = await report(silver)
    with statements() as few:
        await found.page(None, 100)
    await add_partners(silver, 90)
    with statements() as many:
        assert len(await found.page(None, 100)) == 92
    assert len(few) == len(many) < 10


async def test_a_table_that_is_safe_to_open(silver: World):
    name = '=HYPERLINK("https://evil.example"), "Ünïcode"\nLtd'
    await Partner.filter(id=silver.rival.partner.id).update(name=name)
    text = "".join([lines async for lines in compliance_csv(await report(silver))])
    assert text.endswith("\r\n")
    first, acme_line, rival_line = csv.reader(io.StringIO(text, newline=""))
    assert tuple(first[: len(COLUMNS)]) == COLUMNS
    line = dict(zip(first, acme_line, strict=True))
    assert (line["slug"], line["tier_held"], line["compliant"]) == ("acme", "silver", "yes")
    assert line["A certified person (value)"] == line["A certified person (threshold)"] == "1"
    assert line["10,000 USD sold in 12 months (remaining)"] == "10000"
    assert line["as_of"] == silver.clock.now().isoformat().replace("+00:00", "Z")
    assert rival_line[0] == f"'{name}"


async def test_what_is_refused(silver: World):
    later = silver.clock.now() + timedelta(seconds=1)
    async with refused(ErrorCode.INVALID, "asOf"):
        await report(silver, later)
    async with refused(ErrorCode.INVALID, "knownAt"):
        await report(silver, None, later)
    async with refused(ErrorCode.NOT_FOUND, "program"):
        await report(silver, LONG_AGO)
    async with refused(ErrorCode.NOT_FOUND, "program"):
        await compliance_report(silver.caller(silver.as_vendor()), "none", None, None)
