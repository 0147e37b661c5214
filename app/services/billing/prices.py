"""Prices: of each currency, the book in force at a moment is the newest that has begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from app.domain.plans import BillingInterval
from app.persistence.models import Price, PriceBook

Key = tuple[str, str, str]


async def book_in_force(currency: str, at: datetime) -> PriceBook | None:
    """The price book of a currency in force at a moment; None if there is none."""
    books = PriceBook.filter(currency_code=currency, effective_from__lte=at)
    return await books.order_by("-effective_from").first()


async def price_in_force(
    plan: str, bracket: str, currency: str, interval: BillingInterval, at: datetime
) -> Price | None:
    """What a plan costs a company size; None if the book in force does not say."""
    book = await book_in_force(currency, at)
    if book is None:
        return None
    return await Price.get_or_none(
        price_book_id=book.id, plan_id=plan, bracket_id=bracket, interval=interval
    )


@dataclass(frozen=True, slots=True)
class PriceList:
    """All prices of one currency, for those who look up many of them."""

    # The newest first.
    books: Sequence[tuple[datetime, UUID]]
    prices: dict[tuple[UUID, Key], Price]

    @classmethod
    async def load(cls, currency: str) -> Self:
        """The books and prices of a currency."""
        books = PriceBook.filter(currency_code=currency).order_by("-effective_from")
        prices = await Price.filter(price_book__currency_code=currency)
        return cls(
            [(book.effective_from, book.id) for book in await books],
            {
                (price.price_book_id, (price.plan_id, price.bracket_id, price.interval)): price
                for price in prices
            },
        )

    def price(self, plan: str, bracket: str, interval: str, at: datetime) -> Price | None:
        """As `price_in_force`."""
        book = next((id for since, id in self.books if since <= at), None)
        return self.prices.get((book, (plan, bracket, interval))) if book else None
