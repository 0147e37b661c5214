"""What a database's schema promises, read from the database itself, alike for both dialects."""

import re
from typing import Any

from tortoise.connection import get_connection

from app.persistence.database import WRITER, Database

Catalog = dict[str, set[Any]]

_CHECK = re.compile(r'CONSTRAINT "(ck_\w+)" CHECK')
_RECORD = "tortoise_migrations"


async def read_catalog(database: Database) -> Catalog:
    """Columns, indexes, foreign keys and checks; an index is its columns, not its name.

    Columns: (table, name, nullable). Indexes: (table, columns, unique, partial). Foreign keys:
    (table, column, parent). Checks: (table, name).
    """
    return await (_of_postgres if database.dialect == "postgres" else _of_sqlite)()


async def _rows(sql: str) -> list[dict[str, Any]]:
    return await get_connection(WRITER).execute_query_dict(sql)


async def _of_sqlite() -> Catalog:
    found: Catalog = {"columns": set(), "indexes": set(), "keys": set(), "checks": set()}
    tables = await _rows(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        f" AND name <> '{_RECORD}'"
    )
    for table in tables:
        name = table["name"]
        found["checks"] |= {(name, check) for check in _CHECK.findall(table["sql"])}
        for column in await _rows(f"PRAGMA table_info({name})"):
            found["columns"].add((name, column["name"], not column["notnull"]))
        for key in await _rows(f"PRAGMA foreign_key_list({name})"):
            found["keys"].add((name, key["from"], key["table"]))
        for index in await _rows(f"PRAGMA index_list({name})"):
            columns = await _rows(f"PRAGMA index_info({index['name']})")
            found["indexes"].add(
                (
                    name,
                    tuple(column["name"] for column in columns),
                    bool(index["unique"]),
                    bool(index["partial"]),
                )
            )
    return found


async def _of_postgres() -> Catalog:
    columns = await _rows(
        "SELECT table_name, column_name, is_nullable = 'YES' AS nullable"
        " FROM information_schema.columns"
        f" WHERE table_schema = 'public' AND table_name <> '{_RECORD}'"
    )
    indexes = await _rows(
        "SELECT t.relname AS name, i.indisunique, i.indpred IS NOT NULL AS partial,"
        " ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k(number, place)"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.place)"
        " AS columns"
        " FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid"
        " JOIN pg_namespace n ON n.oid = t.relnamespace"
        f" WHERE n.nspname = 'public' AND t.relname <> '{_RECORD}'"
    )
    constraints = await _rows(
        "SELECT t.relname AS name, c.contype::text AS kind, c.conname AS constraint_name,"
        " p.relname AS parent, a.attname AS column"
        " FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
        " LEFT JOIN pg_class p ON p.oid = c.confrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]"
        " WHERE c.contype IN ('c', 'f') AND c.connamespace = 'public'::regnamespace"
    )
    return {
        "columns": {(row["table_name"], row["column_name"], row["nullable"]) for row in columns},
        "indexes": {
            (row["name"], tuple(row["columns"]), row["indisunique"], row["partial"])
            for row in indexes
        },
        "keys": {
            (row["name"], row["column"], row["parent"]) for row in constraints if row["kind"] == "f"
        },
        "checks": {
            (row["name"], row["constraint_name"]) for row in constraints if row["kind"] == "c"
        },
    }
