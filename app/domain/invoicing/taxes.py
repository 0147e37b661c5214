"""The tax on an invoice: from data of the payer's country, or a reverse-charge note."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class TaxTerms:
    """The tax in force in a country. `rate` is of the net amount, such as 0.19."""

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
    """Return the tax lines on a net amount; none if there are no terms for the payer's country.

    A business (with a tax id) in another country than the seller's accounts for the tax itself, if
    the terms have a reverse-charge note. If the seller's country is unknown, it is taxed like any
    other payer. Rounded half to even.
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
    """Return the total tax, in minor units."""
    return sum(tax.amount_minor for tax in taxes)
