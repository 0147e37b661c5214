"""Locks on names: for rules over rows that have no common row to lock."""

from app.persistence.database import Database


async def lock_names(database: Database, *names: str) -> None:
    """Let one unit of work at a time go on that locks any of these names, until it ends.

    Lock names once in a unit of work, before its first write: several are locked in one order, so
    that no two units wait for each other. SQLite has one writer at a time anyway.
    """
    if database.dialect == "postgres":
        await database.rows(
            "SELECT pg_advisory_xact_lock(s.key) FROM (SELECT DISTINCT hashtextextended(n, 0)"
            " AS key FROM unnest($1::text[]) n ORDER BY 1) s",
            [list(names)],
        )
