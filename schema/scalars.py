"""Scalars, each with its format documented."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NewType

import strawberry

from app.domain.timestamps import parse_date, parse_timestamp

DateTime = NewType("DateTime", datetime)
Date = NewType("Date", date)
Cursor = NewType("Cursor", str)
CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)
EmailAddress = NewType("EmailAddress", str)
DecimalText = NewType("DecimalText", str)
JSONObject = NewType("JSONObject", dict[str, Any])


def _write_time(value: Any) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text.replace("+00:00", "Z")


def _read_time(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("Write a DateTime as text such as 2026-03-01T09:30:00Z.")
    return parse_timestamp(value)


def _read_date(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError("Write a Date as text such as 2026-03-01.")
    return parse_date(value)


def _matching(name: str, pattern: str, example: str) -> Callable[[Any], str]:
    compiled = re.compile(pattern)

    def read(value: Any) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ValueError(f"{str(value)[:60]!r} is not a {name} such as {example}.")
        return value

    return read


def _read_decimal(value: Any) -> str:
    # No exponents: a short text must not stand for a number of a million digits.
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,12})?", value):
        return value
    raise ValueError(f'{str(value)[:40]!r} is not a Decimal such as "0.25" (as text).')


SCALARS: Mapping[object, Any] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC as RFC 3339 text, such as `2026-03-01T09:30:00Z`. Inputs may "
        "have another offset, which is converted; other forms of ISO 8601 are refused.",
        serialize=_write_time,
        parse_value=_read_time,
    ),
    Date: strawberry.scalar(
        name="Date",
        description="A day of the calendar, such as `2026-03-01`; the field defines its time zone.",
        serialize=str,
        parse_value=_read_date,
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description="An opaque position in a list or in a stream of events. Store it unchanged "
        "and do not parse it.",
        serialize=str,
        parse_value=_matching("Cursor", r"[A-Za-z0-9_=-]{1,1000}", "one that this API gave"),
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="An ISO 4217 currency code in capitals, such as `USD`.",
        serialize=str,
        parse_value=_matching("CurrencyCode", r"[A-Z]{3}", "USD"),
    ),
    CountryCode: strawberry.scalar(
        name="CountryCode",
        description="A country of ISO 3166-1 by its two letters in capitals, such as `DE`.",
        serialize=str,
        parse_value=_matching("CountryCode", r"[A-Z]{2}", "DE"),
    ),
    EmailAddress: strawberry.scalar(
        name="EmailAddress",
        description="An email address such as `ada@example.com`, 254 characters at most.",
        serialize=str,
        parse_value=_matching("EmailAddress", r"(?=.{3,254}$)[^@\s]+@[^@\s]+\.[^@\s.]+", "a@b.com"),
    ),
    DecimalText: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number as text, such as `"0.25"`: never a float.',
        serialize=str,
        parse_value=_read_decimal,
    ),
    JSONObject: strawberry.scalar(
        name="JSONObject",
        description="A JSON object whose keys depend on the kind of thing it belongs to.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
