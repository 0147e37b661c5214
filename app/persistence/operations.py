"""The migration operation that creates a table, whole: with what Tortoise's own leaves out."""

from typing import Any

from tortoise.migrations.constraints import CheckConstraint
from tortoise.migrations.operations import CreateModel
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.models import Model

from app.persistence.row_guards import guard


class CreateTable(CreateModel):
    """Create a table with all its constraints and, on PostgreSQL, its row guards.

    The rows of a table with a column `partner_id` may be written by units of work of that partner,
    and those of any other table by the vendor's alone. `guarded=False` is for a table that units of
    work of all partners write, such as idempotency keys.
    """

    def __init__(self, *args: Any, guarded: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guarded = guarded

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Create the table, then add what belongs to it."""
        await super().database_forward(app_label, old_state, new_state, state_editor)
        if state_editor is None:
            return
        model = new_state.apps.get_model(f"{app_label}.{self.name}")
        constraints = (self.options or {}).get("constraints", ())
        # On SQLite a check rebuilds the table, so checks come first.
        for constraint in sorted(
            constraints, key=lambda each: not isinstance(each, CheckConstraint)
        ):
            await state_editor.add_constraint(model, constraint)
        if self._guarded and state_editor.client.capabilities.dialect == "postgres":
            for sql in guard(model._meta.db_table, _owner(model)):
                await state_editor.client.execute_script(sql)


def _owner(model: type[Model]) -> str | None:
    """SQL for the partner whose row it is, as `guard` takes it."""
    return "{row}.partner_id::text" if "partner_id" in model._meta.fields_map else None
