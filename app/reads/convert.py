"""Column values as the drivers give them, made into values of a JSON response."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app.domain.ids import id_prefix
from app.reads.sources import Kind


def _hex(raw: Any) -> str:
    return raw.replace("-", "") if isinstance(raw, str) else raw.hex


def _time(raw: Any) -> Any:
    # A datetime is encoded as it is: that is quicker than any way of making text of it here.
    return raw.replace(" ", "T", 1).replace("+00:00", "Z") if isinstance(raw, str) else raw


def _decimal(raw: Any) -> str:
    value = Decimal(raw).normalize()
    return f"{value:f}"


def _json(raw: Any) -> Any:
    return orjson.loads(raw) if isinstance(raw, (str, bytes)) else raw


_CONVERTERS: dict[Kind, Callable[[Any], Any]] = {
    "time": _time,
    "decimal": _decimal,
    "json": _json,
    "bool": bool,
    "uuid": str,
}


def converter(kind: Kind, type_name: str) -> Callable[[Any], Any] | None:
    """The function for a kind of column; None where the driver's value is right as it is."""
    if kind == "id":
        prefix = id_prefix(type_name)
        return lambda raw: prefix + _hex(raw)
    return _CONVERTERS.get(kind)


def to_cursor_value(kind: Kind, raw: Any) -> Any:
    """A sort key's value as it stands in a cursor."""
    if kind == "time" and not isinstance(raw, str):
        return raw.isoformat(" ")
    return raw if isinstance(raw, (str, int)) else str(raw)


def from_cursor_value(kind: Kind, value: Any) -> Any:
    """A sort key's value out of a cursor. Raises ValueError for one that no row can have."""
    if kind == "int":
        # JSON's true is an int to Python; the databases hold 64 bits.
        if type(value) is not int or not -(2**63) <= value < 2**63:
            raise ValueError("not a number")
        return value
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("not text")
    if kind == "time":
        return _moment(value)
    return UUID(value) if kind == "uuid" else value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("without a zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of the calendar") from error
