"""Replace the ids of rows that use cases created with ids derived from the seed."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from app.demo.bulk_insert import Row, Rows, write
from app.demo.ids import id_at
from app.persistence.database import Database
from app.persistence.models.base import Record


async def assign_stable_ids(
    database: Database, tables: Sequence[type[Record]], at: datetime, random: Random
) -> None:
    """Rewrite the tables' rows with ids of the time `at`, inside the open unit of work.

    A row with a creation time gets an id of that time.

    `tables` are all tables that refer to each other, referenced ones first.
    """
    new_ids: dict[UUID, UUID] = {}
    rows = Rows()
    for table in tables:
        found = [_renamed(row, new_ids) for row in await table.all().values()]
        # Order by everything but the id: the rest is the same in every load.
        for row in sorted(found, key=_stable_key):
            new_ids[row["id"]] = id_at(row.get("created_at") or at, random)
            rows.add(table, **row | {"id": new_ids[row["id"]]})
    for table in reversed(tables):
        await table.all().delete()
    await write(database, rows)


def _renamed(row: Row, new_ids: dict[UUID, UUID]) -> Row:
    return {
        name: new_ids.get(value, value) if isinstance(value, UUID) else value
        for name, value in row.items()
    }


def _stable_key(row: dict[str, Any]) -> str:
    return repr(sorted((name, value) for name, value in row.items() if name != "id"))
