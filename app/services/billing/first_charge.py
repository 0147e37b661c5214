"""The first charge of what is quoted: by day, if billing starts in the middle of a month."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.money import Money
from app.domain.terms import first_term, prorated
from app.services.billing.quote import Quote
from app.services.vendor.zone import vendor_zone


@dataclass(frozen=True, slots=True)
class FirstCharge:
    """What the first term costs: `days` of the `full_days` of a whole interval."""

    money: Money
    starts_at: datetime
    ends_at: datetime
    days: int
    full_days: int


async def first_charge(quote: Quote) -> FirstCharge | None:
    """The charge of the term with which billing starts; None for a plan that starts no billing."""
    if quote.money is None or quote.billing_starts_at is None:
        return None
    term = first_term(quote.interval, quote.billing_starts_at, await vendor_zone())
    amount = prorated(quote.money.amount_minor, term.days, term.full_days)
    money = Money(amount, quote.money.currency)
    return FirstCharge(money, term.starts_at, term.ends_at, term.days, term.full_days)
