"""What a statement costs the database: its plan as EXPLAIN tells it, and how far it reads.

A statement is fine if its work is bounded by what it answers, however large the tables are:

- no large table is read as a whole (`Seq Scan`, `SCAN` without an index);
- no page is sorted out of all rows of its parent (`Sort`, `TEMP B-TREE`): it comes along an index;
- neither does it walk far along an index to find the few rows that a condition lets through.

PostgreSQL tells how many rows each step of a plan met (EXPLAIN ANALYZE), so one bound on them says
all three. Drivers prepare statements, and from the sixth time on the server may take a plan that is
blind to the values: the first plan and the seventh are looked at. SQLite tells the steps of a plan
but no rows: there the instructions of its virtual machine are counted, some ten for each row. It is
asked with the statistics of ANALYZE and without, as it is where nobody ran that.

A sort within the bound is fine: a page for each key, the clients that an advisor works in, rows
with equal keys (`Incremental Sort`, `RIGHT PART OF ORDER BY`), a list that is answered as a whole.
"""

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import asyncpg
import orjson
from tortoise.connection import get_connection

from app.persistence.database import WRITER, Database
from tests.conftest import all_tables, empty

INSTRUCTIONS_A_ROW = 10
RUNS = 7
LEFT_OUT = ("Filter", "Index Recheck")

_DRIVERS = logging.getLogger("tortoise.db_client")
_ALIAS = re.compile(r"(?:FROM|JOIN) (\w+) (?:AS )?(\w+)")


class Statement(NamedTuple):
    """A statement as a driver got it, with the values bound."""

    sql: str
    values: list[Any]

    def __hash__(self) -> int:
        return hash((self.sql, repr(self.values)))


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Statement] = []

    def emit(self, record: logging.LogRecord) -> None:
        # The drivers tell of connections as well.
        if record.msg == "%s: %s" and isinstance(record.args, tuple):
            sql, values = record.args
            self.sent.append(Statement(str(sql), list(values or [])))  # type: ignore[call-overload]


@contextmanager
def sent() -> Iterator[list[Statement]]:
    """The statements sent within the block, with their values."""
    collector, level, propagated = _Collector(), _DRIVERS.level, _DRIVERS.propagate
    _DRIVERS.addHandler(collector)
    _DRIVERS.setLevel(logging.DEBUG)
    _DRIVERS.propagate = False
    try:
        yield collector.sent
    finally:
        _DRIVERS.removeHandler(collector)
        _DRIVERS.setLevel(level)
        _DRIVERS.propagate = propagated


async def begin_anew(database: Database) -> None:
    """Empty the tables down to their files.

    On PostgreSQL indexes stay as long as earlier tests made them, and plans are made by that.
    """
    await database.settle()
    if database.dialect == "postgres":
        await get_connection(WRITER).execute_script(f"TRUNCATE {', '.join(all_tables())} CASCADE")
    else:
        await empty(database)


class Explainer:
    """Asks one database how it runs statements, over a connection of its own."""

    def __init__(self, database: Database, large: frozenset[str]) -> None:
        self._database, self._large = database, large
        self._sqlite: list[sqlite3.Connection] = []
        self._postgres: asyncpg.Connection | None = None

    async def open(self) -> None:
        """Connect to the database, which has all its rows by now."""
        if self._database.dialect == "sqlite":
            plain = sqlite3.connect(self._database.url.removeprefix("sqlite://"))
            analyzed = sqlite3.connect(":memory:")
            plain.backup(analyzed)
            analyzed.execute("ANALYZE")
            self._sqlite = [plain, analyzed]
        else:
            self._postgres = await asyncpg.connect(self._database.url)
            await self._postgres.execute("ANALYZE")

    async def close(self) -> None:
        for connection in self._sqlite:
            connection.close()
        if self._postgres:
            await self._postgres.close()

    async def complaints(self, statement: Statement, most: int) -> list[str]:
        """What is wrong with how a statement runs, each with its plan; nothing if it is fine.

        `most` is how many rows it may meet at any step.
        """
        if self._postgres is None:
            # With statistics a row or two of a key are sorted rather than walked in order, where
            # few is all that keys have: how much work that is, is counted in any case.
            plain, analyzed = (
                _on_sqlite(connection, statement, self._large, most) for connection in self._sqlite
            )
            return plain + [told for told in analyzed if not told.startswith("sorts")]
        plans = await _plans(self._postgres, statement)
        return [told for plan in (plans[0], plans[-1]) for told in self._wrong(plan, most)]

    def _wrong(self, steps: list[dict[str, Any]], most: int) -> list[str]:
        plan = "\n".join(f"    {_line(step)}" for step in steps)
        found = [
            f"reads all of {step['Relation Name']}\n{plan}"
            for step in steps
            if step["Node Type"] == "Seq Scan" and step["Relation Name"] in self._large
        ]
        met = max(map(_met, steps))
        return found + ([f"meets {met:.0f} rows\n{plan}"] if met > most else [])


async def _plans(
    connection: asyncpg.Connection, statement: Statement
) -> list[list[dict[str, Any]]]:
    """The steps of each plan that a prepared statement is run with, time after time."""
    given = ", ".join(map(_literal, statement.values))
    await connection.execute(f"PREPARE asked AS {statement.sql}")
    execute = f"EXECUTE asked({given})" if given else "EXECUTE asked"
    try:
        told = [
            await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {execute}")
            for _ in range(RUNS)
        ]
    finally:
        await connection.execute("DEALLOCATE asked")
    return [list(_steps(orjson.loads(text)[0]["Plan"])) for text in told]


def _on_sqlite(
    connection: sqlite3.Connection, statement: Statement, large: frozenset[str], most: int
) -> list[str]:
    tables = {alias: table for table, alias in _ALIAS.findall(statement.sql)}
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values).fetchall()
    steps = [(parent, told) for _, parent, _, told in rows]
    plan = "\n".join(f"    {told}" for _, told in steps)
    found = []
    for parent, told in steps:
        scanned = tables.get(told.removeprefix("SCAN "))
        if scanned in large:
            found.append(f"reads all of {scanned}\n{plan}")
        beside = [other for at, other in steps if at == parent and other.startswith("SEARCH")]
        # A page of each key has been cut where rows are looked up by their ids.
        cut = all(other.endswith(("(id=?)", "(rowid=?)")) for other in beside)
        if told == "USE TEMP B-TREE FOR ORDER BY" and "LIMIT" in statement.sql and not cut:
            found.append(f"sorts\n{plan}")
    if not _done_within(connection, statement, most * INSTRUCTIONS_A_ROW):
        found.append(f"takes more than {most * INSTRUCTIONS_A_ROW} instructions\n{plan}")
    return found


def _done_within(connection: sqlite3.Connection, statement: Statement, most: int) -> bool:
    """Whether a statement comes to its end within so many instructions; it is stopped there."""
    # Called after every so many; anything but zero stops the statement.
    connection.set_progress_handler(lambda: 1, most)
    try:
        connection.execute(statement.sql, statement.values).fetchall()
    except sqlite3.OperationalError as error:
        if str(error) != "interrupted":
            raise
        return False
    finally:
        connection.set_progress_handler(None, most)
    return True


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _steps(inner)


def _met(step: dict[str, Any]) -> float:
    """How many rows a step met each time it ran: those it passed on and those it left out.

    How often it ran is how many rows the step met that it was run for.
    """
    met: float = step["Actual Rows"]
    return met + sum(step.get(f"Rows Removed by {by}", 0) for by in LEFT_OUT)


def _line(step: dict[str, Any]) -> str:
    told = ("Node Type", "Relation Name", "Index Name", "Index Cond", "Filter", "Sort Key")
    return " | ".join([*(str(step[key]) for key in told if key in step), f"met {_met(step):.0f}"])


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        items = ",".join('"' + str(item).replace('"', '\\"') + '"' for item in value)
        return f"'{{{items}}}'"
    return "'" + str(value).replace("'", "''") + "'"
