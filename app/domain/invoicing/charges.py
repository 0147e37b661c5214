"""Charges: the lines to invoice, each once, with an explanation.

An amount is quantity times unit price, prorated by day for a part of an interval. The explanation
of a charge is plain data, including a sentence for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.invoices import LineKind
from app.domain.money import Money
from app.domain.plans import BillingInterval, Payer


@dataclass(frozen=True, slots=True)
class Charge:
    """One future invoice line. Amounts are minor units of `currency`.

    `key` is unique among all possible charges; `source_id` is the term, purchase, sale or advisor
    charged for. `payer_id` is the client if it pays itself; None: the partner pays. `client_id` is
    the client that the charge is for; None: the partner itself.
    """

    key: str
    kind: LineKind
    source_id: UUID
    payer_id: UUID | None
    client_id: UUID | None
    currency: str
    quantity: int
    unit_minor: int
    amount_minor: int
    at: datetime
    description: str
    explanation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PriceSource:
    """The price book that a price is from."""

    book: str
    effective_from: datetime

    def phrase(self, zone: ZoneInfo) -> str:
        """Return the price book as the end of a sentence."""
        return f"by {self.book}, in force from {_day(self.effective_from, zone)}"

    @property
    def explained(self) -> dict[str, Any]:
        """Return the price book as plain data."""
        return {"priceBook": self.book, "priceEffectiveFrom": self.effective_from.isoformat()}


@dataclass(frozen=True, slots=True)
class ChargedTerm:
    """A subscription term, with the names for its charge."""

    id: UUID
    client_id: UUID
    payer: Payer
    plan: str
    bracket: str
    bracket_label: str
    interval: BillingInterval
    starts_at: datetime
    ends_at: datetime
    currency: str
    full_minor: int
    days: int
    full_days: int
    amount_minor: int
    price: PriceSource


def term_charge(term: ChargedTerm, zone: ZoneInfo) -> Charge:
    """Return the charge for a term, in advance, prorated by day if it is a part of an interval
    (S1).
    """
    first, last = _day(term.starts_at, zone), _last_day(term.ends_at, zone)
    full = Money(term.full_minor, term.currency)
    interval = term.interval.lower()
    sentence = (
        f"{term.plan} for {term.bracket_label} costs {full} {term.currency} a {interval},"
        f" {term.price.phrase(zone)}. Charged from {first} to {last}"
    )
    if term.days < term.full_days:
        charged = Money(term.amount_minor, term.currency)
        sentence += f": {term.days} of {term.full_days} days, {charged} {term.currency}"
    return Charge(
        key=f"term:{term.id}",
        kind=LineKind.SUBSCRIPTION,
        source_id=term.id,
        payer_id=term.client_id if term.payer is Payer.CLIENT else None,
        client_id=term.client_id,
        currency=term.currency,
        quantity=1,
        unit_minor=term.full_minor,
        amount_minor=term.amount_minor,
        at=term.starts_at,
        description=f"{term.plan}, {term.bracket_label}, {first} to {last}",
        explanation={
            "sentence": f"{sentence}.",
            "bracket": term.bracket,
            "interval": term.interval,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "days": term.days,
            "fullDays": term.full_days,
            **term.price.explained,
        },
    )


@dataclass(frozen=True, slots=True)
class FeeForAdvisor:
    """An advisor who incurs a monthly fee, and since when in the period."""

    id: UUID
    name: str
    active_from: datetime
    currency: str
    fee_minor: int
    price: PriceSource


def advisor_charge(
    fee: FeeForAdvisor, period: str, bounds: tuple[datetime, datetime], zone: ZoneInfo
) -> Charge:
    """Return the fee for one advisor and month, never prorated. The partner always pays it (S1,
    S4).
    """
    amount = Money(fee.fee_minor, fee.currency)
    first, last = _day(bounds[0], zone), _last_day(bounds[1], zone)
    return Charge(
        key=f"advisor:{fee.id}:{period}",
        kind=LineKind.ADVISOR_FEE,
        source_id=fee.id,
        payer_id=None,
        client_id=None,
        currency=fee.currency,
        quantity=1,
        unit_minor=fee.fee_minor,
        amount_minor=fee.fee_minor,
        at=fee.active_from,
        description=f"Advisor {fee.name}, {period}",
        explanation={
            "sentence": f"The fee for each active advisor is {amount} {fee.currency} a month,"
            f" whole months only, {fee.price.phrase(zone)}. {fee.name} was active in {period}.",
            "from": first.isoformat(),
            "to": last.isoformat(),
            **fee.price.explained,
        },
    )


@dataclass(frozen=True, slots=True)
class BoughtBundle:
    """A block of slots that a partner bought."""

    id: UUID
    name: str
    quantity: int
    slots: int
    bought_at: datetime
    currency: str
    unit_minor: int
    amount_minor: int
    price: PriceSource | None


def bundle_charge(bundle: BoughtBundle, zone: ZoneInfo) -> Charge:
    """Return the charge for slots. The partner always pays it (S4)."""
    unit = Money(bundle.unit_minor, bundle.currency)
    day = _day(bundle.bought_at, zone)
    book = f", {bundle.price.phrase(zone)}" if bundle.price else ""
    return Charge(
        key=f"bundle:{bundle.id}",
        kind=LineKind.BUNDLE,
        source_id=bundle.id,
        payer_id=None,
        client_id=None,
        currency=bundle.currency,
        quantity=bundle.quantity,
        unit_minor=bundle.unit_minor,
        amount_minor=bundle.amount_minor,
        at=bundle.bought_at,
        description=f"{bundle.name}, {bundle.slots} slots, {day}",
        explanation={
            "sentence": f"{bundle.quantity} × {bundle.name} at {unit} {bundle.currency}{book}."
            f" Bought on {day}.",
            "from": day.isoformat(),
            **(bundle.price.explained if bundle.price else {}),
        },
    )


@dataclass(frozen=True, slots=True)
class SoldContent:
    """Content that a partner sold to one of its clients."""

    id: UUID
    client_id: UUID
    title: str
    payer: Payer
    sold_at: datetime
    currency: str
    price_minor: int
    cut_rate: Decimal
    cut_minor: int


def sale_charge(sale: SoldContent, zone: ZoneInfo) -> Charge:
    """Return the charge for a sale: the price if the client pays itself, else the vendor's cut, to
    the partner (S3).
    """
    client_pays = sale.payer is Payer.CLIENT
    amount = sale.price_minor if client_pays else sale.cut_minor
    day, price = _day(sale.sold_at, zone), Money(sale.price_minor, sale.currency)
    sentence = f"{sale.title} was sold for {price} {sale.currency} on {day}."
    explanation: dict[str, Any] = {"from": day.isoformat()}
    if not client_pays:
        percent = f"{sale.cut_rate * 100:f}"
        percent = percent.rstrip("0").rstrip(".") if "." in percent else percent
        sentence += f" Charged is the vendor's share, {percent} %."
        explanation["rate"] = f"{sale.cut_rate.normalize():f}"
        explanation["baseMinor"] = sale.price_minor
    return Charge(
        key=f"sale:{sale.id}",
        kind=LineKind.CONTENT_SALE,
        source_id=sale.id,
        payer_id=sale.client_id if client_pays else None,
        client_id=sale.client_id,
        currency=sale.currency,
        quantity=1,
        unit_minor=amount,
        amount_minor=amount,
        at=sale.sold_at,
        description=f"{sale.title}, {day}",
        explanation={"sentence": sentence, **explanation},
    )


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _last_day(ends_at: datetime, zone: ZoneInfo) -> date:
    """Return the last day of a period that ends at a time; that time's own day belongs to the next
    period.
    """
    return (ends_at.astimezone(zone) - timedelta(days=1)).date()
