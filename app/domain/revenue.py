"""Recurring revenue: the months of a report, and the pure rules behind its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from app.domain.errors import ErrorCode, refuse
from app.domain.plans import BillingInterval
from app.domain.programs.periods import TICK
from app.domain.terms import period_bounds, period_of

MAX_MONTHS = 36
DEFAULT_MONTHS = 12
MONTHS_A_YEAR = 12
_RATE = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Month:
    """A billing period of a report, from `low` up to, not including, `high`, in UTC.

    For the current month `high` is just after now.
    """

    period: str
    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class Revenue:
    """One month in one currency, in minor units. MRR and ARR are those at the end of the month.

    end = start + new + expansion - contraction - churned, of MRR as of clients.
    """

    period: str
    currency: str
    starting_mrr: int = 0
    new_mrr: int = 0
    expansion_mrr: int = 0
    contraction_mrr: int = 0
    churned_mrr: int = 0
    mrr: int = 0
    arr: int = 0
    starting_clients: int = 0
    new_clients: int = 0
    churned_clients: int = 0
    clients: int = 0
    trials_started: int = 0
    trials_converted: int = 0
    trials_cancelled: int = 0
    partner_income: int = 0
    recognised: Mapping[str, int] = field(default_factory=dict)

    @property
    def mrr_churn_rate(self) -> Decimal | None:
        """The share of the MRR at the start that was lost, including by contraction; None if it was
        0.
        """
        return ratio(self.churned_mrr + self.contraction_mrr, self.starting_mrr)

    @property
    def client_churn_rate(self) -> Decimal | None:
        """The share of the clients at the start that left; None if there were none."""
        return ratio(self.churned_clients, self.starting_clients)

    @property
    def trial_conversion_rate(self) -> Decimal | None:
        """The share of the trials ended in the month that became paid; None if there were none."""
        return ratio(self.trials_converted, self.trials_converted + self.trials_cancelled)


def monthly(amount_minor: int, interval: BillingInterval) -> int:
    """Return the monthly amount of a price, in minor units. A yearly price is divided, rounded half
    to even.
    """
    if interval is BillingInterval.MONTH:
        return amount_minor
    return round(Fraction(amount_minor, MONTHS_A_YEAR))


def ratio(part: int, whole: int) -> Decimal | None:
    """Return a ratio with six decimals, rounded half to even; None if `whole` is 0."""
    if not whole:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(_RATE, ROUND_HALF_EVEN)


def months(first: str | None, last: str | None, now: datetime, zone: ZoneInfo) -> list[Month]:
    """Return the months of a range, such as 2026-01 to 2026-11, both inclusive.

    `last` defaults to the current month, `first` to twelve months in total. Raises Refused with
    INVALID at `from` or `to` for an invalid month, a wrong order, or more than 36 months, and with
    PERIOD_NOT_STARTED at `to` for a month in the future.
    """
    last = last or period_of(now, zone)
    end = _number(last, "to")
    start = end - DEFAULT_MONTHS + 1 if first is None else _number(first, "from")
    if _bounds(last, zone, "to")[0] > now:
        message = f"{last} has not begun. Give the current month or an earlier one."
        raise refuse(ErrorCode.PERIOD_NOT_STARTED, message, "to")
    if not 1 <= end - start + 1 <= MAX_MONTHS:
        message = f"Give a month up to `to`, {last}, and at most {MAX_MONTHS} months in all."
        raise refuse(ErrorCode.INVALID, message, "from")
    found = []
    for number in range(start, end + 1):
        period = f"{number // MONTHS_A_YEAR:04}-{number % MONTHS_A_YEAR + 1:02}"
        low, high = _bounds(period, zone, "from")
        found.append(Month(period, low, min(high, now + TICK)))
    return found


def _number(period: str, field: str) -> int:
    """Return the number of a month, counted over all years."""
    _bounds(period, ZoneInfo("UTC"), field)
    year, month = period.split("-")
    return int(year) * MONTHS_A_YEAR + int(month) - 1


def _bounds(period: str, zone: ZoneInfo, field: str) -> tuple[datetime, datetime]:
    try:
        return period_bounds(period, zone)
    except (ValueError, OverflowError) as error:
        message = f"{period[:20]!r} is not a month such as 2026-11."
        raise refuse(ErrorCode.INVALID, message, field) from error
