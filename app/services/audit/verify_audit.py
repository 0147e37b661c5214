"""Look through the audit trail: whether it is as it was written."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.audit import FIELDS, GENESIS, Anchor, faults
from app.persistence.database import Database
from app.persistence.models import AuditEntry

# Entries in memory at a time.
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: the end of the chain, and what is wrong, a sentence for each fault."""

    end: Anchor
    faults: tuple[str, ...]


async def verify_audit(database: Database, anchors: Sequence[Anchor]) -> Verified:
    """Compute the chain again from its first entry, and compare it with what was stored elsewhere.

    `anchors` are ends of the chain at earlier moments. Entries that were changed, added or taken
    out are found, and that the end was cut off before an anchor; what was cut off behind the last
    anchor cannot be.
    """
    found: list[str] = []
    end = Anchor(0, GENESIS)
    async for entries in _batches(database):
        found += faults(entries, end, anchors)
        end = Anchor(entries[-1]["number"], entries[-1]["hash"])
    if beyond := [each.number for each in anchors if each.number > end.number]:
        found.append(
            f"The trail ends with entry {end.number}; entry {max(beyond)} was anchored: the end"
            " was cut off."
        )
    return Verified(end, tuple(found))


async def _batches(database: Database) -> AsyncIterator[list[dict[str, Any]]]:
    behind = 0
    while True:
        following = AuditEntry.filter(number__gt=behind).order_by("number").limit(BATCH)
        columns = following.values(*FIELDS, "hash")
        entries: list[dict[str, Any]] = await database.read(lambda: columns)  # noqa: B023
        if not entries:
            return
        yield entries
        behind = entries[-1]["number"]
