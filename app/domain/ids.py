"""Identifiers: UUIDv7 in the database, to sort by time, and a public form in the API."""

import re
from uuid import UUID

from uuid_utils.compat import uuid7

_HEX = re.compile(r"[0-9a-f]{32}")


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return uuid7()


def id_prefix(type_name: str) -> str:
    """Return the prefix of the public ids of a type: `client_user_` for `ClientUser`."""
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in type_name)
    return words.lstrip("_") + "_"


def global_id(type_name: str, id: UUID) -> str:
    """Return the public id of a row: unique in the API, such as `client_` and 32 hex digits."""
    return id_prefix(type_name) + id.hex


def parse_global_id(type_name: str, text: str) -> UUID | None:
    """Return the row's id for a public id of this type; None for any other text."""
    prefix = id_prefix(type_name)
    hex = text.removeprefix(prefix)
    return UUID(hex) if text.startswith(prefix) and _HEX.fullmatch(hex) else None
