"""Stories of a year in billing: a partner that resells, one that refers, and one that changes."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.persistence.models import (
    Accrual,
    ActivityRecord,
    Client,
    Invoice,
    Partner,
    Price,
    PriceBook,
)
from tests.api.calls import Api, global_id
from tests.conftest import ManualClock
from tests.invoicing import FEE, adds_up, charge_advisors, invoices, layout, lines, sold
from tests.world import World

CLIENT_INVOICES = "{ viewer { client { invoices { nodes { period total { amount } } } } } }"


@pytest.fixture
def api(ask, schema, world: World) -> Api:
    return Api(ask, schema, world)


def months(year: int, month: int, count: int) -> Iterator[tuple[str, datetime]]:
    """So many periods, each with the morning of the day after it."""
    for number in range(month - 1, month - 1 + count):
        y, m = year + number // 12, number % 12 + 1
        last = datetime(y, m, monthrange(y, m)[1], 9, 30, tzinfo=UTC)
        yield f"{y}-{m:02}", last + timedelta(days=1)


async def bill(api: Api, period: str) -> None:
    done = "billingRun { completedAt }"
    await api.done(api.world.as_vendor(), "runBilling", done, {"period": period})


async def dearer(from_: str) -> None:
    """A price rise of 10 % from a moment on."""
    old = await PriceBook.get(currency_code="USD")
    book = await PriceBook.create(
        currency_code="USD",
        name="USD dearer",
        effective_from=datetime.fromisoformat(from_),
        advisor_fee_minor=old.advisor_fee_minor,
        created_at=old.created_at,
    )
    for price in await Price.filter(price_book_id=old.id):
        await Price.create(
            price_book=book,
            plan_id=price.plan_id,
            bracket_id=price.bracket_id,
            interval=price.interval,
            amount_minor=price.amount_minor * 11 // 10,
        )


async def charges(client: Client) -> list[int]:
    """What was charged for a client's licence, term by term."""
    return [row.amount_minor for row in await by_period(client_id=client.id, kind="SUBSCRIPTION")]


async def by_period(**where: Any) -> list[Any]:
    rows = await lines(**where)
    period = {invoice.id: invoice.period for invoice in await Invoice.all()}
    return sorted(rows, key=lambda row: period[row.invoice_id])


async def test_a_resellers_first_year(api: Api, world: World, clock: ManualClock) -> None:
    """Two clients, a price rise in July, a bracket crossed in August, one leaves in November."""
    acme, admin = world.acme, world.acme.as_admin()
    await charge_advisors()
    await dearer("2026-06-30T22:00:00+00:00")
    new = {
        "start": {"planCode": "FULL_FEATURE"},
        "name": "Grower",
        "domain": "grower.example",
        "size": {"employeeCount": 45},
    }
    made = await api.done(admin, "createClient", "client { id }", new)
    grower = await Client.get(name="Grower")
    trying = {"clientId": global_id(acme.client), "planCode": "FULL_FEATURE"}
    await api.done(admin, "upgradeClient", "client { id }", trying)

    for period, after in months(2026, 3, 12):
        if period == "2026-05":
            await api.done(admin, "buySlotBundle", "purchase { id }", {"bundleCode": "SLOTS-10"})
        if period == "2026-06":
            await sold(world, acme, grower, "PARTNER")
        if period == "2026-08":
            size = {"clientId": made["client"]["id"], "size": {"employeeCount": 60}}
            await api.done(admin, "changeClientSize", "client { id }", size)
        if period == "2026-11":
            leaving = {"clientId": made["client"]["id"]}
            await api.done(admin, "cancelSubscription", "client { id }", leaving)
        clock.at = after
        await bill(api, period)
        [invoice] = await invoices(partner_id=acme.partner.id, status="ISSUED")
        payment = {
            "invoiceId": global_id(invoice),
            "kind": "BANK_TRANSFER",
            "reference": period,
            "amount": {"amount": f"{invoice.total_minor / 100:.2f}", "currencyCode": "USD"},
        }
        paid = await api.done(world.as_vendor(), "recordPayment", "invoice { status }", payment)
        assert paid["invoice"]["status"] == "PAID"

    # 30 of 31 days, three months, two at the new price, three of a larger company.
    assert await charges(grower) == [19_355, *[20_000] * 3, *[22_000] * 2, *[33_000] * 3]
    # From the end of the trial: 16 of 31 days.
    assert await charges(acme.client) == [10_323, *[20_000] * 3, *[22_000] * 8]
    own = await lines(partner_id=acme.partner.id)
    count = Counter(row.kind for row in own)
    assert count == {"SUBSCRIPTION": 21, "ADVISOR_FEE": 24, "BUNDLE": 1, "CONTENT_SALE": 1}
    assert {row.amount_minor for row in own if row.kind == "ADVISOR_FEE"} == {FEE}
    mine = await invoices(partner_id=acme.partner.id)
    assert [invoice.client_id for invoice in mine] == [None] * 12
    [may] = [invoice for invoice in mine if invoice.period == "2026-05"]
    assert [title for title, _, _ in await layout(may)] == [
        "Acme Advisory",
        acme.client.name,
        "Grower",
    ]
    await adds_up(await invoices())
    assert [invoice.number for invoice in await invoices()] == list(range(1, 25))
    # What was charged for licences is what it sold, once.
    facts = await ActivityRecord.filter(partner_id=acme.partner.id)
    assert sum(fact.amount for fact in facts) == sum(
        row.amount_minor for row in own if row.kind == "SUBSCRIPTION"
    )
    assert await api.data(acme.as_client_user(), CLIENT_INVOICES) == {
        "viewer": {"client": {"invoices": {"nodes": []}}}
    }


async def test_a_non_resellers_first_year(api: Api, world: World, clock: ManualClock) -> None:
    """Its client pays by the year, and pays more in the second; the partner earns a fifth."""
    acme = world.acme
    await charge_advisors()
    await Partner.filter(id=acme.partner.id).update(
        billing_model="NON_RESELLER", referral_rate="0.2"
    )
    await dearer("2026-12-31T23:00:00+00:00")
    yearly = {"clientId": global_id(acme.client), "planCode": "FULL_FEATURE", "interval": "YEAR"}
    await api.done(acme.as_admin(), "upgradeClient", "client { id }", yearly)
    for period, after in months(2026, 3, 13):
        clock.at = after
        await bill(api, period)

    assert await charges(acme.client) == [200_000, 220_000]
    its = await invoices(client_id=acme.client.id)
    assert [invoice.period for invoice in its] == ["2026-03", "2027-03"]
    own = await invoices(partner_id=acme.partner.id, client_id=None)
    assert [(invoice.subtotal_minor) for invoice in own] == [2 * FEE] * 13
    accruals = await Accrual.filter(partner_id=acme.partner.id).order_by("accrued_at")
    assert [(each.base_minor, each.amount_minor) for each in accruals] == [
        (200_000, 40_000),
        (220_000, 44_000),
    ]
    await adds_up(await invoices())
    seen = await api.data(acme.as_client_user(), CLIENT_INVOICES)
    assert seen["viewer"]["client"]["invoices"]["nodes"] == [
        {"period": "2027-03", "total": {"amount": "2200.00"}},
        {"period": "2026-03", "total": {"amount": "2000.00"}},
    ]


async def test_a_switch_takes_effect_with_the_next_terms(
    api: Api, world: World, clock: ManualClock
) -> None:
    """From reseller to not, in the middle of May, and back in July."""
    acme = world.acme
    trying = {"clientId": global_id(acme.client), "planCode": "FULL_FEATURE"}
    await api.done(acme.as_admin(), "upgradeClient", "client { id }", trying)
    models = {"2026-05": "NON_RESELLER", "2026-07": "RESELLER"}
    for period, after in months(2026, 3, 6):
        if period in models:
            clock.advance(days=14)
            switch = {"partnerId": global_id(acme.partner), "billingModel": models[period]}
            await api.done(world.as_vendor(), "setBillingModel", "partner { id }", switch)
        clock.at = after
        await bill(api, period)

    assert await charges(acme.client) == [10_323, *[20_000] * 5]
    payers = {invoice.period: invoice.client_id for invoice in await invoices()}
    assert payers == {
        **dict.fromkeys(["2026-03", "2026-04", "2026-05", "2026-08"]),
        **dict.fromkeys(["2026-06", "2026-07"], acme.client.id),
    }
    seen = await api.data(acme.as_client_user(), CLIENT_INVOICES)
    periods = [node["period"] for node in seen["viewer"]["client"]["invoices"]["nodes"]]
    assert periods == ["2026-07", "2026-06"]
