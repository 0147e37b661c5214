"""Calls on billing, each about an invoice of its own."""

from app.persistence.models import Invoice, InvoiceLine
from schema.node import encode
from tests.api.valid_content import Parts
from tests.billing import MARCH, another_client, licence, term
from tests.invoicing import bill_team
from tests.world import World

PERIOD = f"{MARCH:%Y-%m}"


async def invoice_calls(world: World) -> dict[str, Parts]:
    """A draft of acme, and three invoices that clients of its rival pay themselves."""
    vendor, usd = world.as_vendor(), {"currencyCode": "USD"}
    for name in ("Paying", "Mistaken", "Credited"):
        client = await another_client(world.rival, name)
        await term(await licence(world.rival, client, payer="CLIENT"))
    await bill_team(world, world.rival, PERIOD, issue=True)
    resold = await another_client(world.acme, "Resold")
    await term(await licence(world.acme, resold))
    await bill_team(world, world.acme, PERIOD)
    draft = await Invoice.get(partner_id=world.acme.partner.id, status="DRAFT")
    paying, mistaken, credited = await Invoice.filter(
        partner_id=world.rival.partner.id, client_id__isnull=False, period=PERIOD
    ).order_by("number")
    line = await InvoiceLine.get(invoice_id=credited.id)
    part = {"lineId": encode("InvoiceLine", line.id), "amount": {"amount": "5.00", **usd}}
    return {
        "issueInvoice": (
            vendor,
            {"invoiceId": _id(draft)},
            "invoice { id status numberText total { amount } }",
            {"invoiceId": _id(paying)},
        ),
        "recordPayment": (
            vendor,
            {
                "invoiceId": _id(paying),
                "kind": "BANK_TRANSFER",
                "reference": "SEPA 4711",
                "amount": {"amount": "20.00", **usd},
            },
            "payment { id reference amount { amount } } invoice { id status }",
            {"reference": "SEPA 4712"},
        ),
        "creditInvoice": (
            vendor,
            {"invoiceId": _id(credited), "reason": "As agreed.", "lines": [part]},
            "creditNote { id numberText total { amount } } invoice { id credited { amount } }",
            {"reason": "Another."},
        ),
        "voidInvoice": (
            vendor,
            {"invoiceId": _id(mistaken), "reason": "Issued by mistake."},
            "invoice { id status reason }",
            {"reason": "Another."},
        ),
        "runBilling": (
            vendor,
            {"period": PERIOD},
            "billingRun { id period issues completedAt invoiceCount }",
            {"period": "2026-02"},
        ),
    }


def _id(invoice: Invoice) -> str:
    return encode("Invoice", invoice.id)
