"""What a database holds, seen from outside of all servers, and whether it is in one piece."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.database_templates import FILE
from tests.faults.servers import Place, until

Rows = dict[str, list[str]]
# Ids, and hashes over them, that a call makes anew.
_MADE = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")
_NOT_OURS = "tortoise_migrations"


@dataclass
class Outside:
    """A connection of the test's own to the database of a place: none at all on SQLite."""

    place: Place
    postgres: asyncpg.Connection | None = None
    _tables: tuple[str, ...] = ()

    async def select(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        if self.postgres:
            return [tuple(row) for row in await self.postgres.fetch(sql)]
        with closing(self._sqlite()) as connection:
            return connection.execute(sql).fetchall()

    async def number(self, sql: str) -> int:
        """The one number that a statement gives."""
        [[value]] = await self.select(sql)
        return int(value)

    async def rows(self) -> Rows:
        """All rows of all tables, as texts."""
        if self.postgres:
            return await self._postgres_rows(self.postgres)
        with closing(self._sqlite()) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {
                name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"')))
                for (name,) in tables.fetchall()
                if name != _NOT_OURS
            }

    async def whole(self) -> bool:
        """Whether the database, without a server, is in one piece and nobody's any more."""
        if self.postgres:
            await self._nobody_else(self.postgres)
            return True
        with closing(self._sqlite()) as connection:
            checked = connection.execute("PRAGMA integrity_check").fetchall()
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        return checked == [("ok",)] and broken == []

    async def _postgres_rows(self, connection: asyncpg.Connection) -> Rows:
        if not self._tables:
            found = await connection.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
            self._tables = tuple(name for (name,) in found if name != _NOT_OURS)
        # A sequence of PostgreSQL's, which counts what was rolled back too.
        each = (
            f"SELECT '{name}', (TO_JSONB(t) - 'written')::text FROM \"{name}\" t"
            for name in self._tables
        )
        rows: Rows = {name: [] for name in self._tables}
        for name, text in await connection.fetch(" UNION ALL ".join(each)):
            rows[name].append(text)
        return {name: sorted(texts) for name, texts in rows.items()}

    async def _nobody_else(self, connection: asyncpg.Connection) -> None:
        """Wait until the sessions of the killed are gone, and with them their locks."""

        async def alone() -> bool:
            others = await connection.fetchval(
                "SELECT COUNT(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return not others

        await until(alone)

    def _sqlite(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.place.data / FILE}?mode=rw", uri=True, timeout=10)


@asynccontextmanager
async def outside(place: Place) -> AsyncIterator[Outside]:
    """Look at the database of a place."""
    if not place.database_url:
        yield Outside(place)
        return
    connection = await asyncpg.connect(place.database_url)
    try:
        yield Outside(place, connection)
    finally:
        await connection.close()


def known(rows: Rows) -> set[str]:
    """The ids and hashes in these rows."""
    return {found for texts in rows.values() for text in texts for found in _MADE.findall(text)}


def alike(rows: Rows, known_before: set[str]) -> Rows:
    """The rows without what two equal calls make differently: their new ids and hashes."""

    def masked(found: re.Match[str]) -> str:
        return found[0] if found[0] in known_before else "*"

    return {name: sorted(_MADE.sub(masked, text) for text in texts) for name, texts in rows.items()}


def differences(rows: Rows, others: Rows) -> dict[str, list[str]]:
    """What only one of two has, by table."""
    return {
        name: sorted(set(rows[name]) ^ set(others[name])) or [f"{len(rows[name])} rows"]
        for name in rows
        if rows[name] != others[name]
    }
