"""Migrations: Tortoise's, applied so that rows, indexes and foreign keys survive on SQLite."""

from collections.abc import Callable
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor, PlanStep
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.operations import RemoveIndex
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.transactions import in_transaction

from app.persistence.database import WRITER, Database


class DatabaseTooNew(Exception):
    """The database was migrated by a newer release than this one."""


class BrokenReferences(Exception):
    """A migration left rows that refer to missing rows; it was rolled back."""


async def pending(database: Database) -> list[str]:
    """Names of the migrations that are still to be applied, in order.

    Raises DatabaseTooNew if the database has one that this release does not know.
    """
    return [step.migration.name for step in await _plan(database)]


async def migrate(
    database: Database, report: Callable[[str], None] = lambda name: None
) -> list[str]:
    """Apply all pending migrations, each in one transaction with its own record of it.

    Returns their names. Raises DatabaseTooNew, or BrokenReferences with nothing of that migration
    applied.
    """
    steps = await _plan(database)
    if not steps:
        return []
    client = get_connection(WRITER)
    if database.dialect == "sqlite":
        # A rebuilt table is dropped and renamed: with the keys on, its children would go with it.
        # The pragma does nothing inside a transaction, so it has to be set out here.
        await client.execute_script("PRAGMA foreign_keys=OFF")
    try:
        for step in steps:
            await _apply(database, step)
            report(step.migration.name)
    finally:
        if database.dialect == "sqlite":
            await client.execute_script("PRAGMA foreign_keys=ON")
    return [step.migration.name for step in steps]


def _executor(database: Database, client: BaseDBAsyncClient) -> MigrationExecutor:
    return MigrationExecutor(client, database.config["apps"])


async def _plan(database: Database) -> list[PlanStep]:
    client = get_connection(WRITER)
    executor = _executor(database, client)
    await executor.loader.build_graph()
    editor = executor._schema_editor(atomic=False)
    await executor.recorder.ensure_schema(editor)
    applied = await executor.recorder.applied_migrations()
    unknown = [key.name for key in applied if key not in executor.loader.graph.nodes]
    if unknown:
        raise DatabaseTooNew(
            f"The database has migrations that this release does not know: {', '.join(unknown)}."
            " Start the release that made them, or a newer one."
        )
    return await executor.plan()


async def _apply(database: Database, step: PlanStep) -> None:
    executor = _executor(database, get_connection(WRITER))
    await executor.loader.build_graph()
    applied = set(await executor.recorder.applied_migrations())
    state = await executor._project_state(applied)
    async with in_transaction(WRITER) as transaction:
        indexes = await _indexes(transaction) if database.dialect == "sqlite" else {}
        editor = executor._schema_editor(atomic=True)
        editor.client = transaction
        await step.migration.apply(state, dry_run=False, schema_editor=editor)
        if database.dialect == "sqlite":
            await _restore_indexes(transaction, indexes, step)
            await _check_references(transaction)
        key = MigrationKey(step.migration.app_label, step.migration.name)
        await MigrationRecorder(transaction).record_applied(key.app_label, key.name)


async def _indexes(client: BaseDBAsyncClient) -> dict[str, str]:
    _, rows = await client.execute_query(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    )
    return {row["name"]: row["sql"] for row in rows}


async def _restore_indexes(
    client: BaseDBAsyncClient, before: dict[str, str], step: PlanStep
) -> None:
    # Rebuilding a table drops its indexes without a word. What the migration removed on purpose
    # stays away; what it could not keep (a dropped column) fails loudly here.
    removed = {op.name for op in step.migration.operations if isinstance(op, RemoveIndex)}
    sql_texts = " ".join(getattr(op, "sql", "") for op in step.migration.operations if _has_sql(op))
    after = await _indexes(client)
    for name, sql in before.items():
        if name not in after and name not in removed and f"DROP INDEX {name}" not in sql_texts:
            await client.execute_query(sql)


def _has_sql(operation: Any) -> bool:
    return isinstance(getattr(operation, "sql", None), str)


async def _check_references(client: BaseDBAsyncClient) -> None:
    _, rows = await client.execute_query("PRAGMA foreign_key_check")
    if rows:
        broken = ", ".join(sorted({f"{row['table']} -> {row['parent']}" for row in rows}))
        raise BrokenReferences(f"The migration would leave broken references: {broken}")
