"""What the models call unique is unique in the database, on both."""

from tortoise import Tortoise
from tortoise.fields.relational import RelationalField

from app.persistence.database import Database

ON_POSTGRES = """
SELECT c.relname AS "table", array_agg(a.attname ORDER BY k.place) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
JOIN unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) ON TRUE
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
WHERE i.indisunique AND i.indpred IS NULL GROUP BY c.relname, i.indexrelid
"""
ON_SQLITE = """
SELECT m.name AS "table", group_concat(x.name) AS columns
FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) x
WHERE m.type = 'table' AND l."unique" = 1 AND l.partial = 0 GROUP BY m.name, l.name
"""


async def unique_in(database: Database) -> set[tuple[str, frozenset[str]]]:
    rows = await database.rows(ON_POSTGRES if database.dialect == "postgres" else ON_SQLITE, [])
    return {(row["table"], frozenset(_names(row["columns"]))) for row in rows}


def _names(columns: str | list[str]) -> list[str]:
    return columns.split(",") if isinstance(columns, str) else columns


async def test_what_is_declared_unique_is_unique(database: Database) -> None:
    declared = set()
    for model in Tortoise.apps["models"].values():
        meta = model._meta
        for field in meta.fields_map.values():
            if field.unique and not isinstance(field, RelationalField):
                declared.add(
                    (meta.db_table, frozenset({field.source_field or field.model_field_name}))
                )
        declared |= {(meta.db_table, frozenset(columns)) for columns in meta.unique_together}
    assert len(declared) > 50
    assert declared <= await unique_in(database)
