"""What all models share: UUIDv7 keys, their tenancy, names that sort alike everywhere."""

from collections.abc import Iterable
from typing import Any, ClassVar

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from app.domain.ids import new_id
from app.persistence.tenancy import Tenancy


class Record(Model):
    """A table row with a UUIDv7 key.

    The first line of a model's docstring becomes its table comment in migrations: no semicolon in
    it, or Tortoise cuts the statement in two there.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)

    # Declared by every model; a contract test walks them.
    tenancy: ClassVar[Tenancy]

    class Meta:
        abstract = True


class SortKeyField(fields.CharField):
    """A name made comparable by `sort_key`: ordered by code point on both databases."""

    def __init__(self, max_length: int = 200, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    class _db_postgres:  # noqa: N801 - the name Tortoise looks up
        def __init__(self, field: "SortKeyField") -> None:
            self.field = field

        @property
        def SQL_TYPE(self) -> str:  # noqa: N802 - the name Tortoise looks up
            return f'VARCHAR({self.field.max_length}) COLLATE "C"'


def code(**kwargs: Any) -> Any:
    """A column for one value of a closed list; a CHECK constraint holds it to the list."""
    return fields.CharField(max_length=32, **kwargs)


def belongs_to(model: str, **kwargs: Any) -> Any:
    """A foreign key: rows are archived, never deleted, so the database refuses to orphan one."""
    return fields.ForeignKeyField(
        f"models.{model}",
        related_name=False,
        on_delete=fields.RESTRICT,
        db_index=False,
        **kwargs,
    )


def one_of(table: str, column: str, values: Iterable[str]) -> CheckConstraint:
    """Hold a column to a closed list."""
    listed = ", ".join(f"'{value}'" for value in values)
    return check(table, column, f"{column} IN ({listed})")


def check(table: str, name: str, sql: str) -> CheckConstraint:
    """Hold every row of a table to a condition."""
    return CheckConstraint(check=sql, name=f"ck_{table}_{name}")
