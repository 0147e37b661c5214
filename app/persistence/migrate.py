"""Migrations: Tortoise's, applied so that rows, indexes and foreign keys survive on SQLite."""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor, PlanStep
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import (
    AsyncpgSchemaEditor,
    BaseSchemaEditor,
    SqliteSchemaEditor,
)
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model
from tortoise.transactions import in_transaction

from app.persistence.database import WRITER, Database, tortoise_config

_UNIQUE = re.compile(r'CONSTRAINT "(\w+)" UNIQUE \(([^)]*)\)')


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
        state = await _state(database)
        for step in steps:
            await _apply(database, step, state)
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


async def _state(database: Database) -> State:
    """The models as the applied migrations left them; each further one moves it on."""
    executor = _executor(database, get_connection(WRITER))
    await executor.loader.build_graph()
    applied = set(await executor.recorder.applied_migrations())
    connections = {
        label: config.get("default_connection", "default")
        for label, config in executor.loader.apps_config.items()
    }
    state = LazyState({}, ChangedModels(default_connections=connections))
    for key in executor._full_plan():
        if key in applied and (migration := executor.loader.graph.nodes[key]):
            await migration.apply(state, dry_run=True)
    return state


class ChangedModels(StateApps):
    """Tortoise's, which prepares the models for queries that an operation changed.

    Tortoise prepares all models after each operation, which took most of the time of migrating.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepared: dict[type[Model], frozenset[str]] = {}

    def _build_initial_querysets(self) -> None:
        models = self.apps
        # A relation from another model adds a field, to a model that is otherwise as it was.
        fields = {
            model: frozenset(model._meta.fields_map)
            for of_app in models.values()
            for model in of_app.values()
            if model._meta._inited
        }
        changed = {model for model in fields if self._prepared.get(model) != fields[model]}
        self.apps = {
            label: {name: model for name, model in of_app.items() if model in changed}
            for label, of_app in models.items()
        }
        try:
            super()._build_initial_querysets()
        finally:
            self.apps = models
        self._prepared = fields


class LazyState(State):
    """Tortoise's, whose copies build the models only for who asks for them.

    Every operation gets a copy of the state before it, and few look. Building the models of all
    tables for each took three quarters of the time of a first start.
    """

    def clone(self) -> State:
        """A copy that may be looked at later, whatever becomes of this one meanwhile."""
        models = {key: model.clone() for key, model in self.models.items()}
        return _Copy(models, self.apps)


class _Copy(State):
    def __init__(self, models: dict[tuple[str, str], ModelState], original: StateApps) -> None:
        self.models, self._original = models, original

    @cached_property
    def apps(self) -> StateApps:  # type: ignore[override]
        return self._original.clone(model_states=self.models)


async def _apply(database: Database, step: PlanStep, state: State) -> None:
    async with in_transaction(WRITER) as transaction:
        editor = _schema_editor(database, transaction)
        await step.migration.apply(state, dry_run=False, schema_editor=editor)
        if database.dialect == "sqlite":
            await _check_references(transaction)
        key = MigrationKey(step.migration.app_label, step.migration.name)
        await MigrationRecorder(transaction).record_applied(key.app_label, key.name)


def _schema_editor(database: Database, client: BaseDBAsyncClient) -> BaseSchemaEditor:
    kind = AsyncpgSchemaEditor if database.dialect == "postgres" else KeepingSchemaEditor
    return kind(client, atomic=True)


class KeepingSchemaEditor(SqliteSchemaEditor):
    """Tortoise's, but a table that it rebuilds keeps its indexes and its unique constraints.

    SQLite alters a table by making it again. Tortoise makes it without either, and says nothing. An
    index on a column that goes has to be removed first: it fails here.
    """

    async def _remake_table(self, model: type[Model], *args: Any, **kwargs: Any) -> None:
        table = model._meta.db_table
        kept = await self._unique_constraints(table) + await self._indexes(table)
        await super()._remake_table(model, *args, **kwargs)
        for sql in kept:
            await self.client.execute_query(sql)

    async def _indexes(self, table: str) -> list[str]:
        return await self._texts("type = 'index' AND tbl_name = ? AND sql IS NOT NULL", table)

    async def _unique_constraints(self, table: str) -> list[str]:
        # They come back as indexes of the same names, which is what they are on SQLite anyway.
        [definition] = await self._texts("type = 'table' AND name = ?", table)
        return [
            f'CREATE UNIQUE INDEX "{name}" ON "{table}" ({columns})'
            for name, columns in _UNIQUE.findall(definition)
        ]

    async def _texts(self, condition: str, table: str) -> list[str]:
        _, rows = await self.client.execute_query(
            f"SELECT sql FROM sqlite_master WHERE {condition}", [table]
        )
        return [row["sql"] for row in rows]


async def _check_references(client: BaseDBAsyncClient) -> None:
    _, rows = await client.execute_query("PRAGMA foreign_key_check")
    if rows:
        broken = ", ".join(sorted({f"{row['table']} -> {row['parent']}" for row in rows}))
        raise BrokenReferences(f"The migration would leave broken references: {broken}")


# For `make migration`, which looks at the models and at no database.
TOOLING = tortoise_config("sqlite:///nowhere")
