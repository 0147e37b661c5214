"""The charges of a partner and its clients for a period: one statement for each kind of source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from app.domain.invoices import AdvisorFeeRule, InvoiceStatus
from app.domain.invoicing.charges import (
    BoughtBundle,
    Charge,
    ChargedTerm,
    FeeForAdvisor,
    PriceSource,
    SoldContent,
    advisor_charge,
    bundle_charge,
    sale_charge,
    term_charge,
)
from app.domain.plans import BillingInterval, BundleSource, Payer
from app.persistence.models import (
    Advisor,
    BundlePurchase,
    ContentSale,
    InvoiceLine,
    Partner,
    SubscriptionTerm,
)
from app.services.invoices.rules import BillingRules

_BOOK = ("price_book__name", "price_book__effective_from")
_TERM_BOOK = tuple(f"price__{name}" for name in _BOOK)
_TERM_NAMES = ("client__name", "plan__name", "bracket__label", *_TERM_BOOK)
_TERM = (
    *("id", "client_id", "payer", "bracket_id", "interval", "starts_at", "ends_at"),
    *("currency_code", "full_amount_minor", "days", "full_days", "amount_minor"),
)
_BUNDLE = (
    *("id", "quantity", "slots", "bought_at", "currency_code", "unit_amount_minor"),
    *("amount_minor", "bundle__name", *_BOOK),
)
_SALE = (
    *("id", "client_id", "client__name", "item__title", "payer", "sold_at", "currency_code"),
    *("price_minor", "cut_rate", "cut_minor"),
)


@dataclass(frozen=True, slots=True)
class Charges:
    """What is to be charged, and the names of the clients that it is about."""

    charges: list[Charge]
    client_names: Mapping[UUID, str]


async def charges_of(partner: Partner, period: str, now: datetime, rules: BillingRules) -> Charges:
    """All charges of a period that no issued invoice has, as known now; each by its own key.

    Those on drafts are among them: a draft is written again from them.
    """
    bounds, zone = rules.bounds(period), rules.zone
    terms = await SubscriptionTerm.filter(**_within("starts_at", partner, bounds)).values(
        *_TERM, *_TERM_NAMES
    )
    bundles = await BundlePurchase.filter(
        **_within("bought_at", partner, bounds), source=BundleSource.BOUGHT
    ).values(*_BUNDLE)
    sales = await ContentSale.filter(**_within("sold_at", partner, bounds)).values(*_SALE)
    found = [term_charge(_term(row), zone) for row in terms]
    found += [
        advisor_charge(fee, period, bounds, zone)
        for fee in await _fees(partner, period, now, rules)
    ]
    found += [bundle_charge(_bundle(row), zone) for row in bundles]
    found += [sale_charge(_sale(row), zone) for row in sales]
    billed = await _billed(partner, period)
    return Charges(
        [charge for charge in found if charge.key not in billed],
        {row["client_id"]: row["client__name"] for row in (*terms, *sales)},
    )


def _within(column: str, partner: Partner, bounds: tuple[datetime, datetime]) -> dict[str, Any]:
    return {"partner_id": partner.id, f"{column}__gte": bounds[0], f"{column}__lt": bounds[1]}


async def _billed(partner: Partner, period: str) -> set[str]:
    lines = InvoiceLine.filter(
        invoice__partner_id=partner.id, invoice__period=period, source_key__isnull=False
    ).exclude(invoice__status=InvoiceStatus.DRAFT)
    return {row["source_key"] for row in await lines.values("source_key")}


async def _fees(
    partner: Partner, period: str, now: datetime, rules: BillingRules
) -> list[FeeForAdvisor]:
    """Whom a fee is due for, at the price of the day on which they were active first in it."""
    found, start = [], rules.bounds(period)[0]
    for advisor in await _active(partner, period, now, rules):
        assert advisor.active_from is not None, "an active advisor is so from a moment on"
        since = max(advisor.active_from, start)
        book = rules.book_at(partner.currency_code, since)
        if book is None or book.advisor_fee_minor is None:
            continue
        price = PriceSource(book.name, book.effective_from)
        fee = (book.currency_code, book.advisor_fee_minor, price)
        found.append(FeeForAdvisor(advisor.id, advisor.name, since, *fee))
    return found


async def _active(
    partner: Partner, period: str, now: datetime, rules: BillingRules
) -> list[Advisor]:
    """The advisors that the policy asks a fee for, as far as that is known now."""
    start, end = rules.bounds(period)
    rule = AdvisorFeeRule(rules.policy_of(period).advisor_fee_rule)
    known = Advisor.filter(partner_id=partner.id, active_from__lt=end, active_from__lte=now)
    if rule is AdvisorFeeRule.ANY_TIME:
        return await known.filter(Q(active_to__isnull=True) | Q(active_to__gt=start))
    if now < end:
        return []
    return await known.filter(Q(active_to__isnull=True) | Q(active_to__gte=end))


def _term(row: Mapping[str, Any]) -> ChargedTerm:
    return ChargedTerm(
        id=row["id"],
        client_id=row["client_id"],
        payer=Payer(row["payer"]),
        plan=row["plan__name"],
        bracket=row["bracket_id"],
        bracket_label=row["bracket__label"],
        interval=BillingInterval(row["interval"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        currency=row["currency_code"],
        full_minor=row["full_amount_minor"],
        days=row["days"],
        full_days=row["full_days"],
        amount_minor=row["amount_minor"],
        price=PriceSource(*(row[name] for name in _TERM_BOOK)),
    )


def _bundle(row: Mapping[str, Any]) -> BoughtBundle:
    book = row["price_book__name"]
    return BoughtBundle(
        id=row["id"],
        name=row["bundle__name"],
        quantity=row["quantity"],
        slots=row["slots"],
        bought_at=row["bought_at"],
        currency=row["currency_code"],
        unit_minor=row["unit_amount_minor"],
        amount_minor=row["amount_minor"],
        price=PriceSource(book, row["price_book__effective_from"]) if book else None,
    )


def _sale(row: Mapping[str, Any]) -> SoldContent:
    return SoldContent(
        id=row["id"],
        client_id=row["client_id"],
        title=row["item__title"],
        payer=Payer(row["payer"]),
        sold_at=row["sold_at"],
        currency=row["currency_code"],
        price_minor=row["price_minor"],
        cut_rate=row["cut_rate"],
        cut_minor=row["cut_minor"],
    )
