"""Lay out charges as invoices (sheets), before any row is written.

There is one for each payer and currency. A partner's invoice begins with its own section, followed
by one for each client by name. Sections add up to the total.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from app.domain.invoices import LineKind
from app.domain.invoicing.charges import Charge
from app.domain.text import sort_key

PARTNERS_OWN = 0
_KINDS = list(LineKind)


@dataclass(frozen=True, slots=True)
class SheetSection:
    """The part about one client or, at position 0, about the partner itself."""

    position: int
    client_id: UUID | None
    title: str
    charges: tuple[Charge, ...]

    @property
    def subtotal_minor(self) -> int:
        """The sum of its lines."""
        return sum(charge.amount_minor for charge in self.charges)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The charges of one payer in one currency. `payer_id` is a client; None: the partner."""

    payer_id: UUID | None
    currency: str
    sections: tuple[SheetSection, ...]

    @property
    def subtotal_minor(self) -> int:
        """The sum of all lines, before tax."""
        return sum(section.subtotal_minor for section in self.sections)

    @property
    def charges(self) -> list[Charge]:
        """All lines, in order."""
        return [charge for section in self.sections for charge in section.charges]


def sheets_of(
    charges: Iterable[Charge], partner_name: str, client_names: Mapping[UUID, str]
) -> list[Sheet]:
    """Return the invoices of a partner and its clients: the partner's first, then by client
    name.
    """

    def place(client_id: UUID | None) -> tuple[str, str]:
        # The empty name sorts first.
        return (sort_key(client_names[client_id]), str(client_id)) if client_id else ("", "")

    def order(charge: Charge) -> tuple[object, ...]:
        within = (_KINDS.index(charge.kind), charge.at, charge.description, charge.key)
        return (place(charge.payer_id), charge.currency, place(charge.client_id), *within)

    ordered = sorted(charges, key=order)
    return [
        Sheet(payer_id, currency, tuple(_sections(group, partner_name, client_names)))
        for (payer_id, currency), group in groupby(ordered, lambda c: (c.payer_id, c.currency))
    ]


def _sections(
    charges: Iterable[Charge], partner_name: str, client_names: Mapping[UUID, str]
) -> Iterable[SheetSection]:
    # Clients start at position 1, even if the partner has no section.
    position = PARTNERS_OWN
    for client_id, group in groupby(charges, lambda c: c.client_id):
        if client_id is None:
            yield SheetSection(PARTNERS_OWN, None, partner_name, tuple(group))
            continue
        position += 1
        yield SheetSection(position, client_id, client_names[client_id], tuple(group))
