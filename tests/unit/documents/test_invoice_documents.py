"""What stands on invoices and credit notes, as HTML and as PDF."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
import typst

from app.documents.html import invoice_html
from app.documents.invoice import (
    Correction,
    InvoiceDocument,
    Line,
    Section,
    TaxLine,
    money_text,
    view_of,
)
from app.documents.pdf import invoice_pdf, set_invoice
from app.domain.invoices import InvoiceKind, InvoiceStatus

HOSTILE = (
    '#import "x.typ": * #panic() #{1/0} $x$ *b* _i_ `c` \\ // @ref <script>alert(1)</script>'
    " {{ 7*7 }} {% raw %} ]]> \" ' & 株式会社 \u202e\ue000"
)
INVOICE = InvoiceDocument(
    kind=InvoiceKind.INVOICE,
    status=InvoiceStatus.ISSUED,
    number="INV-000123",
    period=date(2026, 11, 1),
    currency="USD",
    issued_on=date(2026, 12, 1),
    due_on=date(2026, 12, 31),
    seller={"name": "Northwind", "lines": ["Street 1"], "postalCode": "10117", "city": "Berlin"},
    buyer={"name": "Acme & Sons", "country": "GB", "taxId": "GB999"},
    sections=[
        Section("Acme & Sons", 50_000, [Line("Advisor Ada", "A month.", 2, 25_000, 50_000)]),
        Section("Client", 123_456, [Line("Full Feature", "16 of 30 days.", 1, 231_480, 123_456)]),
    ],
    taxes=[TaxLine("VAT", Decimal("0.190000"), 173_456, 32_957, None)],
    subtotal_minor=173_456,
    total_minor=206_413,
    paid_minor=6_413,
    credited_minor=100_000,
)
CREDIT = replace(
    INVOICE,
    kind=InvoiceKind.CREDIT_NOTE,
    number="CN-000124",
    sections=[Section("Client", -500, [Line("Full Feature", "", -1, 500, -500)])],
    taxes=[TaxLine("VAT", Decimal("0.077"), -500, 0, "Reverse charge.")],
    subtotal_minor=-500,
    total_minor=-500,
    paid_minor=0,
    credited_minor=0,
    corrects=Correction("INV-000123", date(2026, 12, 1)),
    reason="Billed twice.",
)


def words(document: InvoiceDocument) -> str:
    """What a reader of the page sees."""
    page = re.sub(r"<style>.*?</style>", "", invoice_html(document), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_an_invoice_says_who_what_and_how_much() -> None:
    text = words(INVOICE)
    for said in (
        "Northwind Street 1 10117 Berlin",
        "Bill to Acme & Sons GB Tax ID GB999",
        "Number INV-000123 Date 1 December 2026 Due 31 December 2026 Period November 2026",
        "Acme & Sons 500.00 Advisor Ada A month. 2 250.00 500.00",
        "Client 1,234.56 Full Feature 16 of 30 days. 1 2,314.80 1,234.56",
        "Subtotal 1,734.56 VAT 19 % on 1,734.56 329.57 Total USD 2,064.13 Paid −64.13"
        " Credited −1,000.00 Balance due USD 1,000.00",
    ):
        assert said in text
    assert "DRAFT" not in text


def test_a_credit_note_says_what_it_corrects() -> None:
    text = words(CREDIT)
    assert text.startswith("Credit note CN-000124 Northwind")
    assert "Corrects invoice INV-000123 of 1 December 2026. Reason: Billed twice." in text
    assert "Full Feature −1 5.00 −5.00" in text
    assert text.count("Total USD −5.00 Reverse charge.") == 1
    for absent in ("Bill to", "Due", "Paid", "Balance"):
        assert absent not in text


def test_what_is_no_invoice_says_so() -> None:
    draft = replace(
        INVOICE, status=InvoiceStatus.DRAFT, number=None, issued_on=None, due_on=None, paid_minor=0
    )
    assert "DRAFT" in words(draft) and "nothing is due" in words(draft)
    assert "Number none yet" in words(draft) and "Balance" not in words(draft)
    void = words(replace(INVOICE, status=InvoiceStatus.VOID, reason="Wrong payer."))
    assert "VOID" in void and "was voided. Nothing is due for it. Reason: Wrong payer." in void


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123_456_789, "USD", "1,234,567.89"),
        (-5, "USD", "−0.05"),
        (0, "USD", "0.00"),
        (1_500, "JPY", "1,500"),
        (-1_234_567, "KWD", "−1,234.567"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(minor: int, currency: str, text: str) -> None:
    assert money_text(minor, currency) == text


def test_no_text_is_ever_code() -> None:
    line = Line(HOSTILE, HOSTILE, 1, 1, 1)
    document = replace(
        CREDIT,
        number=HOSTILE,
        seller={"name": HOSTILE, "lines": [HOSTILE, "#", "<b>"], "taxId": HOSTILE},
        buyer={"name": HOSTILE},
        sections=[Section(HOSTILE, 1, [line])],
        taxes=[TaxLine(HOSTILE, Decimal(0), 0, 0, HOSTILE)],
        corrects=Correction(HOSTILE, date(2026, 12, 1)),
        reason=HOSTILE,
    )
    page = invoice_html(document)
    assert "<script" not in page and page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 10
    assert "{{ 7*7 }}" in page and "49" not in page
    # An import, a division by zero or an unknown reference would be an error.
    assert set_invoice(document).startswith(b"%PDF-")
    assert set_invoice(replace(document, seller={}, buyer={}, sections=[])).startswith(b"%PDF-")


async def test_a_document_is_set_the_same_each_time_and_goes_over_pages() -> None:
    assert await invoice_pdf(INVOICE) == await invoice_pdf(INVOICE)
    many = replace(INVOICE, sections=[INVOICE.sections[1]] * 100)
    pdf = await invoice_pdf(many)
    assert len(pdf) > len(await invoice_pdf(INVOICE))
    assert len(pages(many)) > 5 and len(pages(INVOICE)) == 1


def pages(document: InvoiceDocument) -> list[bytes]:
    """The pages of a document as pictures."""
    from app.documents import pdf

    made = typst.compile(
        pdf._TEMPLATE, font_paths=pdf._fonts(), sys_inputs=pdf._inputs(document), format="svg"
    )
    return made if isinstance(made, list) else [made]


def test_the_view_is_plain_text() -> None:
    def leaves(value: object) -> list[object]:
        if isinstance(value, dict):
            return [leaf for item in value.values() for leaf in leaves(item)]
        if isinstance(value, (list, tuple)):
            return [leaf for item in value for leaf in leaves(item)]
        return [value]

    assert {type(leaf) for leaf in leaves(view_of(INVOICE).data)} == {str, bool}
