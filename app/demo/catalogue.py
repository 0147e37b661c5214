"""The imported catalogue, as lookup tables for demo partners."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.demo.shared_data import Catalogue
from app.domain.plans import Bracket
from app.persistence.models import BundlePrice, EmployeeBracket, Price, PriceBook, TrialTerm


async def imported_catalogue() -> Catalogue:
    """Read the catalogue from the database."""
    prices: dict[UUID, dict[tuple[str, str, str], tuple[UUID, int]]] = {}
    for price in await Price.all().values():
        key = (price["plan_id"], price["bracket_id"], price["interval"])
        prices.setdefault(price["price_book_id"], {})[key] = (price["id"], price["amount_minor"])
    of_bundles: dict[UUID, dict[str, int]] = {}
    for bundle in await BundlePrice.all():
        of_bundles.setdefault(bundle.price_book_id, {})[bundle.bundle_id] = bundle.amount_minor
    books: dict[str, list[tuple[datetime, Any]]] = {}
    bundles: dict[str, list[tuple[datetime, UUID, dict[str, int]]]] = {}
    for book in await PriceBook.all().order_by("-effective_from"):
        books.setdefault(book.currency_code, []).append(
            (book.effective_from, prices.get(book.id, {}))
        )
        bundles.setdefault(book.currency_code, []).append(
            (book.effective_from, book.id, of_bundles.get(book.id, {}))
        )
    trials: dict[tuple[str, str], list[tuple[datetime, int]]] = {}
    for term in await TrialTerm.all().order_by("-effective_from").values():
        key_of_term = (term["plan_id"], term["way_in"])
        trials.setdefault(key_of_term, []).append((term["effective_from"], term["trial_days"]))
    brackets = [
        Bracket(row.code, row.min_employees, row.max_employees)
        for row in await EmployeeBracket.all().order_by("min_employees")
    ]
    return Catalogue(brackets, books, bundles, trials)
