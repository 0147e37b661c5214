"""Billing runs: what is charged, to whom, and that doing it again changes nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.domain.errors import ErrorCode
from app.persistence.models import BillingPolicy, BillingRun, Client, Invoice, InvoiceTax, Partner
from app.services.billing.cancel_subscription import CancelSubscription, cancel_subscription
from app.services.invoices.preview_invoice import PreviewInvoice, preview_invoice
from app.services.invoices.run_billing import RunBilling, look, run_billing
from tests.conftest import ManualClock
from tests.contract.recorded_sql import statements
from tests.invoicing import (
    FEE,
    activate,
    adds_up,
    bill,
    bill_team,
    charge_advisors,
    charged,
    invoices,
    issue,
    layout,
    lines,
    move_to,
    sold,
    subscribed,
    tax,
    upgraded,
)
from tests.refusals import everything, refused, told
from tests.world import World

APRIL = datetime(2026, 4, 1, 9, tzinfo=UTC)
# 30 of 31 days of 200.00.
PRORATED = 19_355


async def make_non_reseller(world: World) -> None:
    await Partner.filter(id=world.acme.partner.id).update(billing_model="NON_RESELLER")


async def test_a_reseller_gets_one_invoice_with_a_section_for_each_client(
    world: World, clock: ManualClock
):
    await charge_advisors()
    second = await subscribed(world, world.acme, "Zebra")
    first = await subscribed(world, world.acme, "Älpha")
    await sold(world, world.acme, second, "PARTNER")
    clock.at = APRIL
    await bill(world, "2026-03")

    [invoice] = await invoices(partner_id=world.acme.partner.id)
    assert (invoice.status, invoice.client_id, invoice.period) == ("ISSUED", None, "2026-03")
    assert await layout(invoice) == [
        ("Acme Advisory", 2 * FEE, [("ADVISOR_FEE", FEE), ("ADVISOR_FEE", FEE)]),
        (first.name, PRORATED, [("SUBSCRIPTION", PRORATED)]),
        (second.name, PRORATED + 1_500, [("SUBSCRIPTION", PRORATED), ("CONTENT_SALE", 1_500)]),
    ]
    await adds_up([invoice])
    assert invoice.due_at == APRIL + timedelta(days=30)
    assert (invoice.seller["name"], invoice.buyer["name"]) == (
        "Northwind Software",
        "Acme Advisory",
    )
    [term] = await lines(invoice, client_id=first.id)
    assert term.explanation == {
        "sentence": "Full_Feature for 11-50 costs 200.00 USD a month, by USD 2024, in force from"
        " 2024-01-01. Charged from 2026-03-02 to 2026-03-31: 30 of 31 days, 193.55 USD.",
        "bracket": "11-50",
        "interval": "MONTH",
        "from": "2026-03-02",
        "to": "2026-03-31",
        "days": 30,
        "fullDays": 31,
        "priceBook": "USD 2024",
        "priceEffectiveFrom": "2024-01-01T00:00:00+00:00",
    }


async def test_clients_of_a_non_reseller_pay_for_themselves(world: World, clock: ManualClock):
    await charge_advisors()
    await make_non_reseller(world)
    client = await subscribed(world, world.acme, "Payer")
    await sold(world, world.acme, client, "CLIENT")
    clock.at = APRIL
    await bill(world, "2026-03")

    own, its = await invoices(partner_id=world.acme.partner.id)
    assert (own.client_id, its.client_id) == (None, client.id)
    assert await layout(own) == [
        ("Acme Advisory", 2 * FEE, [("ADVISOR_FEE", FEE), ("ADVISOR_FEE", FEE)])
    ]
    paid = [("SUBSCRIPTION", PRORATED), ("CONTENT_SALE", 10_000)]
    assert await layout(its) == [("Payer", PRORATED + 10_000, paid)]
    assert its.buyer["name"] == "Payer"
    issued = {each.subject_id: each.client_id for each in await told("INVOICE_ISSUED")}
    assert (issued[own.id], issued[its.id]) == (None, client.id)


async def test_running_again_changes_nothing(world: World, clock: ManualClock):
    await charge_advisors()
    await subscribed(world, world.acme, "Payer")
    for at in (clock.now(), APRIL):
        clock.at = at
        await bill(world, "2026-03")
        before = await everything()
        await bill(world, "2026-03")
        after = await everything()
        # But for what the run itself leaves.
        for name in ("BillingRun", "Event", "AuditEntry", "IdempotencyKey"):
            before.pop(name), after.pop(name)
        assert after == before
    runs = await BillingRun.all().order_by("id")
    assert [run.invoice_count for run in runs] == [2, 0, 2, 0]
    assert [run.issues for run in runs] == [False, False, True, True]
    assert len(await told("BILLING_COMPLETED")) == 4


@pytest.mark.parametrize("model", ["RESELLER", "NON_RESELLER"])
async def test_however_often_it_runs_the_same_is_charged_in_the_end(
    world: World, clock: ManualClock, model: str
):
    """What happens in a month, with runs in between that draft or issue, and without."""
    await charge_advisors()
    await Partner.all().update(billing_model=model)
    # Two customers, or only the first to upgrade would get a trial.
    await Client.filter(id=world.rival.client.id).update(domain="rival.example")
    # The same story for both: only one of them is billed on the way.
    stories = [(world.acme, True), (world.rival, False)]
    start = clock.now()
    for day, between in ((0, "draft"), (3, "issue"), (9, "draft"), (20, "draft")):
        clock.at = start + timedelta(days=day)
        for team, _ in stories:
            if day == 0:
                await subscribed(world, team, "One")
            if day == 3:
                await activate(team, "Late", clock.now())
                two = await subscribed(world, team, "Two")
                await sold(world, team, two, "CLIENT" if model == "NON_RESELLER" else "PARTNER")
            if day == 9:
                await activate(team, "Brief", clock.now(), clock.now() + timedelta(days=1))
                await upgraded(world, team)
        await bill_team(world, world.acme, "2026-03", between == "issue")
    clock.at = APRIL
    await bill(world, "2026-03")
    by_team = {}
    for team, _ in stories:
        rows = await lines(partner_id=team.partner.id)
        by_team[team.partner.slug] = sorted((row.kind, row.amount_minor) for row in rows)
    assert by_team["acme"] == by_team["rival"] and len(by_team["acme"]) == 8
    await adds_up(await invoices())
    numbers = sorted(invoice.number for invoice in await invoices())
    assert numbers == list(range(1, len(numbers) + 1))


async def test_a_draft_takes_in_what_comes_until_it_is_issued(world: World, clock: ManualClock):
    await subscribed(world, world.acme, "One")
    await bill(world, "2026-03")
    [draft] = await invoices()
    [line] = await lines(draft)
    assert (draft.status, draft.number, draft.total_minor) == ("DRAFT", None, PRORATED)
    assert await told("INVOICE_ISSUED") == []
    await subscribed(world, world.acme, "Two")
    await bill(world, "2026-03")
    [again] = await invoices()
    assert (again.id, again.total_minor) == (draft.id, 2 * PRORATED)
    assert line.id in {row.id for row in await lines(again)}
    issued = await issue(world, again)
    assert (issued.status, issued.number) == ("ISSUED", 1)
    # What comes later goes on another one of the same period.
    await subscribed(world, world.acme, "Three")
    clock.at = APRIL
    await bill(world, "2026-03")
    first, second = await invoices()
    assert (first.id, second.number, second.total_minor) == (issued.id, 2, PRORATED)


async def test_an_upgrade_that_is_cancelled_in_the_trial_is_not_charged(
    world: World, clock: ManualClock
):
    await upgraded(world, world.acme)
    clock.advance(days=13)
    call = CancelSubscription(str(uuid4()), world.acme.client.id)
    await cancel_subscription(world.caller(world.acme.as_admin()), call)
    clock.at = APRIL
    await bill(world, "2026-03")
    assert await invoices() == []


@pytest.mark.parametrize(
    ("rule", "due"), [("ANY_TIME", {"Late", "Left"}), ("END_OF_PERIOD", {"Late"})]
)
async def test_whom_a_fee_is_due_for(world: World, clock: ManualClock, rule: str, due: set[str]):
    await charge_advisors()
    await BillingPolicy.all().update(advisor_fee_rule=rule)
    march = clock.now()
    await activate(world.acme, "Left", march - timedelta(days=60), march + timedelta(days=2))
    await activate(world.acme, "Before", march - timedelta(days=60), march - timedelta(days=20))
    await activate(world.acme, "Late", march + timedelta(days=20))
    await activate(world.acme, "After", APRIL)
    clock.at = APRIL
    await bill(world, "2026-03")
    rows = await lines(partner_id=world.acme.partner.id)
    named = {row.description.removeprefix("Advisor ").split(",")[0] for row in rows}
    assert named == due | {"Paula Admin", "Adam Advisor"}
    assert {row.amount_minor for row in rows} == {FEE}


@pytest.mark.parametrize(
    ("country", "tax_id", "rate", "amount"),
    [
        ("DE", "DE1", "0.190000", 3_677),
        ("FR", None, "0.200000", 3_871),
        ("FR", "FR1", "0", 0),
        ("US", "US1", None, None),
    ],
)
async def test_taxes_are_those_of_the_payers_country(
    world: World, clock: ManualClock, country: str, tax_id: str | None, rate: str, amount: int
):
    await tax("DE", "0.19", "Reverse charge.")
    await tax("FR", "0.20", "Reverse charge.")
    await move_to(world.acme, country, tax_id)
    await subscribed(world, world.acme, "One")
    clock.at = APRIL
    await bill(world, "2026-03")
    [invoice] = await invoices()
    rows = await invoice_taxes(invoice)
    assert rows == ([(float(rate), amount)] if rate is not None else [])
    await adds_up([invoice])
    assert invoice.buyer["country"] == country


async def invoice_taxes(invoice: Invoice) -> list[tuple[float, int]]:
    return [(float(t.rate), t.amount_minor) for t in await InvoiceTax.filter(invoice=invoice)]


async def test_looking_writes_nothing(world: World, clock: ManualClock):
    await charge_advisors()
    await subscribed(world, world.acme, "One")
    clock.at = APRIL
    before = await everything()
    seen = []
    async for drafts in look(world.caller(world.as_vendor()), "2026-03", False):
        seen += [(draft.payer.name, draft.invoice.total_minor) for draft in drafts]
    assert seen == [("Acme Advisory", 2 * FEE + PRORATED), ("Rival Consulting", 2 * FEE)]
    assert await everything() == before
    await bill(world, "2026-03")
    # No number was lost by it.
    assert [invoice.number for invoice in await invoices()] == [1, 2]


async def test_two_runs_at_once_are_one(world: World, clock: ManualClock):
    await charge_advisors()
    for number in range(3):
        await subscribed(world, world.acme, f"Client{number}")
    clock.at = APRIL
    await asyncio.gather(*(bill(world, "2026-03") for _ in range(3)))
    assert [invoice.number for invoice in await invoices()] == [1, 2]
    assert len(await charged()) == len(await lines()) == 7
    await adds_up(await invoices())


async def test_a_repeat_goes_on_with_a_run_that_was_stopped(world: World, clock: ManualClock):
    await subscribed(world, world.acme, "One")
    clock.at = APRIL
    call, caller = RunBilling("key", "2026-03"), world.caller(world.as_vendor())
    done = await run_billing(caller, call)
    # As if it had been killed before its end.
    await BillingRun.filter(id=done["billing_run"]).update(completed_at=None)
    await Invoice.all().update(status="DRAFT", number=None, issued_at=None)
    assert await run_billing(caller, call) == done
    run = await BillingRun.get(id=done["billing_run"])
    assert run.completed_at and (await invoices())[0].status == "ISSUED"


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ("2026-04", ErrorCode.PERIOD_NOT_STARTED),
        ("2026-13", ErrorCode.INVALID),
        ("March", ErrorCode.INVALID),
        ("", ErrorCode.INVALID),
    ],
)
async def test_a_period_that_cannot_be_billed(world: World, period: str, code: ErrorCode):
    async with refused(code, "period"):
        await bill(world, period)


async def test_nothing_is_billed_without_a_policy(world: World):
    await BillingPolicy.all().delete()
    async with refused(ErrorCode.NO_POLICY):
        await bill(world, "2026-03")


async def test_a_preview_is_what_a_run_would_draft(world: World, clock: ManualClock):
    await charge_advisors()
    await tax()
    await move_to(world.acme, "DE")
    await subscribed(world, world.acme, "One")
    await bill(world, "2026-03")
    before = await everything()
    found = await preview_invoice(world.caller(world.acme.as_admin()), PreviewInvoice())
    assert await everything() == before
    [priced] = found.priced
    [draft] = await invoices(partner_id=world.acme.partner.id)
    assert found.period == "2026-03"
    assert priced.sheet.subtotal_minor == draft.subtotal_minor
    assert [tax.amount_minor for tax in priced.taxes] == [draft.tax_minor]


async def test_the_number_of_statements_depends_on_nothing(world: World, clock: ManualClock):
    await charge_advisors()
    await tax()
    await make_non_reseller(world)
    await move_to(world.acme, "DE")
    counts = []
    for period, clients in (("2026-03", 2), ("2026-04", 7)):
        for number in range(clients):
            await subscribed(world, world.acme, f"C{period}{number}")
        clock.at = datetime.fromisoformat(f"{period}-28T12:00Z") + timedelta(days=5)
        with statements() as sent:
            await bill_team(world, world.acme, period)
        counts.append(len(sent))
    assert counts[1] <= counts[0] + 2, counts


async def test_a_run_that_was_stopped_before_the_end_of_the_period_issues_after_it(
    world: World, clock: ManualClock
):
    await subscribed(world, world.acme, "One")
    call, caller = RunBilling("key", "2026-03"), world.caller(world.as_vendor())
    done = await run_billing(caller, call)
    await BillingRun.filter(id=done["billing_run"]).update(completed_at=None)
    clock.at = APRIL
    await run_billing(caller, call)
    run = await BillingRun.get(id=done["billing_run"])
    assert run.issues and run.completed_at == APRIL
    assert [invoice.status for invoice in await invoices()] == ["ISSUED"]
