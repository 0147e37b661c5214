"""Identifiers: UUIDv7 in the database, so that they sort by time; a public form of them outside."""

import re
from uuid import UUID

from uuid_utils.compat import uuid7

_HEX = re.compile(r"[0-9a-f]{32}")


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()


def id_prefix(type_name: str) -> str:
    """What the public ids of a type begin with: `ClientUser` gives `client_user_`."""
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in type_name)
    return words.lstrip("_") + "_"


def global_id(type_name: str, id: UUID) -> str:
    """The public id of a row: unique in the API, such as `client_` and 32 hex digits."""
    return id_prefix(type_name) + id.hex


def parse_global_id(type_name: str, text: str) -> UUID | None:
    """The row behind a public id of this type; None for any other text."""
    prefix = id_prefix(type_name)
    hex = text.removeprefix(prefix)
    return UUID(hex) if text.startswith(prefix) and _HEX.fullmatch(hex) else None
