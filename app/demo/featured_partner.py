"""The partner of the demo's keys and examples, and how rows for them are chosen."""

from collections.abc import Mapping
from typing import Any

from app.persistence.database import Database
from app.persistence.sql import bind

BIG_PARTNER = """
SELECT p.id, p.name, p.slug FROM partner p JOIN client c ON c.partner_id = p.id
WHERE p.status = 'ACTIVE' GROUP BY p.id, p.name, p.slug ORDER BY COUNT(*) DESC, p.id LIMIT 1
"""


async def first_row(database: Database, sql: str, **values: Any) -> Mapping[str, Any] | None:
    """Return the first row of a query with `:name` parameters, or None."""
    text, bound = bind(sql, values, database.dialect)
    rows = await database.read(lambda: database.rows(text, bound))
    return rows[0] if rows else None
