"""What all tables hold, in a few bytes: for tests that nothing was written."""

from tortoise import Tortoise
from tortoise.models import Model

from app.persistence.database import Database


async def digest(database: Database) -> dict[str, str]:
    """A fingerprint of each table's rows, by table, in one statement."""
    tables = [model for model in Tortoise.apps["models"].values() if model._meta.db_table]
    text = _postgres if database.dialect == "postgres" else _sqlite
    rows = await database.rows(" UNION ALL ".join(text(model) for model in tables), [])
    return {row["name"]: row["rows"] for row in rows}


def _postgres(model: type[Model]) -> str:
    table = model._meta.db_table
    return (
        f"SELECT '{table}' AS name, MD5(STRING_AGG(t::text, '|' ORDER BY t.id::text)) AS rows"
        f" FROM {table} t"
    )


def _sqlite(model: type[Model]) -> str:
    table = model._meta.db_table
    columns = model._meta.fields_db_projection.values()
    row = " || ',' || ".join(f"QUOTE({column})" for column in columns)
    return (
        f"SELECT '{table}' AS name, GROUP_CONCAT(line, '|') AS rows"
        f" FROM (SELECT {row} AS line FROM {table} ORDER BY id)"
    )
