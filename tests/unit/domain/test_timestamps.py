"""Timestamps and dates as users write them: RFC 3339, and nothing else of ISO 8601."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.timestamps import parse_date, parse_timestamp, parse_timestamp_or_date


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01t09:30:00z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00+02:00", datetime(2026, 3, 1, 7, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00-00:00", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00.5Z", datetime(2026, 3, 1, 9, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-03-01T09:30:00.1234567899Z", datetime(2026, 3, 1, 9, 30, 0, 123_456, tzinfo=UTC)),
        # Leap seconds, in UTC and seen from elsewhere.
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("1990-12-31T15:59:60-08:00", datetime(1991, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60.25Z", datetime(2017, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_timestamp(text: str, moment: datetime) -> None:
    assert parse_timestamp(text) == moment and parse_timestamp(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-01", "2026-03-01T09:30:00", "2026-03-01 09:30:00Z", "2026-03-01T09:30Z"),
        *("20260301T093000Z", "2026-W09-7T09:30:00Z", "2026-060T09:30:00Z", "2026-03-01T09Z"),
        *("2026-03-01T09:30:00+0200", "2026-03-01T09:30:00+02", "2026-03-01T09:30:00+02:00:30"),
        *(
            "2026-03-01T09:30:00,5Z",
            "2026-03-01T09:30:00.Z",
            "2026-03-01T24:00:00Z",
            "2026-02-30T09:30:00Z",
        ),
        *(
            "2026-03-01T09:30:60Z",
            "2026-03-01T23:59:60Z",
            "2026-03-01T09:30:61Z",
            "26-03-01T09:30:00Z",
        ),
        *("2026-03-01T09:30:00+24:00", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:60Z"),
        *("9999-12-31T23:59:59-01:00", "٢٠٢٦-03-01T09:30:00Z", "", "now", "2026-03-01T09:30:00Z\n"),
    ],
)
def test_what_is_no_timestamp(text: str) -> None:
    with pytest.raises(ValueError, match=r"2026-03-01T09:30:00Z\.$"):
        parse_timestamp(text)


@pytest.mark.parametrize(
    "text",
    ["2026-W09-7", "20260301", "2026-3-1", "2026-02-30", "٢٠٢٦-٠٣-٠١", "2026-03-01T00:00:00Z"],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date such as 2026-03-01"):
        parse_date(text)


def test_a_date_is_a_midnight_of_its_zone() -> None:
    assert parse_date("2026-03-01") == date(2026, 3, 1)
    berlin = ZoneInfo("Europe/Berlin")
    assert parse_timestamp_or_date("2026-07-01", berlin) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert parse_timestamp_or_date("2026-07-01T00:00:00Z", berlin) == datetime(
        2026, 7, 1, tzinfo=UTC
    )


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)),  # noqa: DTZ001
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
)
def test_every_moment_reads_back(naive: datetime, minutes: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_timestamp(moment.isoformat()) == moment


@given(st.text(st.sampled_from("0123456789-:.+TtZzW "), max_size=30) | st.text(max_size=30))
def test_any_text_is_a_moment_or_explained(text: str) -> None:
    try:
        assert parse_timestamp(text).tzinfo is UTC
    except ValueError as error:
        assert str(error).endswith(".")
