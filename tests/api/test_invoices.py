"""Invoices over the API: who sees which, what they say, and what may be done with them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.persistence.models import Invoice, Partner
from schema.node import encode
from tests.api.calls import Api, global_id, unknown_id
from tests.conftest import ManualClock
from tests.invoicing import (
    bill,
    charge_advisors,
    invoices,
    lines,
    move_to,
    pay,
    sold,
    subscribed,
    tax,
    upgraded,
)
from tests.world import Team, World

APRIL = datetime(2026, 4, 20, 9, tzinfo=UTC)
INVOICE = """
    id kind status number numberText period payer currencyCode
    subtotal { amount } tax { amount } total { amount currencyCode } paid { amount }
    credited { amount } balance { amount }
    seller { name country taxId } buyer { name lines city country taxId }
    partner { slug } client { name }
    sections { position title subtotal { amount } client { name } lines {
        kind description quantity unitPrice { amount } amount { amount }
        explanation { sentence firstDay lastDay days fullDays interval bracket priceBook
                      priceEffectiveFrom rate base { amount } }
        client { name } advisor { name } contentSale { id } activityRecord { kind } credits { id }
        creditedBy { amount { amount } } invoice { number }
    } }
    taxes { country label rate base { amount } amount { amount } note }
    payments { kind reference amount { amount } receivedAt }
    corrects { number } creditNotes { numberText total { amount } }
"""


async def billed(world: World, clock: ManualClock, team: Team, model: str) -> None:
    """A team's client that was in its trial in March, and is billed for April."""
    await Partner.filter(id=team.partner.id).update(billing_model=model)
    await upgraded(world, team)
    clock.at = APRIL
    await sold(world, team, team.client, "PARTNER" if model == "RESELLER" else "CLIENT")
    await bill(world, "2026-04", issue=True)


async def test_an_invoice_explains_itself(api: Api, world: World, clock: ManualClock):
    await charge_advisors()
    await tax()
    await move_to(world.acme, "DE", "DE123")
    await billed(world, clock, world.acme, "RESELLER")
    [invoice] = await invoices(partner_id=world.acme.partner.id)
    await pay(world, invoice, 1_000)
    document = f"query($id: ID!) {{ invoice(id: $id) {{ {INVOICE} }} }}"
    told = (await api.data(world.acme.as_admin(), document, id=global_id(invoice)))["invoice"]

    assert told["numberText"] == "INV-000001"
    assert (told["status"], told["payer"], told["client"]) == ("ISSUED", "PARTNER", None)
    # 25.00 + 25.00, 200.00 + 15.00 and 19 %.
    assert [told[name]["amount"] for name in ("subtotal", "tax", "total", "paid", "balance")] == [
        "265.00",
        "50.35",
        "315.35",
        "10.00",
        "305.35",
    ]
    assert told["buyer"] == {
        "name": "Acme Advisory",
        "lines": ["Rue 1"],
        "city": "Somewhere",
        "country": "DE",
        "taxId": "DE123",
    }
    own, of_client = told["sections"]
    assert [line["advisor"]["name"] for line in own["lines"]] == ["Adam Advisor", "Paula Admin"]
    licence, sale = of_client["lines"]
    assert licence["explanation"] == {
        "sentence": "Full_Feature for 11-50 costs 200.00 USD a month, by USD 2024, in force from"
        " 2024-01-01. Charged from 2026-04-01 to 2026-04-30.",
        "firstDay": "2026-04-01",
        "lastDay": "2026-04-30",
        "days": 30,
        "fullDays": 30,
        "interval": "MONTH",
        "bracket": "11-50",
        "priceBook": "USD 2024",
        "priceEffectiveFrom": "2024-01-01T00:00:00Z",
        "rate": None,
        "base": None,
    }
    assert licence["activityRecord"] == {"kind": "SALE"}
    assert sale["explanation"]["rate"] == "0.15"
    assert (sale["explanation"]["base"], sale["amount"]) == (
        {"amount": "100.00"},
        {"amount": "15.00"},
    )
    assert told["taxes"] == [
        {
            "country": "DE",
            "label": "VAT DE",
            "rate": "0.19",
            "base": {"amount": "265.00"},
            "amount": {"amount": "50.35"},
            "note": None,
        }
    ]
    by_number = "query { invoice(number: 1) { id } }"
    assert (await api.data(world.acme.as_admin(), by_number))["invoice"]["id"] == told["id"]


async def seen(api: Api, actor: Any) -> list[tuple[str, str | None]]:
    """The invoices that an actor sees, in three ways, by partner and paying client."""
    document = """{
        invoices(first: 100) { nodes { id partner { slug } client { id }
            sections { lines { id } } taxes { id } payments { id } } }
        viewer { partner {
            invoices { nodes { id } }
            clients { nodes { invoices { nodes { id } } } }
        } }
    }"""
    told = await api.data(actor, document)
    nodes = told["invoices"]["nodes"]
    partner = told["viewer"]["partner"]
    if partner:
        assert [n["id"] for n in partner["invoices"]["nodes"]] == [n["id"] for n in nodes]
        own = {n["id"] for c in partner["clients"]["nodes"] for n in c["invoices"]["nodes"]}
        assert own == {n["id"] for n in nodes if n["client"]}
    assert all(section["lines"] for node in nodes for section in node["sections"])
    return [(node["partner"]["slug"], (node["client"] or {}).get("id")) for node in nodes]


async def test_who_sees_which_invoices(api: Api, world: World, clock: ManualClock):
    """Acme resells: one invoice for all. Rival's client pays itself."""
    await charge_advisors()
    await upgraded(world, world.acme)
    await billed(world, clock, world.rival, "NON_RESELLER")
    acme, rival = ("acme", None), ("rival", None)
    its = ("rival", global_id(world.rival.client))
    for actor, expected in [
        (world.as_vendor(), [acme, rival, its]),
        (world.as_analyst(), [acme, rival, its]),
        (world.acme.as_admin(), [acme]),
        (world.rival.as_admin(), [rival, its]),
        # Its partner's consolidated invoice is none of its business.
        (world.acme.as_client_user(), []),
        (world.rival.as_client_user(), [its]),
    ]:
        found = await seen(api, actor)
        assert sorted(found, key=str) == sorted(expected, key=str), actor
    for team in (world.acme, world.rival):
        assert await api.error(team.as_advisor(), "{ invoices { nodes { id } } }") == "FORBIDDEN"
        document = "{ viewer { partner { invoices { totalCount nodes { id } } } } }"
        nothing = {"viewer": {"partner": {"invoices": {"totalCount": 0, "nodes": []}}}}
        assert await api.data(team.as_advisor(), document) == nothing
    for invoice in await invoices():
        document = "query($id: ID!) { invoice(id: $id) { id } node(id: $id) { id } }"
        told = await api.data(world.acme.as_client_user(), document, id=global_id(invoice))
        assert told == {"invoice": None, "node": None}
        number = f"{{ invoice(number: {invoice.number}) {{ id }} }}"
        assert (await api.data(world.acme.as_client_user(), number)) == {"invoice": None}


PREVIEW = """query($partner: ID, $client: ID, $period: String) {
    previewInvoice(partnerId: $partner, clientId: $client, period: $period) {
        period payerName currencyCode
        subtotal { amount } tax { amount } total { amount currencyCode }
        sections { title clientId subtotal { amount } lines { kind quantity unitPrice { amount }
            amount { amount } description explanation { sentence days fullDays } } }
        taxes { label rate amount { amount } note }
    }
}"""


async def test_a_preview_of_the_current_period(api: Api, world: World, clock: ManualClock):
    await tax()
    await move_to(world.acme, "DE")
    client = await subscribed(world, world.acme, "One")
    own = (await api.data(world.acme.as_admin(), PREVIEW))["previewInvoice"]
    named = {"partner": global_id(world.acme.partner), "period": "2026-03"}
    assert (await api.data(world.as_vendor(), PREVIEW, **named))["previewInvoice"] == own
    [preview] = own
    assert (preview["payerName"], preview["period"]) == ("Acme Advisory", "2026-03")
    assert (preview["subtotal"], preview["tax"]) == ({"amount": "193.55"}, {"amount": "36.77"})
    assert preview["total"] == {"amount": "230.32", "currencyCode": "USD"}
    [section] = preview["sections"]
    assert (section["title"], section["clientId"]) == ("One", global_id(client))
    assert section["lines"][0]["explanation"]["days"] == 30
    # What is paid for is not the client's; what is others' is not there.
    for actor, given in [
        (world.acme.as_client_user(), {}),
        (world.acme.as_admin(), {"client": global_id(client)}),
        (world.rival.as_admin(), {"client": global_id(client)}),
        (world.rival.as_admin(), {"partner": global_id(world.acme.partner)}),
        (world.as_vendor(), {"partner": unknown_id("Partner")}),
    ]:
        assert (await api.data(actor, PREVIEW, **given))["previewInvoice"] == [], actor
    for actor, given, code in [
        (world.as_vendor(), {}, "BAD_USER_INPUT"),
        (world.acme.as_admin(), {"period": "2026-04"}, "BAD_USER_INPUT"),
        (world.acme.as_admin(), {"period": "April"}, "BAD_USER_INPUT"),
        (world.acme.as_advisor(), {}, "FORBIDDEN"),
    ]:
        assert await api.error(actor, PREVIEW, **given) == code


async def test_a_client_that_pays_itself_sees_what_is_coming(
    api: Api, world: World, clock: ManualClock
):
    await Partner.filter(id=world.acme.partner.id).update(billing_model="NON_RESELLER")
    await sold(world, world.acme, world.acme.client, "CLIENT")
    [preview] = (await api.data(world.acme.as_client_user(), PREVIEW))["previewInvoice"]
    assert preview["total"]["amount"] == "100.00"


async def test_from_run_to_paid(api: Api, world: World, clock: ManualClock):
    """The vendor's month, over the API alone."""
    vendor = world.as_vendor()
    await upgraded(world, world.acme)
    clock.at = APRIL
    run = await api.done(
        vendor,
        "runBilling",
        "billingRun { period issues completedAt partnerCount invoiceCount lineCount }",
        {"period": "2026-04"},
    )
    assert run["billingRun"] == {
        "period": "2026-04",
        "issues": False,
        "completedAt": "2026-04-20T09:00:00Z",
        "partnerCount": 1,
        "invoiceCount": 1,
        "lineCount": 1,
    }
    [draft] = await invoices()
    id = {"invoiceId": global_id(draft)}
    issued = await api.done(vendor, "issueInvoice", "invoice { status numberText }", id)
    assert issued["invoice"] == {"status": "ISSUED", "numberText": "INV-000001"}
    [line] = await lines(draft)
    some = {"lineId": global_id(line), "amount": {"amount": "50.00", "currencyCode": "USD"}}
    credit = await api.done(
        vendor,
        "creditInvoice",
        "creditNote { numberText total { amount } corrects { number } }"
        " invoice { balance { amount } }",
        {**id, "reason": "Agreed.", "lines": [some]},
    )
    assert credit["creditNote"]["numberText"] == "CN-000002"
    assert credit["creditNote"]["total"] == {"amount": "-50.00"}
    assert credit["invoice"]["balance"] == {"amount": "150.00"}
    for amount, status in (("100.00", "ISSUED"), ("50.00", "PAID")):
        payment = {
            "kind": "CARD",
            "reference": f"pi_{amount}",
            "amount": {"amount": amount, "currencyCode": "USD"},
        }
        paid = await api.done(
            vendor, "recordPayment", "payment { reference } invoice { status }", {**id, **payment}
        )
        assert paid["invoice"] == {"status": status}
    runs = await api.data(vendor, "{ billingRuns { nodes { period issues } } }")
    assert runs["billingRuns"]["nodes"] == [{"period": "2026-04", "issues": False}]
    assert await api.error(world.acme.as_admin(), "{ billingRuns { totalCount } }") == "FORBIDDEN"


@pytest.mark.parametrize(
    ("name", "input"),
    [
        ("runBilling", {"period": "2026-03"}),
        ("issueInvoice", {"invoiceId": "x"}),
        (
            "recordPayment",
            {
                "invoiceId": "x",
                "kind": "CARD",
                "reference": "r",
                "amount": {"amount": "1", "currencyCode": "USD"},
            },
        ),
        ("voidInvoice", {"invoiceId": "x", "reason": "r"}),
        ("creditInvoice", {"invoiceId": "x", "reason": "r"}),
    ],
)
async def test_only_the_vendors_administrator_changes_invoices(
    api: Api, world: World, name: str, input: dict[str, Any]
):
    await subscribed(world, world.acme, "One")
    await bill(world, "2026-03", issue=True)
    invoice = await Invoice.get(partner_id=world.acme.partner.id)
    if "invoiceId" in input:
        input = {**input, "invoiceId": global_id(invoice)}
    for actor in (
        world.acme.as_admin(),
        world.acme.as_advisor(),
        world.acme.as_client_user(),
        world.acme.as_app(),
        world.as_analyst(),
    ):
        assert await api.rejected(actor, name, input) == "FORBIDDEN"


async def test_what_is_wrong_is_told_at_its_place(api: Api, world: World, clock: ManualClock):
    await subscribed(world, world.acme, "One")
    await bill(world, "2026-03", issue=True)
    [invoice] = await invoices()
    [line] = await lines(invoice)
    vendor, id = world.as_vendor(), {"invoiceId": global_id(invoice)}
    usd = {"currencyCode": "USD"}
    payment = {**id, "kind": "CARD", "reference": "r", "amount": {"amount": "0.001", **usd}}
    lines_ = [{"lineId": global_id(line), "amount": {"amount": "1000.00", **usd}}]
    for name, input, expected in [
        ("runBilling", {"period": "2027-01"}, ("PERIOD_NOT_STARTED", ("period",))),
        ("issueInvoice", id, ("WRONG_STATE", ("invoiceId",))),
        ("recordPayment", payment, ("INVALID", ("amount", "amount"))),
        (
            "creditInvoice",
            {**id, "reason": "r", "lines": lines_},
            ("AMOUNT_TOO_HIGH", ("lines", "0", "amount", "amount")),
        ),
        ("voidInvoice", {**id, "reason": ""}, ("REQUIRED", ("reason",))),
        (
            "voidInvoice",
            {"invoiceId": encode("Client", world.acme.client.id), "reason": "r"},
            ("NOT_FOUND", ("invoiceId",)),
        ),
    ]:
        assert await api.refused(vendor, name, input) == [expected], name
