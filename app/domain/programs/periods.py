"""Days, periods and windows in the vendor's time zone, as half-open intervals in UTC.

A day begins at local midnight, on days of 23 and 25 hours too. A month after 31 January is the last
day of February. Periods of several months are counted from an anchor: 1 January, or the day on
which the program's year begins.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from app.domain.programs.model import MonthDay, Span, Window
from app.domain.programs.vocabulary import PeriodUnit, WindowKind

_MONTHS = {
    PeriodUnit.MONTH: 1,
    PeriodUnit.QUARTER: 3,
    PeriodUnit.HALF_YEAR: 6,
    PeriodUnit.YEAR: 12,
}
NEW_YEAR = MonthDay(1, 1)
_EPOCH = 1970
# The time resolution of the databases: an interval that includes a time ends this much after it.
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` (None: no start) up to, not including, `end`."""

    start: datetime | None
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and moment < self.end


def shift(day: date, span: Span, times: int = 1) -> date:
    """Return the day `times` spans later (earlier, if negative)."""
    if span.unit is PeriodUnit.DAY:
        first = date.min.toordinal()
        return date.fromordinal(max(day.toordinal() + span.count * times, first))
    return _months_later(day, span.count * _MONTHS[span.unit] * times)


def _months_later(day: date, months: int) -> date:
    # A window that would begin before the calendar's first day begins on it.
    year, month = divmod(max(day.year * 12 + day.month - 1 + months, 12), 12)
    # Day 28 exists in every month.
    last = day.day if day.day <= 28 else calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


@dataclass(frozen=True)
class Calendar:
    """The vendor's time zone, and the day on which a program's year begins."""

    zone: str = "UTC"
    year_start: MonthDay = NEW_YEAR

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def day(self, moment: datetime) -> date:
        """Return the local day of a time."""
        return moment.astimezone(self._zone).date()

    def midnight(self, day: date) -> datetime:
        """Return when a local day begins, in UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)

    def midnight_from(self, moment: datetime) -> datetime:
        """Return the time itself if it is a local midnight, else the next local midnight."""
        start = self.midnight(self.day(moment))
        return start if start == moment else self.midnight(self.day(moment) + timedelta(days=1))

    def days_after(self, moment: datetime, days: int) -> datetime:
        """Return the local midnight at which `days` whole days have passed since a time."""
        return self.midnight(self.day(self.midnight_from(moment)) + timedelta(days=days))

    def period(self, day: date, span: Span, anchor: MonthDay | None = None) -> tuple[date, date]:
        """Return the first day of the period that a day is in, and that of the next period.

        Without an `anchor`, periods are counted from the day on which the program's year begins.
        """
        if span.unit is PeriodUnit.DAY:
            start = date.fromordinal(day.toordinal() // span.count * span.count or 1)
            return start, start + timedelta(days=span.count)
        first = anchor or self.year_start
        origin = date(_EPOCH, first.month, first.day)
        months = (day.year - _EPOCH) * 12 + day.month - origin.month
        if _months_later(origin, months) > day:
            months -= 1
        length = span.count * _MONTHS[span.unit]
        begun = months // length * length
        return _months_later(origin, begun), _months_later(origin, begun + length)

    def next_period(self, moment: datetime, span: Span) -> datetime:
        """Return when the period after the one that contains a time begins. Always later than that
        time.
        """
        return self.midnight(self.period(self.day(moment), span)[1])

    def intervals(self, window: Window, moment: datetime) -> tuple[Interval, ...]:
        """Return the intervals that a window covers as of a time (inclusive): one, or, for
        EACH_BUCKET, the last complete periods, oldest first.
        """
        day, end = self.day(moment), moment + TICK
        if window.kind is WindowKind.EACH_BUCKET:
            return self._buckets(window, day)
        if window.kind is WindowKind.LIFETIME:
            return (Interval(None, end),)
        return (Interval(self.midnight(self._first_day(window, day)), end),)

    def interval_before(self, window: Window, moment: datetime) -> Interval:
        """Return the interval that growth compares a ROLLING, CALENDAR or PROGRAM_YEAR window with.

        For a rolling window, the same length of time before it; for a period in progress, the same
        days of the previous period.
        """
        day = self.day(moment)
        first = self._first_day(window, day)
        span = _span(window)
        start = shift(first, span, -1)
        if window.kind is WindowKind.ROLLING:
            return Interval(self.midnight(start), self.midnight(first))
        # Both ways to count: 28 March is compared with 28 February, 30 April with 31 March.
        tomorrow = day + timedelta(days=1)
        end = max(shift(tomorrow, span, -1), shift(day, span, -1) + timedelta(days=1))
        return Interval(self.midnight(start), self.midnight(min(end, first)))

    def _first_day(self, window: Window, day: date) -> date:
        if window.kind is WindowKind.ROLLING:
            return shift(day, _span(window), -1)
        anchor = NEW_YEAR if window.kind is WindowKind.CALENDAR else None
        return self.period(day, _span(window), anchor)[0]

    def _buckets(self, window: Window, day: date) -> tuple[Interval, ...]:
        unit = Span(1, _span(window).unit)
        end = self.period(day, unit, NEW_YEAR)[0]
        found = []
        for _ in range(window.count or 1):
            start = self.period(end - timedelta(days=1), unit, NEW_YEAR)[0]
            found.append(Interval(self.midnight(start), self.midnight(end)))
            end = start
        return tuple(reversed(found))


def _span(window: Window) -> Span:
    if window.kind is WindowKind.PROGRAM_YEAR:
        return Span(1, PeriodUnit.YEAR)
    return Span(window.count or 1, window.unit or PeriodUnit.DAY)
