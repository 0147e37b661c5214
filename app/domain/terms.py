"""Billing periods and the terms of a subscription, in the vendor's time zone, as stretches of UTC.

A period is a calendar month, written "2026-11". A monthly subscription has terms that are calendar
months, but for its first one, which begins when billing does and is charged by its days. A yearly
one has terms of twelve months, counted from the moment at which billing began.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from app.domain.plans import BillingInterval

_PERIOD = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Term:
    """A stretch that is charged at once: from `starts_at` up to, not including, `ends_at`, in UTC.

    `days` of it are charged, of the `full_days` that a whole interval has: the local days that
    begin in it, and the one in which it begins.
    """

    starts_at: datetime
    ends_at: datetime
    days: int
    full_days: int


def period_of(moment: datetime, zone: ZoneInfo) -> str:
    """The billing period that a moment is in."""
    return f"{moment.astimezone(zone):%Y-%m}"


def period_bounds(period: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a period begins, and when the one after it does. Raises ValueError if it is not one."""
    found = _PERIOD.fullmatch(period)
    if found is None or not "0001" <= found[1] < "9999":
        raise ValueError(f"{period!r} is not a month such as 2026-11.")
    first = date(int(found[1]), int(found[2]), 1)
    return _midnight(first, zone), _midnight(_next_month(first), zone)


def first_term(interval: BillingInterval, starts_at: datetime, zone: ZoneInfo) -> Term:
    """The term that begins when billing does."""
    if interval is BillingInterval.YEAR:
        return _year(starts_at, starts_at, zone)
    return _rest_of_month(starts_at, zone)


def next_term(
    interval: BillingInterval, billing_starts_at: datetime, ended_at: datetime, zone: ZoneInfo
) -> Term:
    """The term that follows the one that ended at `ended_at`."""
    if interval is BillingInterval.YEAR:
        return _year(billing_starts_at, ended_at, zone)
    return _rest_of_month(ended_at, zone)


def prorated(amount_minor: int, days: int, full_days: int) -> int:
    """What so many days of a full interval cost: half a minor unit goes to the even neighbour."""
    return round(Fraction(amount_minor * days, full_days))


def _rest_of_month(starts_at: datetime, zone: ZoneInfo) -> Term:
    day = starts_at.astimezone(zone).date()
    first, following = day.replace(day=1), _next_month(day)
    return Term(
        starts_at,
        _midnight(following, zone),
        days=(following - day).days,
        full_days=(following - first).days,
    )


def _year(billing_starts_at: datetime, starts_at: datetime, zone: ZoneInfo) -> Term:
    """The year up to the next anniversary of the start of billing: 29 February has one each year.

    Counted from there and not from the term before, which may have begun on 28 February.
    """
    origin = billing_starts_at.astimezone(zone)
    years = starts_at.astimezone(zone).year - origin.year
    ends_at = _anniversary(origin, years)
    while ends_at <= starts_at:
        years += 1
        ends_at = _anniversary(origin, years)
    days = (ends_at.astimezone(zone).date() - starts_at.astimezone(zone).date()).days
    return Term(starts_at, ends_at, days, days)


def _anniversary(origin: datetime, years: int) -> datetime:
    """The same local time, so many years later, in UTC."""
    year = origin.year + years
    try:
        return origin.replace(year=year).astimezone(UTC)
    except ValueError:
        return origin.replace(year=year, day=28).astimezone(UTC)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
