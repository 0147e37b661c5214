"""The content of an invoice or a credit note, the same for HTML and PDF.

All of it is plain text: the templates insert it, and never interpret it as code.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.invoices import InvoiceKind, InvoiceStatus
from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class Line:
    """One charge. Amounts are minor units; `explanation` is how the amount was calculated."""

    description: str
    explanation: str
    quantity: int
    unit_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Section:
    """The section of the partner itself or of one client."""

    title: str
    subtotal_minor: int
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A tax, or the note that replaces it if none is due. `rate` is for example 0.19."""

    label: str
    rate: Decimal
    base_minor: int
    amount_minor: int
    note: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """The number and day of the invoice that a credit note corrects."""

    number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """An invoice or a credit note. Amounts are minor units of `currency`; days are the vendor's.

    `seller` and `buyer` are as stored in invoices: `name`, `lines`, `postalCode`, `city`, `region`,
    `country`, `taxId`, each of which may be missing. A draft has no number and no days. `reason` is
    why it was voided or, of a credit note, issued.
    """

    kind: InvoiceKind
    status: InvoiceStatus
    number: str | None
    period: date
    currency: str
    issued_on: date | None
    due_on: date | None
    seller: Mapping[str, Any]
    buyer: Mapping[str, Any]
    sections: Sequence[Section]
    taxes: Sequence[TaxLine]
    subtotal_minor: int
    total_minor: int
    paid_minor: int = 0
    credited_minor: int = 0
    corrects: Correction | None = None
    reason: str = ""

    @property
    def is_credit(self) -> bool:
        """Whether it is a credit note."""
        return self.kind is InvoiceKind.CREDIT_NOTE


@dataclass(frozen=True, slots=True)
class _Total:
    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """The texts of a document, formatted for the templates."""

    title: str
    mark: str
    number: str
    file_name: str
    currency: str
    facts: Sequence[tuple[str, str]]
    seller: Sequence[str]
    seller_line: str
    buyer: Sequence[str]
    remarks: Sequence[str]
    sections: Sequence[Mapping[str, Any]]
    totals: Sequence[_Total] = field(default_factory=list)
    notes: Sequence[str] = field(default_factory=list)

    @property
    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def view_of(document: InvoiceDocument) -> View:
    """Return all texts of a document."""
    title = "Credit note" if document.is_credit else "Invoice"
    number = document.number or "Draft"
    drafted = document.status is InvoiceStatus.DRAFT
    void = document.status is InvoiceStatus.VOID
    seller = _party(document.seller)
    return View(
        title=title,
        mark="DRAFT" if drafted else "VOID" if void else "",
        number=number,
        file_name=document.number or f"draft-{document.period:%Y-%m}",
        currency=document.currency,
        facts=list(_facts(document)),
        seller=seller,
        seller_line=" · ".join(seller),
        buyer=_party(document.buyer),
        remarks=list(_remarks(document)),
        sections=[_section(section, document.currency) for section in document.sections],
        totals=list(_totals(document)),
        notes=[tax.note for tax in document.taxes if tax.note],
    )


def money_text(minor: int, currency: str) -> str:
    """Return an amount with all decimals of its currency and thousands separators: `1,234.50`,
    `−5.000`.
    """
    whole, point, decimals = str(Money(abs(minor), currency)).partition(".")
    return f"{'−' if minor < 0 else ''}{int(whole):,}{point}{decimals}"


def day_text(day: date) -> str:
    """Return a day in an unambiguous form: `3 November 2026`."""
    return f"{day.day} {day:%B} {day.year}"


def _party(party: Mapping[str, Any]) -> list[str]:
    """Return name, address and tax id, line by line."""
    town = " ".join(str(party[name]) for name in ("postalCode", "city") if party.get(name))
    lines = [party.get("name"), *(party.get("lines") or ()), town]
    lines += [party.get("region"), party.get("country")]
    if party.get("taxId"):
        lines.append(f"Tax ID {party['taxId']}")
    return [str(line) for line in lines if line]


def _facts(document: InvoiceDocument) -> Iterator[tuple[str, str]]:
    yield "Number", document.number or "none yet"
    if document.issued_on:
        yield "Date", day_text(document.issued_on)
    if document.due_on and not document.is_credit:
        yield "Due", day_text(document.due_on)
    yield "Period", f"{document.period:%B} {document.period.year}"
    yield "Currency", document.currency


def _remarks(document: InvoiceDocument) -> Iterator[str]:
    if document.status is InvoiceStatus.DRAFT:
        yield "This is a draft. It is not an invoice and may still change: nothing is due for it."
    if document.status is InvoiceStatus.VOID:
        yield "This invoice was voided. Nothing is due for it."
    if document.corrects:
        corrected = document.corrects
        yield f"Corrects invoice {corrected.number} of {day_text(corrected.issued_on)}."
    if document.reason:
        yield f"Reason: {document.reason}"


def _section(section: Section, currency: str) -> Mapping[str, Any]:
    return {
        "title": section.title,
        "subtotal": money_text(section.subtotal_minor, currency),
        "lines": [
            {
                "description": line.description,
                "explanation": line.explanation,
                "quantity": f"{line.quantity:,}".replace("-", "−"),
                "unit": money_text(line.unit_minor, currency),
                "amount": money_text(line.amount_minor, currency),
            }
            for line in section.lines
        ],
    }


def _totals(document: InvoiceDocument) -> Iterator[_Total]:
    currency = document.currency

    def total(label: str, minor: int, strong: bool = False) -> _Total:
        return _Total(label, money_text(minor, currency), strong)

    yield total("Subtotal", document.subtotal_minor)
    for tax in document.taxes:
        base = money_text(tax.base_minor, currency)
        yield total(f"{tax.label} {_percent(tax.rate)} on {base}", tax.amount_minor)
    yield total(f"Total {currency}", document.total_minor, strong=True)
    if document.is_credit or document.status in (InvoiceStatus.DRAFT, InvoiceStatus.VOID):
        return
    if document.paid_minor:
        yield total("Paid", -document.paid_minor)
    if document.credited_minor:
        yield total("Credited", -document.credited_minor)
    balance = document.total_minor - document.paid_minor - document.credited_minor
    yield total(f"Balance due {currency}", balance, strong=True)


def _percent(rate: Decimal) -> str:
    text = f"{rate * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"
