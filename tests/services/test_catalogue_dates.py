"""A date in a catalogue file is a day where the vendor is: that of the terms that begin with it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.plans import PlanCode
from app.persistence.models import Price, SubscriptionTerm, Vendor
from app.services.billing.catalogue_file import (
    ImportCatalogue,
    import_catalogue_file,
    try_catalogue_file,
)
from app.services.billing.lifecycle import bring_to
from tests.clients import created
from tests.conftest import ManualClock
from tests.invoicing import FEE, activate, bill, charge_advisors, lines
from tests.refusals import everything
from tests.world import World

ZONES = pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
# In spring, when clocks have changed since the file was imported.
FILE = """
priceBooks:
  - currency: USD
    name: US dollar, from May on
    effectiveFrom: 2026-05-01
    advisorFee: 25
    prices: {FULL_FEATURE: {MONTH: {"11-50": 210}}}
billingPolicies:
  - {effectiveFrom: 2026-05-01, advisorFeeRule: END_OF_PERIOD, rateLock: FLOATING,
     contentCut: "0.15", paymentDays: 14, invitationDays: 14, returnSlotOnArchive: false}
"""


async def imported(world: World, zone: str) -> None:
    await Vendor.all().update(time_zone=zone)
    caller = world.caller(world.as_vendor())
    assert await try_catalogue_file(caller, FILE) == [
        "Price book USD from 2026-05-01: 1 prices.",
        "Billing policy from 2026-05-01.",
    ]
    await import_catalogue_file(caller, ImportCatalogue("import", FILE))


@ZONES
async def test_a_book_prices_the_term_that_begins_on_its_day(
    world: World, clock: ManualClock, zone: str
) -> None:
    await imported(world, zone)
    await created(world, world.acme, plan_code=PlanCode.FULL_FEATURE)

    clock.at = datetime(2026, 6, 2, tzinfo=ZoneInfo(zone))
    await bring_to(world.database, clock.at)

    terms = await SubscriptionTerm.all().order_by("starts_at")
    assert [(f"{t.starts_at.astimezone(ZoneInfo(zone)):%d %b}", t.amount_minor) for t in terms] == [
        ("02 Mar", 193_55),
        ("01 Apr", 200_00),
        ("01 May", 210_00),
        ("01 Jun", 210_00),
    ]


@ZONES
async def test_a_book_is_not_in_force_the_day_before(
    world: World, clock: ManualClock, zone: str
) -> None:
    await imported(world, zone)
    clock.at = datetime(2026, 4, 30, 23, 59, tzinfo=ZoneInfo(zone))
    await created(world, world.acme, plan_code=PlanCode.FULL_FEATURE)

    [term] = await SubscriptionTerm.all()
    price = await Price.get(id=term.price_id).select_related("price_book")
    assert (price.amount_minor, price.price_book.name) == (200_00, "USD 2024")


@ZONES
async def test_a_policy_is_that_of_the_month_that_begins_on_its_day(
    world: World, clock: ManualClock, zone: str
) -> None:
    await charge_advisors()
    await imported(world, zone)
    april, may, june = (datetime(2026, month, 1, tzinfo=ZoneInfo(zone)) for month in (4, 5, 6))
    await activate(world.acme, "Left in April", april, april + timedelta(days=9))
    await activate(world.acme, "Left in May", may, may + timedelta(days=9))
    clock.at = june + timedelta(hours=9)
    await bill(world, "2026-04")
    await bill(world, "2026-05")

    rows = await lines(partner_id=world.acme.partner.id)
    named = [row.description.removeprefix("Advisor ").split(",")[0] for row in rows]
    # In April for whoever was there at any time, in May for those who are at its end.
    assert sorted(set(named)) == ["Adam Advisor", "Left in April", "Paula Admin"]
    assert {row.amount_minor for row in rows} == {FEE}


@ZONES
async def test_the_same_file_again_changes_nothing(world: World, zone: str) -> None:
    await imported(world, zone)
    before = await everything()

    assert await try_catalogue_file(world.caller(world.as_vendor()), FILE) == []

    assert await everything() == before
