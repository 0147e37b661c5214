"""Boundaries of windows and periods, in zones with days of 23 and 25 hours, across leap years."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.programs.model import MonthDay, Span, Window
from app.domain.programs.periods import Calendar, Interval, shift
from app.domain.programs.vocabulary import PeriodUnit, WindowKind
from tests.unit.domain.programs.ledger import at

DAY, MONTH, QUARTER, HALF_YEAR, YEAR = PeriodUnit
AUCKLAND, NEW_YORK = "Pacific/Auckland", "America/New_York"
TICK = timedelta(microseconds=1)


def rolling(count, unit):
    return Window(WindowKind.ROLLING, count, unit)


def buckets(count, unit):
    return Window(WindowKind.EACH_BUCKET, count, unit)


@pytest.mark.parametrize(
    ("day", "count", "unit", "times", "expected"),
    [
        ("2024-02-29", 12, MONTH, -1, "2023-02-28"),
        ("2024-02-29", 1, YEAR, -1, "2023-02-28"),
        ("2024-02-29", 4, YEAR, -1, "2020-02-29"),
        ("2023-02-28", 12, MONTH, 1, "2024-02-28"),
        ("2026-03-31", 1, MONTH, -1, "2026-02-28"),
        ("2024-03-31", 1, MONTH, -1, "2024-02-29"),
        ("2026-01-31", 1, MONTH, 1, "2026-02-28"),
        ("2026-01-31", 1, MONTH, -1, "2025-12-31"),
        ("2026-08-31", 1, QUARTER, -1, "2026-05-31"),
        ("2026-05-31", 1, QUARTER, -1, "2026-02-28"),
        ("2026-08-31", 1, HALF_YEAR, -1, "2026-02-28"),
        ("2026-03-01", 1, DAY, -1, "2026-02-28"),
        ("2026-12-15", 1, MONTH, 1, "2027-01-15"),
    ],
)
def test_a_month_from_its_last_day_ends_on_a_last_day(day, count, unit, times, expected):
    assert shift(date.fromisoformat(day), Span(count, unit), times) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("UTC", "2026-03-02", "2026-03-02T00:00", 24),
        (NEW_YORK, "2026-03-02", "2026-03-02T05:00", 24),
        (NEW_YORK, "2026-03-08", "2026-03-08T05:00", 23),
        (NEW_YORK, "2026-11-01", "2026-11-01T04:00", 25),
        (AUCKLAND, "2026-04-05", "2026-04-04T11:00", 25),
        (AUCKLAND, "2026-09-27", "2026-09-26T12:00", 23),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00", 23),  # there is no midnight: 01:00
        ("America/Havana", "2026-11-01", "2026-11-01T04:00", 25),  # midnight comes twice
        ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15", 24),
    ],
)
def test_a_day_begins_at_local_midnight(zone, day, begins, hours):
    calendar, first = Calendar(zone), date.fromisoformat(day)
    start, end = calendar.midnight(first), calendar.midnight(first + timedelta(days=1))
    assert (start, end - start) == (at(begins), timedelta(hours=hours))
    assert calendar.day(start) == calendar.day(end - TICK) == first
    assert calendar.midnight_from(start) == start
    assert calendar.midnight_from(start + TICK) == end


@pytest.mark.parametrize(
    ("day", "count", "unit", "year_start", "first", "after"),
    [
        ("2026-07-14", 1, YEAR, MonthDay(7, 15), "2025-07-15", "2026-07-15"),
        ("2026-07-15", 1, YEAR, MonthDay(7, 15), "2026-07-15", "2027-07-15"),
        ("2026-07-14", 1, MONTH, MonthDay(7, 15), "2026-06-15", "2026-07-15"),
        ("2026-01-01", 1, QUARTER, MonthDay(7, 15), "2025-10-15", "2026-01-15"),
        ("2026-02-10", 1, HALF_YEAR, MonthDay(7, 15), "2026-01-15", "2026-07-15"),
        ("2026-02-27", 1, MONTH, MonthDay(1, 31), "2026-01-31", "2026-02-28"),
        ("2026-02-28", 1, MONTH, MonthDay(1, 31), "2026-02-28", "2026-03-31"),
        ("2024-02-29", 1, YEAR, MonthDay(2, 28), "2024-02-28", "2025-02-28"),
        ("2026-12-31", 1, QUARTER, MonthDay(1, 1), "2026-10-01", "2027-01-01"),
        ("2026-06-30", 1, HALF_YEAR, MonthDay(1, 1), "2026-01-01", "2026-07-01"),
        ("2027-06-30", 2, YEAR, MonthDay(1, 1), "2026-01-01", "2028-01-01"),
        ("1969-12-31", 1, YEAR, MonthDay(1, 1), "1969-01-01", "1970-01-01"),
        ("2026-03-02", 1, DAY, MonthDay(7, 15), "2026-03-02", "2026-03-03"),
    ],
)
def test_periods_count_from_the_day_on_which_the_program_year_begins(
    day, count, unit, year_start, first, after
):
    found = Calendar("UTC", year_start).period(date.fromisoformat(day), Span(count, unit))
    assert found == (date.fromisoformat(first), date.fromisoformat(after))


@pytest.mark.parametrize(
    ("window", "moment", "zone", "start"),
    [
        (rolling(12, MONTH), "2026-03-02T09:30", "UTC", "2025-03-02T00:00"),
        (rolling(12, MONTH), "2024-02-29T09:30", "UTC", "2023-02-28T00:00"),
        (rolling(12, MONTH), "2025-02-28T09:30", "UTC", "2024-02-28T00:00"),
        (rolling(1, MONTH), "2026-03-31T09:30", "UTC", "2026-02-28T00:00"),
        (rolling(1, DAY), "2026-03-02T00:00", "UTC", "2026-03-01T00:00"),
        (rolling(1, DAY), "2026-03-09T12:00", NEW_YORK, "2026-03-08T05:00"),
        (rolling(90, DAY), "2026-03-31T12:00", NEW_YORK, "2025-12-31T05:00"),
        # In Auckland it is the next day already, in New York still the one before.
        (rolling(1, DAY), "2026-03-02T20:00", AUCKLAND, "2026-03-01T11:00"),
        (rolling(1, DAY), "2026-03-02T03:00", NEW_YORK, "2026-02-28T05:00"),
        (Window(WindowKind.CALENDAR, unit=MONTH), "2026-03-01", "UTC", "2026-03-01"),
        (Window(WindowKind.CALENDAR, unit=MONTH), "2026-02-28T23:59", "UTC", "2026-02-01"),
        (Window(WindowKind.CALENDAR, unit=MONTH), "2026-03-31T11:00", AUCKLAND, "2026-03-31T11:00"),
        (Window(WindowKind.CALENDAR, unit=MONTH), "2026-03-31T10:59", AUCKLAND, "2026-02-28T11:00"),
        (Window(WindowKind.CALENDAR, unit=YEAR), "2026-01-01", "UTC", "2026-01-01"),
        (Window(WindowKind.CALENDAR, unit=QUARTER), "2026-06-30T23:00", "UTC", "2026-04-01"),
        (Window(WindowKind.PROGRAM_YEAR), "2026-07-14T23:59", "UTC", "2025-07-15"),
        (Window(WindowKind.PROGRAM_YEAR), "2026-07-15", "UTC", "2026-07-15"),
    ],
)
def test_a_window_begins_at_a_midnight_and_ends_with_the_moment(window, moment, zone, start):
    calendar = Calendar(zone, MonthDay(7, 15))
    [interval] = calendar.intervals(window, at(moment))
    assert interval.start == at(start)
    assert interval.start in interval and interval.start - TICK not in interval
    assert at(moment) in interval and at(moment) + TICK not in interval


def test_lifetime_has_no_beginning():
    [interval] = Calendar().intervals(Window(WindowKind.LIFETIME), at("2026-03-02"))
    assert interval == Interval(None, at("2026-03-02") + TICK)
    assert at("1970-01-01") in interval


@pytest.mark.parametrize(
    ("window", "moment", "zone", "edges"),
    [
        (buckets(3, MONTH), "2026-02-14", "UTC", "2025-11-01 2025-12-01 2026-01-01 2026-02-01"),
        (buckets(2, QUARTER), "2026-03-31T23:59", "UTC", "2025-07-01 2025-10-01 2026-01-01"),
        (buckets(2, QUARTER), "2026-04-01", "UTC", "2025-10-01 2026-01-01 2026-04-01"),
        (buckets(2, HALF_YEAR), "2026-03-02", "UTC", "2025-01-01 2025-07-01 2026-01-01"),
        (buckets(2, YEAR), "2026-12-31T23:59", "UTC", "2024-01-01 2025-01-01 2026-01-01"),
        (buckets(2, DAY), "2024-03-01", "UTC", "2024-02-28 2024-02-29 2024-03-01"),
        (
            buckets(2, DAY),
            "2026-03-09T12:00",
            NEW_YORK,
            "2026-03-07T05:00 2026-03-08T05:00 2026-03-09T04:00",
        ),
        # The first instant of a month in Auckland completes the month before.
        (buckets(1, MONTH), "2025-12-31T11:00", AUCKLAND, "2025-11-30T11:00 2025-12-31T11:00"),
        (buckets(1, MONTH), "2025-12-31T10:59", AUCKLAND, "2025-10-31T11:00 2025-11-30T11:00"),
    ],
)
def test_buckets_are_the_last_complete_calendar_periods(window, moment, zone, edges):
    found = Calendar(zone, MonthDay(7, 15)).intervals(window, at(moment))
    cuts = [at(each) for each in edges.split()]
    assert found == tuple(Interval(*each) for each in pairwise(cuts))


@pytest.mark.parametrize(
    ("window", "moment", "start", "end"),
    [
        (rolling(12, MONTH), "2026-03-02T09:30", "2024-03-02", "2025-03-02"),
        (rolling(30, DAY), "2026-03-02T09:30", "2026-01-01", "2026-01-31"),
        (Window(WindowKind.CALENDAR, unit=MONTH), "2026-03-01T09:30", "2026-02-01", "2026-02-02"),
        (Window(WindowKind.CALENDAR, unit=MONTH), "2026-03-27T09:30", "2026-02-01", "2026-02-28"),
        (Window(WindowKind.CALENDAR, unit=MONTH), "2026-03-28T09:30", "2026-02-01", "2026-03-01"),
        (Window(WindowKind.CALENDAR, unit=MONTH), "2026-03-31T09:30", "2026-02-01", "2026-03-01"),
        (Window(WindowKind.CALENDAR, unit=MONTH), "2026-04-29T09:30", "2026-03-01", "2026-03-30"),
        # A whole month stands beside a whole month, whatever their lengths.
        (Window(WindowKind.CALENDAR, unit=MONTH), "2026-04-30T09:30", "2026-03-01", "2026-04-01"),
        (Window(WindowKind.CALENDAR, unit=YEAR), "2024-02-29T09:30", "2023-01-01", "2023-03-01"),
        (Window(WindowKind.CALENDAR, unit=YEAR), "2025-02-28T09:30", "2024-01-01", "2024-03-01"),
        (Window(WindowKind.PROGRAM_YEAR), "2026-07-15T09:30", "2025-07-15", "2025-07-16"),
        (Window(WindowKind.PROGRAM_YEAR), "2026-07-14T09:30", "2024-07-15", "2025-07-15"),
    ],
)
def test_growth_compares_with_the_same_days_of_the_period_before(window, moment, start, end):
    found = Calendar("UTC", MonthDay(7, 15)).interval_before(window, at(moment))
    assert found == Interval(at(start), at(end))


zones = st.sampled_from(
    ["UTC", AUCKLAND, NEW_YORK, "Africa/Cairo", "America/Havana", "Asia/Kathmandu", "Pacific/Apia"]
)
month_days = st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda d: MonthDay(d.month, d.day))
calendars = st.builds(Calendar, zones, month_days)
moments = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
spans = st.builds(Span, st.integers(1, 24), st.sampled_from(PeriodUnit))


@settings(max_examples=300, deadline=None)
@given(calendars, moments, spans)
def test_periods_follow_each_other_without_gap_or_overlap(calendar, moment, span):
    day = calendar.day(moment)
    first, after = calendar.period(day, span)
    assert first <= day < after
    assert calendar.period(first, span) == calendar.period(after - timedelta(days=1), span)
    assert calendar.period(after, span)[0] == after
    assert calendar.period(first - timedelta(days=1), span)[1] == first


@settings(max_examples=300, deadline=None)
@given(calendars, moments, spans)
def test_the_next_period_is_always_later(calendar, moment, span):
    following = calendar.next_period(moment, span)
    assert moment < following < calendar.next_period(following, span)
    assert calendar.next_period(following - TICK, span) == following


@settings(max_examples=300, deadline=None)
@given(calendars, moments, spans, st.sampled_from(WindowKind))
def test_a_moment_is_within_its_windows_and_after_its_buckets(calendar, moment, span, kind):
    found = calendar.intervals(Window(kind, span.count, span.unit), moment)
    if kind is not WindowKind.EACH_BUCKET:
        [interval] = found
        assert moment in interval and moment + TICK not in interval
        return
    assert len(found) == span.count
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(each.start < each.end or calendar.zone == "Pacific/Apia" for each in found)
    # The period that the moment is in is not complete.
    unit = Span(1, span.unit)
    assert (
        found[-1].end
        <= moment
        < calendar.midnight(calendar.period(calendar.day(moment), unit, MonthDay(1, 1))[1])
    )


@settings(max_examples=300, deadline=None)
@given(
    calendars,
    moments,
    spans,
    st.sampled_from([WindowKind.ROLLING, WindowKind.CALENDAR, WindowKind.PROGRAM_YEAR]),
)
def test_what_growth_compares_with_ends_before_its_window(calendar, moment, span, kind):
    window = Window(kind, span.count if kind is WindowKind.ROLLING else None, span.unit)
    [interval] = calendar.intervals(window, moment)
    before = calendar.interval_before(window, moment)
    assert before.start <= before.end <= interval.start
