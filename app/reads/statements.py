"""The SQL of a level, in both dialects. Every statement carries the actor's scope on its table."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.auth.scope import predicate
from app.persistence.database import Dialect
from app.persistence.sql import Statement, in_list, statement
from app.reads.pages import PageRequest
from app.reads.plan import SORT, Level, Viewpoint, check_scope
from app.reads.sources import Filter, Many, One, Page, Paging, TypeSource


class Statements:
    """Writes statements for one dialect and one viewpoint; each level keeps its own."""

    def __init__(self, dialect: Dialect, viewpoint: Viewpoint) -> None:
        self.dialect = dialect
        self.audience = viewpoint.audience
        self.scopes = viewpoint.scopes

    def scope(self, source: TypeSource) -> str:
        """The condition on alias `t` that the model's tenancy gives this kind of actor."""
        return predicate(source.model.tenancy, self.audience)

    def of_keys(self, level: Level) -> Statement:
        """The rows of a level for the bound list of keys."""
        return level.text("keys", lambda: self._list(level))

    def of_all(
        self, level: Level, order: str, declared: Mapping[str, Filter], set_: Mapping[str, Any]
    ) -> Statement:
        """All rows of a level that are visible, in one order; filters that are `set_` apply."""

        def write() -> Statement:
            where = self._conditions(declared, set_)
            return self._list(level, order=order, where=where, keyed=False)

        return level.text(("all", order, *set_), write)

    def related(self, level: Level, source: One | Many, set_: Mapping[str, Any]) -> Statement:
        """The rows of a relation for the bound list of keys."""
        if isinstance(source, One):
            return self.of_keys(level)

        def write() -> Statement:
            where = [source.where, *self._conditions(source.filters, set_)]
            return self._list(level, order=source.order, join=source.join, where=where)

        return level.text(tuple(set_), write)

    def page(
        self, level: Level, source: Page, request: PageRequest, set_: Mapping[str, Any]
    ) -> Statement:
        """One page of rows of the bound key, which the rows do not repeat."""

        def write() -> Statement:
            where = self._paged(source.paging, set_, source.where)
            conditions = _all([f"{source.key} = :key", self._slice(level, request, where)])
            return self._made(self._one_page(level, request, conditions, source.join))

        return level.text(("one", *request.variant, *set_), write)

    def pages(
        self, level: Level, source: Page, request: PageRequest, set_: Mapping[str, Any]
    ) -> Statement:
        """One page of rows for each of the bound keys: each is a walk along an index."""

        def write() -> Statement:
            where = self._paged(source.paging, set_, source.where)
            on = self._pages_postgres if self.dialect == "postgres" else self._pages_sqlite
            return self._made(on(level, request, source.join, self._slice(level, request, where)))

        return level.text((*request.variant, *set_), write)

    def whole_page(
        self, level: Level, paging: Paging, request: PageRequest, set_: Mapping[str, Any]
    ) -> Statement:
        """One page of all rows that are visible."""

        def write() -> Statement:
            where = self._slice(level, request, self._paged(paging, set_))
            return self._made(self._one_page(level, request, where))

        return level.text((*request.variant, *set_), write)

    def count(self, level: Level, source: Page | Paging, set_: Mapping[str, Any]) -> Statement:
        """How many rows each bound key has, or how many there are in all."""
        page = source if isinstance(source, Page) else None
        paging = source.paging if isinstance(source, Page) else source

        def write() -> Statement:
            key = page.key if page else None
            conditions = [
                in_list(key, "keys", self.dialect) if key else "",
                self.scope(level.type),
                *self._paged(paging, set_, page.where if page else ""),
            ]
            selected, grouped = (f"{key}, ", f" GROUP BY {key}") if key else ("", "")
            return self._made(
                f"SELECT {selected}COUNT(*) {_from(level, page.join if page else '')}"
                f" WHERE {_all(conditions)}{grouped}"
            )

        return level.text(("count", *set_), write)

    def filter_values(
        self, declared: Mapping[str, Filter], arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The values of the filter arguments that are set, by the name they are bound under.

        Raises NotInScope for a filter that an APP's scopes do not cover.
        """
        values: dict[str, Any] = {}
        for name, value in arguments.items():
            if value is None or name not in declared:
                continue
            found = declared[name]
            check_scope(self.scopes, found.permission, f"the filter {name}")
            made = [found.convert(item) for item in value] if found.many else found.convert(value)
            values[f"f_{name}"] = made
        return values

    def _conditions(self, declared: Mapping[str, Filter], set_: Iterable[str]) -> list[str]:
        return [self._condition(declared[bound.removeprefix("f_")], bound) for bound in set_]

    def _paged(self, paging: Paging, set_: Iterable[str], where: str = "") -> list[str]:
        return [where, paging.where, *self._conditions(paging.filters, set_)]

    def _condition(self, found: Filter, bound: str) -> str:
        if found.many:
            condition = found.inside.replace("{among}", in_list(found.sql, bound, self.dialect))
        else:
            condition = found.sql.replace("{v}", f":{bound}")
        if found.over:
            condition = condition.replace("{scope}", predicate(found.over.tenancy, self.audience))
        return condition

    def _list(
        self,
        level: Level,
        order: str = "",
        join: str = "",
        where: Iterable[str] = (),
        keyed: bool = True,
    ) -> Statement:
        columns = level.columns
        keys = in_list(columns.key, "keys", self.dialect) if keyed else ""
        # The keys find the rows, the scope lets them through: as a bare condition it is taken for
        # the better index, and all that a partner has is read for one id.
        scope = self.scope(level.type) + (" IS TRUE" if keyed else "")
        ordering = f" ORDER BY {order}" if order else ""
        return self._made(
            f"SELECT {', '.join([columns.key, *columns.sql])} {_from(level, join)}"
            f" WHERE {_all([keys, scope, *where])}{ordering}"
        )

    def _one_page(self, level: Level, request: PageRequest, where: str, join: str = "") -> str:
        return (
            f"SELECT {_selected('NULL', level, request)} {_from(level, join)} WHERE {where}"
            f" ORDER BY {_ordering(request)} LIMIT :limit"
        )

    def _pages_postgres(self, level: Level, request: PageRequest, join: str, where: str) -> str:
        columns = level.columns
        named = ", ".join(
            f"{_column(sql, request)} AS c{i}" for i, sql in enumerate([columns.key, *columns.sql])
        )
        listed = ", ".join(f"x.c{i}" for i in range(len(columns.sql) + 1))
        return (
            f"SELECT {listed} FROM unnest(CAST(:keys AS uuid[])) AS k(key)"
            f" CROSS JOIN LATERAL (SELECT {named}, {request.order.sql} AS sort, t.id AS tie"
            f" {_from(level, join)} WHERE {columns.key} = k.key AND {where}"
            f" ORDER BY {_ordering(request)} LIMIT :limit) x"
            f" ORDER BY x.sort {request.direction}, x.tie {request.direction}"
        )

    def _pages_sqlite(self, level: Level, request: PageRequest, join: str, where: str) -> str:
        # CROSS: the keys come first, and each finds its rows by rowid. Left to itself, or with ids,
        # SQLite reads all rows of a key and looks for each among the page's.
        key, type_ = level.columns.key, level.type
        return (
            f"SELECT {_selected(key, level, request)} FROM json_each(:keys) k"
            f" CROSS JOIN {type_.table} t ON t.rowid IN (SELECT t.rowid {_from(level, join)}"
            f" WHERE {key} = k.value AND {where} ORDER BY {_ordering(request)} LIMIT :limit)"
            f" {type_.join} {join} WHERE +{key} = k.value ORDER BY {_ordering(request)}"
        )

    def _slice(self, level: Level, request: PageRequest, where: Iterable[str]) -> str:
        after = ""
        if request.position is not None:
            sign = "<" if request.reversed_scan else ">"
            after = f"({request.order.sql}, t.id) {sign} (:after_key, :after_id)"
        return _all([self.scope(level.type), *where, after])

    def _made(self, sql: str) -> Statement:
        return statement(sql, self.dialect)


def _from(level: Level, join: str = "") -> str:
    source = level.type
    return " ".join(part for part in (f"FROM {source.table} t", source.join, join) if part)


def _all(conditions: Iterable[str]) -> str:
    return " AND ".join(condition for condition in conditions if condition)


def _column(sql: str, request: PageRequest) -> str:
    return request.order.sql if sql == SORT else sql


def _selected(key: str, level: Level, request: PageRequest) -> str:
    return ", ".join([key, *(_column(sql, request) for sql in level.columns.sql)])


def _ordering(request: PageRequest) -> str:
    return f"{request.order.sql} {request.direction}, t.id {request.direction}"
