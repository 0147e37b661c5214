"""Readers of times and durations."""

import re
from datetime import UTC, date, datetime, tzinfo

from app.domain.programs.location import Place, Reader, members, quoted, read
from app.domain.programs.model import Json, MonthDay, Span
from app.domain.programs.problems import ProblemKind
from app.domain.programs.reader_schemas import accepts, object_schema, schema_of
from app.domain.programs.readers import choice, whole
from app.domain.programs.vocabulary import PeriodUnit
from app.domain.timestamps import parse_timestamp_or_date

_MAX_COUNT = 1000
# Far from the ends of the calendar, so that windows stay within it.
_FIRST_YEAR, _END_YEAR = 1970, 2200
# Any year without a 29 February.
_COMMON_YEAR = 2001


@accepts(
    {
        "type": "string",
        "pattern": r"^\d{4}-\d\d-\d\d([Tt ].*)?$",
        "description": "A date (its midnight in UTC), or a moment with an offset from UTC.",
    }
)
def moment(place: Place) -> datetime | None:
    """Read a date (its midnight in UTC) or a time with an offset from UTC. Returns UTC."""
    return _read_moment(place, UTC)


def moment_in(zone: tzinfo) -> Reader[datetime]:
    """Return a reader of a date (its midnight in the zone) or a time with an offset, which returns
    UTC.
    """
    return lambda place: _read_moment(place, zone)


def _read_moment(place: Place, zone: tzinfo) -> datetime | None:
    try:
        found = _moment(place.value, zone)
        if not _FIRST_YEAR <= found.year < _END_YEAR:
            raise ValueError(found)
        return found
    except (ValueError, OverflowError):
        place.wrong(
            ProblemKind.INVALID,
            f"{quoted(place.value)} is not a moment.",
            "Write 2026-01-31, or 2026-01-31T09:00:00Z with an offset from UTC, in the years "
            f"{_FIRST_YEAR} to {_END_YEAR - 1}.",
        )
        return None


def _moment(value: object, zone: tzinfo) -> datetime:
    if isinstance(value, str):
        return parse_timestamp_or_date(value, zone)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=zone).astimezone(UTC)
    raise ValueError(value)


def moment_text(value: datetime) -> str:
    """Return the canonical text of a time: ISO 8601 in UTC, to the second if that is exact."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


@accepts(schema_of(moment))
def moment_json(place: Place) -> Json:
    """Read a time as JSON."""
    found = moment(place)
    return None if found is None else moment_text(found)


_count = whole(1, _MAX_COUNT)
_unit = choice(PeriodUnit)


@accepts(object_schema({"count": schema_of(_count), "unit": schema_of(_unit)}))
def span(place: Place) -> Span | None:
    """Read a duration: `{count: 12, unit: MONTH}`."""
    keys = members(place, ["count", "unit"])
    count = read(keys.get("count"), _count)
    unit = read(keys.get("unit"), _unit)
    return None if count is None or unit is None else Span(count, unit)


@accepts(schema_of(span))
def span_json(place: Place) -> Json:
    """Read a duration as JSON."""
    found = span(place)
    return None if found is None else {"count": found.count, "unit": found.unit.value}


@accepts({"type": "string", "pattern": r"^\d\d-\d\d$"})
def month_day(place: Place) -> MonthDay | None:
    """Read a day of every year, written "07-01"; never 29 February."""
    try:
        if not re.fullmatch(r"\d\d-\d\d", str(place.value)):
            raise ValueError(place.value)
        found = date.fromisoformat(f"{_COMMON_YEAR}-{place.value}")
    except ValueError:
        place.wrong(
            ProblemKind.INVALID,
            f"{quoted(place.value)} is not a day of every year.",
            'Write month and day like "07-01".',
        )
        return None
    return MonthDay(found.month, found.day)
