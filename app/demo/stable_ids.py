"""Giving rows that use cases have made ids that follow from the seed."""

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
    """Write the tables' rows anew under ids of the moment `at`, inside the open unit of work.

    A row that says when it was created has an id of that moment.

    `tables` are all that refer to one another, those referred to first.
    """
    new_ids: dict[UUID, UUID] = {}
    rows = Rows()
    for table in tables:
        found = [_renamed(row, new_ids) for row in await table.all().values()]
        # Everything but the id itself is the same at every load, so it gives the order.
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
