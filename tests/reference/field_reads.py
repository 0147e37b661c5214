"""What one field of one object needs, by one statement that carries the actor's scope."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.auth import scope
from app.auth.actor import Actor
from app.auth.policy import Action, lacks
from app.context import Context
from app.persistence.database import Database, Dialect
from app.persistence.models.base import Record
from app.persistence.sql import bind
from app.reads.errors import BadArgument, NotInScope
from app.reads.pages import page_request
from app.reads.sources import Catalogue, Filter, Page, Paging, TypeSource
from tests.reference.paging import Object, cut

# Statements that were run before, with their values: the data stands still while documents are
# compared, so that nothing has to be asked twice.
Memory = dict[tuple[str, tuple[Any, ...]], Sequence[Any]]


@dataclass(slots=True)
class ReferenceContext(Context):
    """A request whose reads are the reference's."""

    memory: Memory = field(default_factory=dict)

    @property
    def reads(self) -> Any:
        runtime = self.runtime
        now = runtime.clock.now()
        return ReferenceReader(
            runtime.database, runtime.catalogue, self.actor, now, self.memory, self.sign_at(now)
        )


class ReferenceReader:
    """Stands in for the planned reads: what resolvers get are objects that the executor resolves.

    Of a selection it looks at the type alone.
    """

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        actor: Actor,
        now: datetime,
        memory: Memory,
        sign: Callable[[str], str],
    ) -> None:
        self.audience = scope.audience(actor)
        self.now = now
        self.sign = sign
        self.actor = actor
        self._database = database
        self._catalogue = catalogue
        self._scopes = actor.scopes
        self._given = {**scope.values(actor), "now": now}
        self._memory = memory

    # What root resolvers call.

    async def one(self, selection: Any, value: Any, key: str = "t.id") -> Object | None:
        found = await self.related(self.source(type_name(selection)), key, value)
        return found[0] if found else None

    async def by_keys(
        self, selection: Any, values: Sequence[Any], key: str = "t.id"
    ) -> Mapping[str, Object]:
        found = {str(value): await self.one(selection, value, key) for value in values}
        return {key: object for key, object in found.items() if object is not None}

    async def many(
        self,
        selection: Any,
        order: str,
        filters: Mapping[str, Filter] | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> list[Object]:
        type_ = self.source(type_name(selection))
        conditions, values = self.conditions(filters or {}, arguments or {})
        return await self._objects(type_, "", conditions, values, order)

    async def page(
        self, type_name: str, asked: Any, paging: Paging, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        return await self._page(self.source(type_name), "", [], {}, paging, arguments)

    # What fields call.

    def source(self, name: str) -> TypeSource:
        """A type of the catalogue, unless an APP's scopes do not cover it."""
        source = self._catalogue[name]
        self.require(source.permission, name)
        return source

    def require(self, permission: Action | None, what: str) -> None:
        """Raise NotInScope if an APP's scopes do not cover what is asked for."""
        if permission and (missing := lacks(self._scopes, permission)):
            raise NotInScope(f"The API key lacks the scope {missing}: it cannot read {what}.")

    async def values(self, object: Object, *expressions: str) -> Sequence[Any]:
        """What SQL expressions over an object's own row come to."""
        sql = f"SELECT {', '.join(expressions)} {self._from(object.type)} AND t.id = :id"
        [row] = await self._rows(sql, {**object.given, "id": object.id})
        return tuple(row)

    async def related(
        self,
        source: TypeSource,
        key: str,
        link: Any,
        join: str = "",
        conditions: Sequence[str] = (),
        values: Mapping[str, Any] | None = None,
        order: str = "",
    ) -> list[Object]:
        """The objects whose `key` expression equals a link."""
        if link is None:
            return []
        more = [f"{key} = :link", *conditions]
        return await self._objects(source, join, more, {"link": link, **(values or {})}, order)

    async def connection(
        self, page: Page, link: Any, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """A page of the objects that are related to a link."""
        conditions = [f"{page.key} = :link", *([page.where] if page.where else [])]
        return await self._page(
            self.source(page.type_name),
            page.join,
            conditions,
            {"link": link},
            page.paging,
            arguments,
        )

    def conditions(
        self, declared: Mapping[str, Filter], arguments: Mapping[str, Any]
    ) -> tuple[list[str], dict[str, Any]]:
        """SQL and values of the filters that are set."""
        conditions: list[str] = []
        values: dict[str, Any] = {}
        for name, given in arguments.items():
            if given is None or name not in declared:
                continue
            filter = declared[name]
            self.require(filter.permission, f"the filter {name}")
            items = [filter.convert(item) for item in (given if filter.many else [given])]
            bound = {f"v_{name}_{i}": item for i, item in enumerate(items)}
            listed = ", ".join(f":{name}" for name in bound)
            among = f"{filter.sql} IN ({listed})" if bound else "FALSE"
            condition = (
                filter.inside.replace("{among}", among)
                if filter.many
                else filter.sql.replace("{v}", listed)
            )
            if filter.over:
                condition = condition.replace("{scope}", self._scope(filter.over))
            conditions.append(condition)
            # A column may name it as the product does.
            values |= {**bound, f"f_{name}": items if filter.many else items[0]}
        return conditions, values

    def fetching(self, link: Any) -> "Fetching":
        """The statements of a batch function, for one key."""
        return Fetching(self, self._database.dialect, link)

    async def fetch(
        self, model: type[Record], sql: str, link: Any, values: Mapping[str, Any]
    ) -> Sequence[Any]:
        """A statement of a batch function, for one key."""
        text = sql.replace("{keys}", " = :link").replace("{scope}", self._scope(model))
        return await self._rows(text, {"link": link, **values})

    async def _objects(
        self,
        source: TypeSource,
        join: str,
        conditions: Sequence[str],
        values: Mapping[str, Any],
        order: str,
    ) -> list[Object]:
        sql = " AND ".join([f"SELECT t.id {self._from(source, join)}", *conditions])
        rows = await self._rows(f"{sql} ORDER BY {order}" if order else sql, values)
        given = {name: value for name, value in values.items() if name.startswith("f_")}
        return [Object(source, row[0], given) for row in rows]

    async def _page(
        self,
        source: TypeSource,
        join: str,
        conditions: Sequence[str],
        values: Mapping[str, Any],
        paging: Paging,
        arguments: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        request = page_request(arguments, paging)
        more, bound = self.conditions(paging.filters, arguments.get("where") or {})
        more += [paging.where] if paging.where else []
        start = f"SELECT {request.order.sql}, t.id {self._from(source, join)}"
        sql = " AND ".join([start, *conditions, *more])
        rows = await self._rows(sql, {**values, **bound})
        return cut([(row[0], Object(source, row[1])) for row in rows], request)

    def _from(self, source: TypeSource, join: str = "") -> str:
        return f"FROM {source.table} t {source.join} {join} WHERE {self._scope(source.model)}"

    def _scope(self, model: type[Record]) -> str:
        return scope.predicate(model.tenancy, self.audience)

    async def _rows(self, sql: str, values: Mapping[str, Any]) -> Sequence[Any]:
        if any(isinstance(value, str) and "\0" in value for value in values.values()):
            raise BadArgument("A text must not contain the character NUL.")
        text, bound = bind(sql, {**values, **self._given}, self._database.dialect)
        asked = (text, tuple(tuple(v) if isinstance(v, list) else v for v in bound))
        if asked not in self._memory:
            self._memory[asked] = await self._database.rows(text, bound)
        return self._memory[asked]


@dataclass(frozen=True, slots=True)
class Fetching:
    """What a batch function reads with."""

    reader: ReferenceReader
    dialect: Dialect
    link: Any

    async def __call__(
        self, model: type[Record], sql: str, values: Mapping[str, Any] | None = None
    ) -> Sequence[Any]:
        return await self.reader.fetch(model, sql, self.link, values or {})


def type_name(selection: Any) -> str:
    """The object type that a resolver asks for."""
    made = selection.select() if hasattr(selection, "select") else selection
    return str(made.type_name)
