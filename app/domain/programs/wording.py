"""Values of a program file as text, and their changes as sentences."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from app.domain.programs.model import Json


def change(where: str, what: str, before: Json, after: Json) -> Iterator[str]:
    """Yield one sentence if a value changes, else none. None and "" mean no value."""
    if before == after:
        return
    if before in (None, ""):
        yield f"{where}: {what} is now {words(after)}."
    elif after in (None, ""):
        yield f"{where}: {what} is dropped (before: {words(before)})."
    else:
        yield f"{where}: {what} {_verb(before, after)} from {words(before)} to {words(after)}."


def words(value: Json) -> str:
    """Return a value on one line: `12 MONTH`, `LEADS, AFTER_SALES`, `kind GRACE, days 30`."""
    if isinstance(value, Mapping):
        if value.keys() == {"count", "unit"}:
            return f"{value['count']} {value['unit']}"
        inner = (f"{key} {_bracketed(each)}" for key, each in value.items())
        return ", ".join(inner)
    if isinstance(value, list | tuple):
        return ", ".join(_bracketed(each) for each in value)
    return " ".join(str(value).split())


def spelled(key: str) -> str:
    """Return a key of the file as words: "the response hours" for `responseHours`."""
    return "the " + re.sub(r"([A-Z])", lambda found: " " + found[0].lower(), key)


def _bracketed(value: Json) -> str:
    return f"({words(value)})" if isinstance(value, Mapping | list | tuple) else words(value)


def _verb(before: Json, after: Json) -> str:
    old, new = _number(before), _number(after)
    if old is None or new is None or old == new:
        return "changes"
    return "rises" if new > old else "falls"


def _number(value: Json) -> Decimal | None:
    if not isinstance(value, int | str) or isinstance(value, bool):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
