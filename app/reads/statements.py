"""The SQL of a level, in both dialects. Every statement carries the actor's scope on its table."""

from collections.abc import Mapping
from typing import Any

from app.auth.scope import predicate
from app.persistence.database import Dialect
from app.persistence.sql import in_list
from app.reads.pages import PageRequest
from app.reads.plan import Level, Viewpoint, check_scope
from app.reads.sources import Filter, TypeSource


class Statements:
    """Builds statements for one dialect and one viewpoint."""

    def __init__(self, dialect: Dialect, viewpoint: Viewpoint) -> None:
        self.dialect = dialect
        self.audience = viewpoint.audience
        self.scopes = viewpoint.scopes

    def scope(self, source: TypeSource) -> str:
        """The condition on alias `t` that the model's tenancy gives this kind of actor."""
        return predicate(source.model.tenancy, self.audience)

    def by_keys(self, level: Level, order: str, join: str, where: str, keyed: bool = True) -> str:
        """All rows of a level for the bound list of keys, or (not keyed) all that are visible."""
        key = level.columns.sql[0]
        conditions = [in_list(key, "keys", self.dialect)] if keyed else []
        conditions += [self.scope(level.type), *([where] if where else [])]
        ordering = f" ORDER BY {order}" if order else ""
        return (
            f"SELECT {', '.join(level.columns.sql)} {self._from(level.type, join)}"
            f" WHERE {' AND '.join(conditions)}{ordering}"
        )

    def page(self, level: Level, request: PageRequest, join: str, where: str) -> str:
        """One page of rows for each of the bound keys: each is a walk along an index."""
        source, key = level.type, level.columns.sql[0]
        order = self._ordering(request)
        if self.dialect == "postgres":
            named = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(level.columns.sql))
            listed = ", ".join(f"x.c{i}" for i in range(len(level.columns.sql)))
            sort = next(
                i for i, sql in enumerate(level.columns.sql) if sql == request.order.sql and i
            )
            inner = (
                f"SELECT {named} {self._from(source, join)}"
                f" WHERE {key} = k.key AND {self._slice(source, request, where)}"
                f" ORDER BY {order} LIMIT :limit"
            )
            direction = "DESC" if request.reversed_scan else "ASC"
            id_at = level.columns.sql.index("t.id", 1) if key != "t.id" else 0
            return (
                f"SELECT {listed} FROM unnest(CAST(:keys AS uuid[])) AS k(key)"
                f" CROSS JOIN LATERAL ({inner}) x"
                f" ORDER BY x.c{sort} {direction}, x.c{id_at} {direction}"
            )
        inner = (
            f"SELECT t.id {self._from(source, join)}"
            f" WHERE {key} = k.value AND {self._slice(source, request, where)}"
            f" ORDER BY {order} LIMIT :limit"
        )
        return (
            f"SELECT {', '.join(level.columns.sql)} FROM json_each(:keys) k"
            f" JOIN {source.table} t ON t.id IN ({inner})"
            f" {source.join} {join} WHERE {key} = k.value ORDER BY {order}"
        )

    def whole_page(self, level: Level, request: PageRequest, where: str) -> str:
        """One page of all rows that are visible."""
        return (
            f"SELECT {', '.join(level.columns.sql)} {self._from(level.type, '')}"
            f" WHERE {self._slice(level.type, request, where)}"
            f" ORDER BY {self._ordering(request)} LIMIT :limit"
        )

    def count(self, source: TypeSource, key: str | None, join: str, where: str) -> str:
        """How many rows each bound key has, or how many there are in all."""
        conditions = [in_list(key, "keys", self.dialect)] if key else []
        conditions += [self.scope(source), *([where] if where else [])]
        selected, grouped = (f"{key}, ", f" GROUP BY {key}") if key else ("", "")
        return (
            f"SELECT {selected}COUNT(*) {self._from(source, join)}"
            f" WHERE {' AND '.join(conditions)}{grouped}"
        )

    def filters(
        self, declared: Mapping[str, Filter], arguments: Mapping[str, Any]
    ) -> tuple[list[str], dict[str, Any]]:
        """Conditions and bound values for the filter arguments that are set.

        Raises NotInScope for a filter that an APP's scopes do not cover.
        """
        conditions: list[str] = []
        values: dict[str, Any] = {}
        for name, value in arguments.items():
            if value is None or name not in declared:
                continue
            found, bound = declared[name], f"f_{name}"
            check_scope(self.scopes, found.permission, f"the filter {name}")
            if found.many:
                values[bound] = [found.convert(item) for item in value]
                among = in_list(found.sql, bound, self.dialect)
                condition = found.inside.replace("{among}", among)
            else:
                values[bound] = found.convert(value)
                condition = found.sql.replace("{v}", f":{bound}")
            if found.over:
                scope = predicate(found.over.tenancy, self.audience)
                condition = condition.replace("{scope}", scope)
            conditions.append(condition)
        return conditions, values

    def _from(self, source: TypeSource, join: str) -> str:
        return " ".join(part for part in (f"FROM {source.table} t", source.join, join) if part)

    def _slice(self, source: TypeSource, request: PageRequest, where: str) -> str:
        conditions = [self.scope(source), *([where] if where else [])]
        if request.position is not None:
            sign = "<" if request.reversed_scan else ">"
            conditions.append(f"({request.order.sql}, t.id) {sign} (:after_key, :after_id)")
        return " AND ".join(conditions)

    def _ordering(self, request: PageRequest) -> str:
        direction = "DESC" if request.reversed_scan else "ASC"
        return f"{request.order.sql} {direction}, t.id {direction}"
