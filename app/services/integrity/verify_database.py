"""Look through a database: whether it is whole, and of a release that this one can read."""

from dataclasses import dataclass
from typing import Any

from app.persistence.database import Database
from app.persistence.migrate import pending
from app.services.audit.verify_audit import verify_audit

# Of what retention has deleted only the newest event of each partner is left.
_GAPS = """
WITH kept AS (
    SELECT e.sequence, e.partner_id, e.partner_sequence, v.events_deleted_through AS horizon
    FROM event e CROSS JOIN vendor v WHERE e.sequence > v.events_deleted_through
), numbers AS (
    SELECT NULL AS partner, COUNT(*) AS found, MIN(horizon) + 1 AS lowest, MAX(sequence) AS highest
    FROM kept
    UNION ALL
    SELECT CAST(partner_id AS VARCHAR(36)), COUNT(*), MIN(partner_sequence), MAX(partner_sequence)
    FROM kept WHERE partner_id IS NOT NULL GROUP BY partner_id
)
SELECT partner, found, lowest, highest FROM numbers WHERE found <> highest - lowest + 1
"""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: migrations that are to be applied, and what is wrong, in sentences.

    With migrations to be applied, events and the audit trail were not looked at.
    """

    pending: tuple[str, ...]
    faults: tuple[str, ...]


async def verify_database(database: Database) -> Verified:
    """Look at the migrations, the numbers of the events, and the chain of the audit trail.

    Raises DatabaseTooNew.
    """
    if missing := await pending(database):
        return Verified(tuple(missing), ())
    rows: Any = await database.read(lambda: database.rows(_GAPS.strip(), ()))
    faults = [
        f"Of the events {row['lowest']} to {row['highest']}"
        f"{' of partner ' + row['partner'] if row['partner'] else ''} there are {row['found']}."
        for row in rows
    ]
    faults += (await verify_audit(database, ())).faults
    return Verified((), tuple(faults))
