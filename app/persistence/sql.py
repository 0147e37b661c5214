"""SQL text with named parameters, in both dialects. Values are always bound, never written in.

A statement is written once, with `:name` for a value; `statement` and `bind` turn it into what the
driver takes.
Lists are bound as one value, so that a statement's text does not depend on how many there are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app.persistence.database import Dialect

_NAME = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")


def in_list(expression: str, name: str, dialect: Dialect) -> str:
    """The condition that an expression is among the values of the list `:name`."""
    if dialect == "postgres":
        return f"{expression} = ANY(:{name})"
    return f"{expression} IN (SELECT value FROM json_each(:{name}))"


@dataclass(frozen=True, slots=True)
class Statement:
    """Driver text, and the names of its values by position."""

    text: str
    names: tuple[str, ...]
    dialect: Dialect

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """The values that go with the text."""
        return [_driver_value(given[name], self.dialect) for name in self.names]


def statement(sql: str, dialect: Dialect) -> Statement:
    """A statement with named parameters, made ready for the driver."""
    names: list[str] = []

    def place(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in names:
            names.append(name)
        return f"{'$' if dialect == 'postgres' else '?'}{names.index(name) + 1}"

    return Statement(_NAME.sub(place, sql), tuple(names), dialect)


def bind(sql: str, values: Mapping[str, Any], dialect: Dialect) -> tuple[str, list[Any]]:
    """Driver text and positional values for a statement with named parameters."""
    made = statement(sql, dialect)
    return made.text, made.values(values)


def _driver_value(value: Any, dialect: Dialect) -> Any:
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [_driver_value(item, dialect) for item in value]
        return items if dialect == "postgres" else orjson.dumps(items).decode()
    if dialect == "sqlite":
        if isinstance(value, (UUID, Decimal)):
            return str(value)
        if isinstance(value, datetime):
            # As Tortoise writes it, so that text compares as time does.
            return value.isoformat(" ")
    return value
