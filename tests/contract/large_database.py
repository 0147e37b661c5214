"""A large database out of a full one: one row of each growing table, copied thousands of times.

The copies are made by the database itself, from what the models say of their columns: keys lead to
the copies of other tables, names and numbers that must differ get the copy's number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise import fields as orm
from tortoise.connection import get_connection
from tortoise.fields.relational import ForeignKeyFieldInstance

from app.persistence import models
from app.persistence.database import WRITER, Database, Dialect
from app.persistence.models.base import Record, SortKeyField

# Rows of other partners, and rows that hang on the same parents. One partner must not have most of
# a table: reading it all would be the best plan.
OTHERS, HOT = 3_000, 1_000
# A client has few subscriptions, one of them live; a person few invitations, one of them pending.
OWN = {"invitation": {"advisor_id", "client_user_id"}, "subscription": {"client_id"}}
# Few records take another one back; most values of the column are null.
SOME = {"activity_record": "reverses_id"}
# What belongs to one of several parents: those of its even rows, and those of its odd ones.
EITHER = {"invitation": {"advisor_id": 0, "client_id": 1, "client_user_id": 1}}
INSTEAD = {
    # Nobody works in a client twice at a time.
    "advisor_assignment": {"ended_at": "t.assigned_at"},
    "standing": {"tier_rank": "s.n % 5"},
    # Its CHECK is a least value, not a list of them.
    "activity_record": {"position": f"{OTHERS} + s.n"},
}
SERIES = {
    "postgres": "generate_series({first}, {last}) s(n)",
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s"
    " WHERE n < {last}) SELECT n FROM s) s",
}
ID = {
    "postgres": "CAST('{table:08x}-0000-7000-8000-' || lpad(to_hex(s.n), 12, '0') AS uuid)",
    "sqlite": "'{table:08x}-0000-7000-8000-' || printf('%012x', s.n)",
}
LATER = {
    "postgres": "{was} + make_interval(secs => s.n)",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S+00:00', {was}, s.n || ' seconds')",
}

Model = type[Record]


def growing() -> list[Model]:
    """The models with more rows for every partner: each row is a partner's, or a partner.

    To be asked once the database is open: keys are columns from then on.
    """
    found = [getattr(models, name) for name in models.__all__]
    return [m for m in found if m is models.Partner or "partner_id" in m._meta.fields_map]


async def multiply(database: Database, hot: Mapping[Model, UUID]) -> None:
    """Copy rows under parents of their own, then under the `hot` ones (a partner among them)."""
    copies: list[str] = []
    order = _parents_first()
    for position, model in enumerate(order):
        done = set(order[:position])
        others = Copy(database.dialect, model, done, hot[models.Partner], {})
        copies.append(others.sql(1, OTHERS))
        more = Copy(database.dialect, model, done, hot[models.Partner], hot)
        copies.append(more.sql(OTHERS + 1, OTHERS + HOT))
    await get_connection(WRITER).execute_script(f"BEGIN;{';'.join(copies)};COMMIT")


def _parents_first() -> list[Model]:
    """The growing models, each behind those that its rows refer to."""
    order: list[Model] = []
    waiting = growing()
    while waiting:
        ready = [m for m in waiting if not {*_links(m).values()} & {*waiting} - {m}]
        # Items and versions refer to each other: what may be null can come later.
        nearly = [m for m in waiting if not _required(m) & {*waiting}]
        order.append([*ready, *nearly][0])
        waiting.remove(order[-1])
    return order


def _links(model: Model) -> dict[str, Model]:
    """The foreign keys of a model: column and model."""
    fields = model._meta.fields_map.items()
    return {
        f"{name}_id": field.related_model  # type: ignore[misc]
        for name, field in fields
        if isinstance(field, ForeignKeyFieldInstance)
    }


def _required(model: Model) -> set[Model]:
    return {m for name, m in _links(model).items() if not model._meta.fields_map[name].null}


@dataclass
class Copy:
    """Copies of one row of a table that belongs to `partner`.

    Keys to `done` models lead to their copies, or to the `hot` row of the model.
    """

    dialect: Dialect
    model: Model
    done: set[Model]
    partner: UUID
    hot: Mapping[Model, UUID]

    def sql(self, first: int, last: int) -> str:
        """The statement that makes the copies with these numbers."""
        meta = self.model._meta
        columns = {name: meta.fields_map[name] for name in meta.db_fields}
        series = SERIES[self.dialect].format(first=first, last=last)
        owner = "id" if self.model is models.Partner else "partner_id"
        return (
            f"INSERT INTO {meta.db_table} ({', '.join(columns)})"
            f" SELECT {', '.join(self._value(name, field) for name, field in columns.items())}"
            f" FROM (SELECT * FROM {meta.db_table} t WHERE t.{owner} = '{self.partner}'"
            f" ORDER BY t.id LIMIT 1) t CROSS JOIN {series} WHERE TRUE ON CONFLICT DO NOTHING"
        )

    def _value(self, name: str, field: Any) -> str:
        was = INSTEAD.get(self.model._meta.db_table, {}).get(name, f"t.{name}")
        unique = field.unique or name in self._unique()
        if name == "id":
            return self._id(self.model)
        if name in _links(self.model):
            return self._key(name, was)
        if isinstance(field, SortKeyField) or (isinstance(field, orm.CharField) and unique):
            return f"{was} || s.n"
        if isinstance(field, (orm.IntField, orm.BigIntField)) and unique:
            return f"{OTHERS} + s.n"
        if isinstance(field, orm.DatetimeField):
            return LATER[self.dialect].format(was=was)
        return was

    def _key(self, name: str, was: str) -> str:
        target = _links(self.model)[name]
        turn = EITHER.get(self.model._meta.db_table, {}).get(name)
        if turn is not None:
            hot = target in self.hot and name not in self._alone()
            known = "CAST('{}' AS uuid)" if self.dialect == "postgres" else "'{}'"
            key = known.format(self.hot[target]) if hot else self._id(target)
            return f"CASE WHEN s.n % 2 = {turn} THEN {key} END"
        if SOME.get(self.model._meta.db_table) == name:
            return f"CASE WHEN s.n % 10 = 0 THEN {self._id(target)} END"
        if target in self.hot and name not in self._alone():
            return f"'{self.hot[target]}'"
        if target not in self.done:
            return was
        return f"CASE WHEN {was} IS NOT NULL THEN {self._id(target)} END"

    def _id(self, model: Model) -> str:
        return ID[self.dialect].format(table=growing().index(model))

    def _unique(self) -> set[str]:
        """The columns that copies must differ in, but for those with a closed list of values."""
        meta = self.model._meta
        listed = {check.name for check in meta.constraints}
        names = {"domain", *(name for unique in meta.unique_together for name in unique)}
        return {name for name in names if f"ck_{meta.db_table}_{name}" not in listed}

    def _alone(self) -> set[str]:
        """Keys that cannot be hot: of those that are unique together the last."""
        links, grows = _links(self.model), growing()
        keys = [u for u in self.model._meta.unique_together if {*u} <= {*links}]
        last = {[name for name in unique if links[name] in grows][-1] for unique in keys}
        return last | OWN.get(self.model._meta.db_table, set())
