"""Setting up a deployment: everything that the first partner needs, once."""

from dataclasses import replace

import pytest

from app.domain.errors import ErrorCode, Refused
from app.domain.identity import Role
from app.persistence.database import Database
from app.persistence.models import ContentLibrary, Plan, PriceBook, ProgramVersion, Tier, VendorUser
from app.services.vendor.set_up import SetUp, set_up
from tests.conftest import ManualClock
from tests.refusals import audited, refused, told

NORTHWIND = SetUp(
    "Northwind Software", "USD", "Europe/Berlin", "Ada Admin", "Ada@Northwind.example", "sixclicks"
)


async def test_a_deployment_is_ready_for_partners(database: Database, clock: ManualClock) -> None:
    admin_id = await set_up(database, clock, NORTHWIND)

    admin = await VendorUser.get(id=admin_id)
    assert (admin.role, admin.email) == (Role.VENDOR_ADMIN, "ada@northwind.example")
    assert await Plan.all().count() == 3
    assert await PriceBook.exists(currency_code="USD")
    version = await ProgramVersion.get()
    assert version.status == "PUBLISHED"
    assert await Tier.filter(version=version).order_by("rank").values_list("key", flat=True) == [
        "silver",
        "gold",
        "platinum",
    ]
    assert await ContentLibrary.exists(kind="OPEN")
    assert len(await told("PROGRAM_VERSION_PUBLISHED")) == len(await audited("setUp")) == 1


async def test_it_is_done_once(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock, NORTHWIND)
    async with refused(ErrorCode.ALREADY_DONE):
        await set_up(database, clock, NORTHWIND)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"vendor_name": " "}, "vendorName"),
        ({"home_currency": "dollars"}, "homeCurrency"),
        ({"time_zone": "Mars/Olympus"}, "timeZone"),
        ({"time_zone": "../../etc/passwd"}, "timeZone"),
        ({"admin_name": ""}, "adminName"),
        ({"admin_email": "ada"}, "adminEmail"),
    ],
)
async def test_what_is_wrong_is_named(
    database: Database, clock: ManualClock, change: dict[str, str], field: str
) -> None:
    with pytest.raises(Refused) as caught:
        await set_up(database, clock, replace(NORTHWIND, **change))
    [problem] = caught.value.problems
    assert problem.field == (field,)
    assert problem.code in (ErrorCode.INVALID, ErrorCode.REQUIRED)
    assert not await VendorUser.exists()
