"""Payments, voids and credit notes: what becomes of issued invoices."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.domain.errors import ErrorCode, Refused
from app.domain.money import Money
from app.persistence.models import Accrual, Invoice, InvoiceTax, Payment
from app.services.invoices.credit_invoice import CreditInvoice, CreditLine, credit_invoice
from app.services.invoices.issue_invoice import IssueInvoice, issue_invoice
from app.services.invoices.record_payment import record_payment
from app.services.invoices.void_invoice import VoidInvoice, void_invoice
from app.services.use_case import Caller
from tests.conftest import ManualClock
from tests.invoicing import (
    adds_up,
    bill,
    charged,
    crediting,
    invoices,
    lines,
    move_to,
    pay,
    payment,
    subscribed,
    tax,
    voiding,
)
from tests.refusals import refused, told
from tests.world import World

APRIL = datetime(2026, 4, 1, 9, tzinfo=UTC)
NET, TAX = 2 * 19_355, 7_355


@pytest.fixture
async def invoice(world: World, clock: ManualClock) -> Invoice:
    """Two clients' March, 387.10 USD and 73.55 USD tax, issued."""
    await tax()
    await move_to(world.acme, "DE")
    for name in ("One", "Two"):
        await subscribed(world, world.acme, name)
    clock.at = APRIL
    await bill(world, "2026-03")
    [issued] = await invoices()
    assert (issued.subtotal_minor, issued.tax_minor, issued.status) == (NET, TAX, "ISSUED")
    return issued


@pytest.fixture
def caller(world: World) -> Caller:
    return world.caller(world.as_vendor())


async def now_of(invoice: Invoice) -> Invoice:
    return await Invoice.get(id=invoice.id)


async def test_payments_add_up_to_paid(world: World, invoice: Invoice):
    await pay(world, invoice, 10_000, "T-1")
    half = await now_of(invoice)
    assert (half.status, half.paid_minor, half.paid_at) == ("ISSUED", 10_000, None)
    assert await told("INVOICE_PAID") == []
    await pay(world, invoice, NET + TAX - 10_000, "T-2")
    paid = await now_of(invoice)
    assert (paid.status, paid.paid_minor, paid.paid_at) == ("PAID", NET + TAX, APRIL)
    assert [each.data for each in await told("PAYMENT_RECORDED")] == [{"number": "INV-000001"}] * 2
    assert [each.subject_id for each in await told("INVOICE_PAID")] == [invoice.id]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"amount": Money(NET + TAX + 1, "USD")}, ErrorCode.AMOUNT_TOO_HIGH, "amount.amount"),
        ({"amount": Money(0, "USD")}, ErrorCode.INVALID, "amount.amount"),
        ({"amount": Money(-1, "USD")}, ErrorCode.INVALID, "amount.amount"),
        ({"amount": Money(1, "EUR")}, ErrorCode.INVALID, "amount.currencyCode"),
        ({"reference": " "}, ErrorCode.REQUIRED, "reference"),
        ({"reference": "x" * 121}, ErrorCode.TOO_LONG, "reference"),
        ({"reference": " T-0 "}, ErrorCode.DUPLICATE, "reference"),
        ({"reference": "4242 4242-4242 4242"}, ErrorCode.INVALID, "reference"),
        ({"received_at": APRIL + timedelta(days=1)}, ErrorCode.INVALID, "receivedAt"),
        ({"invoice_id": uuid4()}, ErrorCode.NOT_FOUND, "invoiceId"),
    ],
)
async def test_a_payment_that_cannot_be(
    world: World, caller: Caller, invoice: Invoice, changes, code: ErrorCode, field: str
):
    await pay(world, invoice, 1_000, "T-0")
    # What is left is the limit, not the total.
    if "amount" in changes and changes["amount"].amount_minor > NET:
        changes = {"amount": Money(NET + TAX - 999, "USD")}
    async with refused(code, *field.split(".")):
        await record_payment(caller, payment(invoice, 1, **{"reference": "T-9", **changes}))


async def test_a_payment_a_second_ahead_came_in_now(world: World, caller: Caller, invoice: Invoice):
    tolerant = replace(caller, tolerance=timedelta(seconds=5))
    ahead = payment(invoice, 1, reference="T-9", received_at=APRIL + timedelta(seconds=1))
    done = await record_payment(tolerant, ahead)
    assert (await Payment.get(id=done["payment"])).received_at == APRIL


async def test_a_credit_note_takes_back_a_part_with_its_tax(
    world: World, caller: Caller, invoice: Invoice
):
    [first, second] = await lines(invoice)
    done = await credit_invoice(caller, crediting(invoice, (first, 5_000)))
    note = await Invoice.get(id=done["credit_note"])
    assert (note.kind, note.status, note.number, note.corrects_id) == (
        "CREDIT_NOTE",
        "ISSUED",
        2,
        invoice.id,
    )
    assert (note.subtotal_minor, note.tax_minor, note.total_minor) == (-5_000, -950, -5_950)
    [row] = await lines(note)
    assert (row.kind, row.credits_id, row.source_key) == ("CREDIT", first.id, None)
    assert row.explanation["sentence"] == (
        "50.00 USD of 193.55 USD on INV-000001 is taken back: As agreed."
    )
    left = await now_of(invoice)
    assert (left.status, left.credited_minor) == ("ISSUED", 5_950)

    # All that is left, in two more: nothing is lost to rounding.
    await credit_invoice(caller, crediting(invoice, (first, 14_355), (second, 1)))
    await credit_invoice(caller, crediting(invoice))
    notes = await invoices(kind="CREDIT_NOTE")
    assert sum(each.total_minor for each in notes) == -(NET + TAX)
    assert sum(each.tax_minor for each in notes) == -TAX
    assert (await now_of(invoice)).status == "PAID"
    await adds_up([*notes, invoice])
    # What was charged and credited is not charged again.
    await bill(world, "2026-03")
    assert len(await invoices(kind="INVOICE")) == 1
    assert [each.data["number"] for each in await told("CREDIT_NOTE_ISSUED")] == [
        "CN-000002",
        "CN-000003",
        "CN-000004",
    ]


async def test_no_more_is_credited_than_is_unpaid(world: World, caller: Caller, invoice: Invoice):
    await pay(world, invoice, NET + TAX - 1_190)
    [first, _] = await lines(invoice)
    for call in (crediting(invoice), crediting(invoice, (first, 1_001))):
        async with refused(ErrorCode.AMOUNT_TOO_HIGH, "invoiceId"):
            await credit_invoice(caller, call)
    await credit_invoice(caller, crediting(invoice, (first, 1_000)))
    done = await now_of(invoice)
    assert (done.status, done.credited_minor) == ("PAID", 1_190)


async def test_what_cannot_be_credited(world: World, caller: Caller, invoice: Invoice):
    [first, _] = await lines(invoice)
    for line, code, field in [
        (CreditLine(first.id, Money(19_356, "USD")), ErrorCode.AMOUNT_TOO_HIGH, "amount.amount"),
        (CreditLine(first.id, Money(0, "USD")), ErrorCode.INVALID, "amount.amount"),
        (CreditLine(first.id, Money(1, "EUR")), ErrorCode.INVALID, "amount.currencyCode"),
        (CreditLine(uuid4(), Money(1, "USD")), ErrorCode.NOT_FOUND, "lineId"),
    ]:
        call = CreditInvoice("key", invoice.id, "Why.", (line,))
        async with refused(code, "lines", "0", *field.split(".")):
            await credit_invoice(caller, call)
    async with refused(ErrorCode.DUPLICATE, "lines", "1", "lineId"):
        await credit_invoice(
            caller,
            CreditInvoice("k", invoice.id, "Why.", (CreditLine(first.id, Money(1, "USD")),) * 2),
        )
    async with refused(ErrorCode.REQUIRED, "lines"):
        await credit_invoice(caller, CreditInvoice("k", invoice.id, "Why.", ()))
    async with refused(ErrorCode.REQUIRED, "reason"):
        await credit_invoice(caller, CreditInvoice("k", invoice.id, " "))


async def test_a_void_invoice_is_billed_again(world: World, caller: Caller, invoice: Invoice):
    before = await charged()
    await void_invoice(caller, voiding(invoice))
    void = await now_of(invoice)
    assert (void.status, void.voided_at, void.number) == ("VOID", APRIL, 1)
    assert await charged() == set()
    # Nothing is left of what it earned.
    assert {row.status for row in await Accrual.all()} <= {"REVERSED"}
    await bill(world, "2026-03")
    assert await charged() == before
    [_, again] = await invoices()
    assert (again.number, again.total_minor) == (2, invoice.total_minor)
    [event] = await told("INVOICE_VOIDED")
    assert event.data == {"number": "INV-000001", "reason": "Issued by mistake."}


async def test_what_is_done_stays_done(world: World, caller: Caller, invoice: Invoice):
    """States in which nothing more can be done."""
    [first, _] = await lines(invoice)
    await pay(world, invoice, 1_000)
    async with refused(ErrorCode.WRONG_STATE, "invoiceId"):
        await void_invoice(caller, voiding(invoice))
    async with refused(ErrorCode.WRONG_STATE, "invoiceId"):
        await issue_invoice(caller, IssueInvoice("k", invoice.id))
    await pay(world, invoice, NET + TAX - 1_000, "T-2")
    note = CreditInvoice("k", invoice.id, "Why.", (CreditLine(first.id, Money(1, "USD")),))
    for work in (
        credit_invoice(caller, note),
        void_invoice(caller, voiding(invoice)),
        record_payment(caller, payment(invoice, 1, "T-3")),
    ):
        async with refused(ErrorCode.WRONG_STATE, "invoiceId"):
            await work


async def test_a_credit_note_is_not_an_invoice(world: World, caller: Caller, invoice: Invoice):
    [first, _] = await lines(invoice)
    done = await credit_invoice(caller, crediting(invoice, (first, 100)))
    note = await Invoice.get(id=done["credit_note"])
    for work in (
        void_invoice(caller, voiding(note)),
        credit_invoice(caller, crediting(note)),
        record_payment(caller, payment(note, 1)),
    ):
        async with refused(ErrorCode.WRONG_STATE, "invoiceId"):
            await work
    # Nor is an invoice void that something was credited of.
    async with refused(ErrorCode.WRONG_STATE, "invoiceId"):
        await void_invoice(caller, voiding(invoice))


async def test_a_draft_is_not_paid_nor_corrected(world: World, caller: Caller):
    await subscribed(world, world.acme, "One")
    await bill(world, "2026-03")
    [draft] = await invoices()
    for work in (
        void_invoice(caller, voiding(draft)),
        credit_invoice(caller, crediting(draft)),
        record_payment(caller, payment(draft, 1)),
    ):
        async with refused(ErrorCode.WRONG_STATE, "invoiceId"):
            await work


async def test_others_do_not_find_it(world: World, invoice: Invoice):
    """The partner's own people are kept away by the policy; here, that of others by its row."""
    for actor in (world.rival.as_admin(), world.acme.as_client_user(), world.acme.as_advisor()):
        other = world.caller(actor)
        async with refused(ErrorCode.NOT_FOUND, "invoiceId"):
            await void_invoice(other, VoidInvoice("k", invoice.id, "Why."))


async def test_a_number_that_a_refused_call_took_is_given_again(
    world: World, caller: Caller, invoice: Invoice
):
    with pytest.raises(Refused):
        await credit_invoice(caller, CreditInvoice("k", invoice.id, "Why.", ()))
    [first, _] = await lines(invoice)
    done = await credit_invoice(caller, crediting(invoice, (first, 1)))
    assert (await Invoice.get(id=done["credit_note"])).number == 2
    assert await Payment.all().count() == 0 and await InvoiceTax.all().count() == 2
