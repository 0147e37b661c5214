"""What invoices are made of: parties, taxes, payments, and how a line explains itself."""

from collections.abc import Mapping
from typing import Any

import strawberry

from app.auth.policy import Action
from app.domain.invoices import (
    InvoiceKind,
    InvoiceStatus,
    LineKind,
    PaymentKind,
)
from app.domain.plans import BillingInterval
from app.persistence import models
from app.reads.convert import converter
from schema.billing import Money, money, money_columns
from schema.enums import described
from schema.fields import column, derived, reads
from schema.node import Node
from schema.scalars import Date, DateTime, DecimalText

described(
    InvoiceKind,
    "A kind of document. Both have their numbers from one sequence.",
    INVOICE="It charges.",
    CREDIT_NOTE="It reverses the charges of an invoice, in full or in part: its amounts are "
    "below zero.",
)
described(
    InvoiceStatus,
    "The state of an invoice.",
    DRAFT="In preparation: it has no number, and each billing run updates it.",
    ISSUED="Owed. It never changes any more; a credit note corrects it.",
    PAID="Payments and credit notes add up to its total.",
    VOID="Issued by mistake; its charges may be billed again.",
)
described(
    LineKind,
    "What a line charges.",
    SUBSCRIPTION="A term of a client's licence.",
    ADVISOR_FEE="The monthly fee for an active advisor.",
    BUNDLE="Assessment slots that the partner bought.",
    CONTENT_SALE="Content that the partner sold: the price, if the client pays; the vendor's cut "
    "of it, if the partner does.",
    CREDIT="Nothing: it reverses another line, in full or in part.",
)
described(
    PaymentKind,
    "How a payment was made.",
    CARD="By card; the reference is the processor's.",
    BANK_TRANSFER="By bank transfer.",
)


@strawberry.type(
    description="The issuer or payer of an invoice, at the time of issue. Values that were not "
    "given are null."
)
class InvoiceParty:
    """A seller or a buyer."""

    name: str = strawberry.field(description="Its name.")
    lines: list[str] = strawberry.field(description="Street and the like, line by line.")
    postal_code: str | None = strawberry.field(description="The postal code.")
    city: str | None = strawberry.field(description="The town.")
    region: str | None = strawberry.field(description="The region or state.")
    country: str | None = strawberry.field(description="ISO 3166-1, two capitals such as `DE`.")
    tax_id: str | None = strawberry.field(description="Its tax id, such as a VAT number.")


def party(kept: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A side as it was kept, as plain data of InvoiceParty."""
    if kept is None:
        return None
    names = ("name", "postalCode", "city", "region", "country", "taxId")
    return {**{name: kept.get(name) for name in names}, "lines": kept.get("lines") or []}


@strawberry.type(
    description="The explanation of a line. `sentence` is the whole explanation in words; the "
    "rest are the numbers in it, null where they have no part in it. The amount is "
    "quantity times unit price or, for a part of an interval, `days` of `fullDays` "
    "of it, half a minor unit to the even neighbour."
)
class LineExplanation:
    """How a line came about."""

    sentence: str = strawberry.field(description="For people, in English.")
    first_day: Date | None = strawberry.field(
        description="The first day charged, or the day of the purchase, in the vendor's time zone."
    )
    last_day: Date | None = strawberry.field(description="The last day charged.")
    days: int | None = strawberry.field(description="The days charged.")
    full_days: int | None = strawberry.field(description="The days that a whole interval has.")
    interval: BillingInterval | None = strawberry.field(
        description="What the unit price is for, of a licence."
    )
    bracket: strawberry.ID | None = strawberry.field(
        description="The company size, by its code such as `11-50`, that a licence was priced for."
    )
    price_book: str | None = strawberry.field(
        description="The name of the price book that the unit price is from."
    )
    price_effective_from: DateTime | None = strawberry.field(
        description="Since when that price book was in force."
    )
    rate: DecimalText | None = strawberry.field(
        description='The share of `base` that is charged, such as `"0.15"`.'
    )
    base: Money | None = strawberry.field(description="The amount that `rate` was applied to.")


_time = converter("time", "InvoiceLine") or (lambda raw: raw)


def explanation(kept: Mapping[str, Any], currency: str) -> Mapping[str, Any]:
    """An explanation as it was kept, as plain data of LineExplanation."""
    since = kept.get("priceEffectiveFrom")
    names = ("days", "fullDays", "interval", "bracket", "priceBook", "rate")
    return {
        **{name: kept.get(name) for name in names},
        "sentence": kept.get("sentence", ""),
        "firstDay": kept.get("from"),
        "lastDay": kept.get("to"),
        "priceEffectiveFrom": _time(since) if since else None,
        "base": money(kept.get("baseMinor"), currency),
    }


@strawberry.type(description="The tax on an invoice, or the note that replaces it.")
@reads(models.InvoiceTax, Action.READ_BILLING)
class InvoiceTax(Node):
    """A tax line."""

    country: str = column("The payer's country: ISO 3166-1, two capitals.")
    label: str = column("What it is called there, such as `VAT 19 %`.")
    rate: DecimalText = column('The part of `base`, such as `"0.19"`; 0 with a note.')
    base: Money = derived(
        "The amount that is taxed.", money, *money_columns("t.base_minor", "t.currency_code")
    )
    amount: Money = derived(
        "The tax, half-even to the minor unit.",
        money,
        *money_columns("t.amount_minor", "t.currency_code"),
    )
    note: str | None = column("Why there is none, such as reverse charge; null if there is.")


@strawberry.type(description="A payment for an invoice.")
@reads(models.Payment, Action.READ_BILLING)
class Payment(Node):
    """A payment."""

    kind: PaymentKind = column("How it was paid.")
    reference: str = column("Of the transfer, or the processor's for the card.")
    amount: Money = derived("How much.", money, *money_columns("t.amount_minor", "t.currency_code"))
    received_at: DateTime = column("When it was received.")
    recorded_at: DateTime = column("When that was recorded.")
