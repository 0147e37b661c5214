"""Billing periods and the terms of a subscription, in the vendor's time zone, as intervals in UTC.

A period is a calendar month, written "2026-11". The terms of a monthly subscription are calendar
months, except the first one, which begins when billing does and is prorated by day. The terms of a
yearly one are twelve months each, counted from the start of billing.
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
    """An interval with one charge: from `starts_at` up to, not including, `ends_at`, in UTC.

    `days` of the `full_days` of a whole interval are charged: the local day in which the term
    begins, and those that begin in it.
    """

    starts_at: datetime
    ends_at: datetime
    days: int
    full_days: int


def period_of(moment: datetime, zone: ZoneInfo) -> str:
    """Return the billing period that contains a time."""
    return f"{moment.astimezone(zone):%Y-%m}"


def period_bounds(period: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a period and the next one begin. Raises ValueError for an invalid period."""
    found = _PERIOD.fullmatch(period)
    if found is None or not "0001" <= found[1] < "9999":
        raise ValueError(f"{period!r} is not a month such as 2026-11.")
    first = date(int(found[1]), int(found[2]), 1)
    return _midnight(first, zone), _midnight(_next_month(first), zone)


def first_term(interval: BillingInterval, starts_at: datetime, zone: ZoneInfo) -> Term:
    """Return the term that begins when billing does."""
    if interval is BillingInterval.YEAR:
        return _year(starts_at, starts_at, zone)
    return _rest_of_month(starts_at, zone)


def next_term(
    interval: BillingInterval, billing_starts_at: datetime, ended_at: datetime, zone: ZoneInfo
) -> Term:
    """Return the term that follows the one that ended at `ended_at`."""
    if interval is BillingInterval.YEAR:
        return _year(billing_starts_at, ended_at, zone)
    return _rest_of_month(ended_at, zone)


def prorated(amount_minor: int, days: int, full_days: int) -> int:
    """Return the price of `days` of a full interval, rounded half to even."""
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
    """Return the year up to the next anniversary of the start of billing. 29 February has one every
    year.

    Counted from the start and not from the previous term, which may have begun on 28 February.
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
    """Return the same local time `years` years later, in UTC."""
    year = origin.year + years
    try:
        return origin.replace(year=year).astimezone(UTC)
    except ValueError:
        return origin.replace(year=year, day=28).astimezone(UTC)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
