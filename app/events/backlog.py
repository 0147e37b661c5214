"""How far the order of events is behind what is committed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.persistence.database import Database

_SQL = """
SELECT (SELECT MAX(sequence) FROM event) AS newest,
    (SELECT id FROM event WHERE sequence IS NULL ORDER BY written LIMIT 1) AS waiting
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events have their number, and for how long one waits for it, in seconds."""

    numbered: int
    lag_seconds: float


async def backlog(database: Database, now: datetime) -> Backlog:
    """The backlog at a moment of real time.

    The age of the oldest committed event without a number is the age of its id: that is made from
    real time, whatever the time of the business.
    """
    [row] = await database.read(lambda: database.rows(_SQL.strip(), ()))
    waiting = row["waiting"]
    lag = now.timestamp() - _made_at(UUID(str(waiting))) if waiting else 0.0
    return Backlog(row["newest"] or 0, max(lag, 0.0))


def _made_at(id: UUID) -> float:
    """When a UUIDv7 was made, in seconds since 1970."""
    return (id.int >> 80) / 1000
