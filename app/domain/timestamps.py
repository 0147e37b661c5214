"""Timestamps and dates as text (RFC 3339, section 5.6): the only parser of what users write."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]"
    r"(?P<time>[0-9]{2}:[0-9]{2}:)(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?:[Zz]|(?P<offset>[+-][0-9]{2}:[0-9]{2}))"
)


def parse_timestamp(text: str) -> datetime:
    """Parse a text such as `2026-03-01T09:30:00+02:00`, and return the time in UTC.

    Fractions of a second are cut to microseconds. A leap second, the last of a month in UTC, counts
    as the first second of the next one. Raises ValueError with a sentence for the user for any
    other form of ISO 8601, and for times outside the years 1 to 9999.
    """
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(_reason(text))
    leap = match["second"] == "60"
    second = "59" if leap else match["second"]
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    plain = f"{match['date']}T{match['time']}{second}.{fraction}{match['offset'] or '+00:00'}"
    try:
        moment = datetime.fromisoformat(plain).astimezone(UTC)
        return _after_leap_second(moment) if leap else moment
    except (ValueError, OverflowError) as error:
        raise ValueError(_reason(text)) from error


def parse_date(text: str) -> date:
    """Parse a text such as `2026-03-01`. Raises ValueError likewise."""
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError(f"{text[:40]!r} is not a date such as 2026-03-01.")


def parse_timestamp_or_date(text: str, zone: tzinfo) -> datetime:
    """Return a timestamp, or the midnight of a date in `zone`, in UTC.

    Raises ValueError likewise.
    """
    if not _DATE.fullmatch(text):
        return parse_timestamp(text)
    day = parse_date(text)
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(_reason(text)) from error


def _after_leap_second(before: datetime) -> datetime:
    after = before + timedelta(seconds=1)
    if after.day != 1 or after.hour or after.minute:
        raise ValueError("leap seconds are at the end of a month")
    return after


def _reason(text: str) -> str:
    if re.fullmatch(r"[^Zz+]{10,}[Tt][0-9:.]+", text):
        return (
            f"{text[:40]!r} has no time zone. End it with Z or an offset such as +02:00, as in"
            " 2026-03-01T09:30:00Z."
        )
    return f"{text[:40]!r} is not a timestamp such as 2026-03-01T09:30:00Z."
