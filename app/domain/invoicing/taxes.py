"""The tax on an invoice: data of the payer's country, or the note that stands in its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class TaxTerms:
    """What is in force for a country. `rate` is of the net amount, such as 0.19."""

    country: str
    label: str
    rate: Decimal
    reverse_charge_note: str | None


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax line: `amount_minor` is the tax on `base_minor`, in minor units."""

    country: str
    label: str
    rate: Decimal
    base_minor: int
    amount_minor: int
    note: str | None = None


def tax_on(
    base_minor: int, terms: TaxTerms | None, *, tax_id: str | None, seller_country: str | None
) -> list[Tax]:
    """The tax lines on a net amount; none if there are no terms for the payer's country.

    A business (it has a tax id) in another country than the seller's accounts for the tax itself,
    where the terms have a note that says so; with a seller of unknown country it is taxed like any
    other payer. Rounded half-even to the minor unit.
    """
    if terms is None:
        return []
    abroad = seller_country is not None and seller_country != terms.country
    if tax_id and terms.reverse_charge_note and abroad:
        note = terms.reverse_charge_note
        return [Tax(terms.country, terms.label, Decimal(0), base_minor, 0, note)]
    amount = round(base_minor * Fraction(terms.rate))
    return [Tax(terms.country, terms.label, terms.rate, base_minor, amount)]


def sum_of(taxes: Sequence[Tax]) -> int:
    """The whole tax, in minor units."""
    return sum(tax.amount_minor for tax in taxes)
