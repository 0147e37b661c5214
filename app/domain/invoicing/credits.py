"""Credit notes: how much of an invoice can be credited, and the tax to credit with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from app.domain.errors import ErrorCode, Problem
from app.domain.money import Money


@dataclass(frozen=True, slots=True)
class Creditable:
    """A line of an invoice, with what earlier credit notes credited; net, in minor units."""

    id: UUID
    amount_minor: int
    credited_minor: int

    @property
    def left_minor(self) -> int:
        """What can still be credited."""
        return self.amount_minor - self.credited_minor


@dataclass(frozen=True, slots=True)
class CreditableTax:
    """A tax line of an invoice, with what earlier credit notes credited."""

    label: str
    amount_minor: int
    credited_minor: int


@dataclass(frozen=True, slots=True)
class TaxCredit:
    """What a credit note credits of a tax line, above zero."""

    label: str
    base_minor: int
    amount_minor: int


def amounts_to_credit(
    lines: Sequence[Creditable], asked: Mapping[UUID, int] | None, currency: str
) -> dict[UUID, int] | list[Problem]:
    """Return how much of each line to credit, net, or the problems of the request.

    None requests all that is left. Amounts must be above zero and at most what is left of the line.
    Problems are at `lines`, by the position of the line in the request.
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


def taxes_to_credit(
    net_minor: int, net_credited_minor: int, subtotal_minor: int, taxes: Sequence[CreditableTax]
) -> list[TaxCredit]:
    """Return the tax to credit with a net amount of an invoice.

    `net_credited_minor` was credited before. The tax is in proportion to the total credited so far,
    so that rounding does not add up: when the whole net amount is credited, so is the whole tax.
    """
    if not subtotal_minor:
        return [TaxCredit(tax.label, 0, 0) for tax in taxes]
    share = Fraction(net_credited_minor + net_minor, subtotal_minor)
    return [
        TaxCredit(tax.label, net_minor, round(tax.amount_minor * share) - tax.credited_minor)
        for tax in taxes
    ]
