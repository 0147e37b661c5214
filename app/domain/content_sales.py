"""Sales of content: how a price is shared between the vendor and the partner."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class Parts:
    """The two parts of a price, in minor units. They add up to the price."""

    cut_minor: int
    revenue_minor: int


def parts_of(price: Money, cut_rate: Decimal) -> Parts:
    """Split a price into the vendor's cut by its rate (0 to 1), rounded half to even, and the
    partner's rest (S1).
    """
    cut = Money.rounded(Fraction(price.decimal) * Fraction(cut_rate), price.currency)
    return Parts(cut.amount_minor, price.amount_minor - cut.amount_minor)


def price_to_sell(price: Money | None, currency: str, *field: str) -> Money:
    """Return what a client pays. Raises Refused with NOT_FOR_SALE unless it is in the given
    currency.
    """
    if price is None:
        raise _not_for_sale(
            "This item has no price. Free content is pushed to the client instead.", field
        )
    if price.currency != currency:
        raise _not_for_sale(
            f"Its price is in {price.currency}, and your team's currency is {currency}."
            " Give it a price in that currency.",
            field,
        )
    return price


def _not_for_sale(message: str, field: tuple[str, ...]) -> Refused:
    return refuse(ErrorCode.NOT_FOR_SALE, message, *field)
