"""Ids of demo rows: UUIDv7 in shape and order, but the same for the same seed."""

from datetime import datetime
from random import Random
from uuid import UUID

_VERSION_7 = 7 << 76
_VARIANT = 2 << 62


def id_at(moment: datetime, random: Random, order: int | None = None) -> UUID:
    """Return a UUIDv7 of a time. `order` (0 to 4095) orders those of the same millisecond."""
    milliseconds = int(moment.timestamp() * 1000)
    within = random.getrandbits(12) if order is None else order & 0xFFF
    return UUID(
        int=milliseconds << 80 | _VERSION_7 | within << 64 | _VARIANT | random.getrandbits(62)
    )
