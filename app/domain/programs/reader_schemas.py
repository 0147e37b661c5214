"""What readers accept, as JSON Schema, declared next to each reader."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

Schema: TypeAlias = Mapping[str, Any]
R = TypeVar("R", bound=Callable[..., Any])

_SCHEMAS: dict[Callable[..., Any], Schema] = {}


def accepts(schema: Schema) -> Callable[[R], R]:
    """Return a decorator that declares what a reader accepts."""

    def mark(reader: R) -> R:
        _SCHEMAS[reader] = schema
        return reader

    return mark


def schema_of(reader: Callable[..., Any]) -> Schema:
    """Return what a reader accepts. Raises KeyError if that was not declared."""
    return _SCHEMAS[reader]


def object_schema(
    required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: Any
) -> Schema:
    """Return the schema of an object with these keys and no others."""
    found: dict[str, Any] = {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }
    return found | ({"required": list(required)} if required else {}) | more
