"""The vendor's own data: who issues invoices."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.addresses import Address
from app.domain.errors import ErrorCode
from app.persistence.models import Vendor
from app.services.invoices.preview_invoice import PreviewInvoice, preview_invoice
from app.services.invoices.run_billing import RunBilling, run_billing
from app.services.vendor.update_vendor import UpdateVendor, update_vendor
from tests.conftest import ManualClock
from tests.invoicing import bill, bill_team, invoices, issue, subscribed
from tests.refusals import audited, refused, told
from tests.world import World

APRIL = datetime(2026, 4, 1, 9, tzinfo=UTC)
ADDRESS = Address("Northwind GmbH", ("Hafen 1",), " Hamburg ", "DE", postal_code="20457")


async def update(world: World, key: str = "k", **changes: Any) -> None:
    await update_vendor(world.caller(world.as_vendor()), UpdateVendor(key, **changes))


async def test_it_changes_in_what_is_given(world: World) -> None:
    given = {"website": "https://www.Northwind.example/about", "tax_id": " DE123456789 "}
    await update(world, address=ADDRESS, **given)
    await update(world, address=ADDRESS, **given)
    vendor = await Vendor.get()
    assert (vendor.name, vendor.website, vendor.tax_id) == (
        "Northwind Software",
        "northwind.example",
        "DE123456789",
    )
    assert vendor.address == {**ADDRESS.data, "city": "Hamburg"}

    await update(world, "taken away", name=" Northwind ", tax_id="")
    vendor = await Vendor.get()
    assert (vendor.name, vendor.website, vendor.tax_id) == ("Northwind", "northwind.example", None)
    events = [event.data for event in await told("VENDOR_UPDATED")]
    assert events == [{"changed": ["website", "address", "taxId"]}, {"changed": ["name", "taxId"]}]
    entries = await audited("updateVendor")
    assert [entry.subject_id for entry in entries] == [vendor.id, vendor.id]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({}, ErrorCode.REQUIRED, ()),
        ({"name": " "}, ErrorCode.REQUIRED, ("name",)),
        ({"website": "northwind"}, ErrorCode.INVALID, ("website",)),
        ({"tax_id": "?"}, ErrorCode.INVALID, ("taxId",)),
        (
            {"name": "Other", "address": Address("N", ("1",), "York", "UK")},
            ErrorCode.INVALID,
            ("address", "country"),
        ),
    ],
)
async def test_what_is_wrong_changes_nothing(
    world: World, changes: dict[str, Any], code: ErrorCode, field: tuple[str, ...]
) -> None:
    async with refused(code, *field):
        await update(world, **changes)


async def test_nothing_is_issued_before_its_country_is_known(
    world: World, clock: ManualClock
) -> None:
    await Vendor.all().update(address={})
    await subscribed(world, world.acme, "Alpha")
    await bill(world, "2026-03")
    [draft] = await invoices(partner_id=world.acme.partner.id)
    caller = world.caller(world.as_vendor())
    assert await preview_invoice(caller, PreviewInvoice(partner_id=world.acme.partner.id))
    async with refused(ErrorCode.WRONG_STATE):
        await issue(world, draft)
    clock.at = APRIL
    async with refused(ErrorCode.WRONG_STATE):
        await run_billing(caller, RunBilling("run", "2026-03"))
    async with refused(ErrorCode.WRONG_STATE):
        await bill_team(world, world.acme, "2026-03")

    await update(world, address=ADDRESS)
    await run_billing(caller, RunBilling("run", "2026-03"))
    [invoice] = await invoices(partner_id=world.acme.partner.id)
    assert (invoice.status, invoice.seller["name"]) == ("ISSUED", "Northwind GmbH")
