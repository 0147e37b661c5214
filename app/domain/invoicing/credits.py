"""Credit notes: what of an invoice may be taken back, and the tax that goes with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from app.domain.errors import ErrorCode, Problem
from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class Creditable:
    """A line of an invoice, with what earlier credit notes took back of it; net minor units."""

    id: UUID
    amount_minor: int
    credited_minor: int

    @property
    def left_minor(self) -> int:
        """What can still be taken back."""
        return self.amount_minor - self.credited_minor


@dataclass(frozen=True, slots=True)
class CreditableTax:
    """A tax line of an invoice, with what earlier credit notes took back of it."""

    label: str
    amount_minor: int
    credited_minor: int


@dataclass(frozen=True, slots=True)
class TaxBack:
    """What a credit note takes back of a tax line, above zero."""

    label: str
    base_minor: int
    amount_minor: int


def amounts_to_credit(
    lines: Sequence[Creditable], asked: Mapping[UUID, int] | None, currency: str
) -> dict[UUID, int] | list[Problem]:
    """How much of each line to take back, net; or what is wrong with what was asked for.

    None asks for all that is left. Amounts are above zero and at most what is left of the line.
    Problems are at `lines`, by the position of the line in what was asked.
    """
    by_id = {line.id: line for line in lines}
    if asked is None:
        return {line.id: line.left_minor for line in lines if line.left_minor > 0}
    problems = []
    for position, (id, amount) in enumerate(asked.items()):
        problem = _problem(by_id.get(id), amount, currency)
        if problem:
            code, message, *field = problem
            problems.append(Problem(code, message, ("lines", str(position), *field)))
    return problems or dict(asked)


def _problem(
    line: Creditable | None, amount: int, currency: str
) -> tuple[ErrorCode, str, *tuple[str, ...]] | None:
    if line is None:
        return ErrorCode.NOT_FOUND, "The invoice has no such line. Check the id.", "lineId"
    if amount <= 0:
        return ErrorCode.INVALID, "Give an amount above zero.", "amount", "amount"
    if amount > line.left_minor:
        left = f"{Money(line.left_minor, currency)} {currency}"
        return ErrorCode.AMOUNT_TOO_HIGH, f"{left} is left of this line.", "amount", "amount"
    return None


def taxes_back(
    net_minor: int, net_credited_minor: int, subtotal_minor: int, taxes: Sequence[CreditableTax]
) -> list[TaxBack]:
    """The tax that goes back with a net amount of an invoice.

    `net_credited_minor` went back before. In proportion, each time to what has gone back in all, so
    that no rounding adds up: when all of the net amount is back, all of the tax is.
    """
    if not subtotal_minor:
        return [TaxBack(tax.label, 0, 0) for tax in taxes]
    share = Fraction(net_credited_minor + net_minor, subtotal_minor)
    return [
        TaxBack(tax.label, net_minor, round(tax.amount_minor * share) - tax.credited_minor)
        for tax in taxes
    ]
