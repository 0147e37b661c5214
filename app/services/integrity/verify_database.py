"""Look through a database: whether it is whole, and of a release that this one can read."""

from dataclasses import dataclass
from typing import Any

from app.persistence.database import Database
from app.persistence.migrate import pending
from app.services.audit.verify_audit import verify_audit

# Of what retention has deleted only the newest event of each partner is left.
_GAPS = """
WITH kept AS (
    SELECT e.sequence, e.partner_id, e.partner_sequence, v.horizon
    FROM event e CROSS JOIN
        (SELECT COALESCE(MAX(events_deleted_through), 0) AS horizon FROM vendor) v
    WHERE e.sequence > v.horizon
), numbers AS (
    SELECT NULL AS partner, COUNT(*) AS found, MIN(horizon) + 1 AS lowest, MAX(sequence) AS highest
    FROM kept
    UNION ALL
    SELECT CAST(partner_id AS VARCHAR(36)), COUNT(*), MIN(partner_sequence), MAX(partner_sequence)
    FROM kept WHERE partner_id IS NOT NULL GROUP BY partner_id
)
SELECT partner, found, lowest, highest FROM numbers WHERE found <> highest - lowest + 1
"""
_APPLIED = "SELECT COUNT(*) AS number FROM tortoise_migrations"
_VENDORS = "SELECT COUNT(*) AS number FROM vendor"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: migrations that are to be applied, and what is wrong, in sentences.

    With migrations to be applied, events and the audit trail were not checked. `empty` is a
    database that nobody has migrated, or set up.
    """

    pending: tuple[str, ...]
    faults: tuple[str, ...]
    empty: bool


async def verify_database(database: Database) -> Verified:
    """Look at the migrations, the numbers of the events, and the chain of the audit trail.

    Raises DatabaseTooNew.
    """
    if missing := await pending(database):
        return Verified(tuple(missing), (), not await _number(database, _APPLIED))
    rows: Any = await database.read(lambda: database.rows(_GAPS.strip(), ()))
    faults = [
        f"Of the events {row['lowest']} to {row['highest']}"
        f"{' of partner ' + row['partner'] if row['partner'] else ''} there are {row['found']}."
        for row in rows
    ]
    faults += (await verify_audit(database, ())).faults
    return Verified((), tuple(faults), not await _number(database, _VENDORS))


async def _number(database: Database, sql: str) -> int:
    [row] = await database.read(lambda: database.rows(sql, ()))
    number: int = row["number"]
    return number
