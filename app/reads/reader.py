"""Runs plans for one actor: the door of this package."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from app.auth import scope
from app.auth.actor import Actor
from app.persistence.database import Database
from app.persistence.models.base import Record
from app.persistence.sql import bind, in_list
from app.reads.budget import current_budget, weight
from app.reads.connections import PageRows, cut, lay_out
from app.reads.errors import BadArgument
from app.reads.pages import PageRequest, page_request
from app.reads.plan import Level, Planner, Relation, Shape, Viewpoint
from app.reads.selection import Field, Selection, plain
from app.reads.sources import Catalogue, Computed, Filter, Many, One, Page, Paging
from app.reads.statements import Statements

Row = Sequence[Any]
T = TypeVar("T")


class Planned(dict[str, Any]):
    """Response data that is complete: keys as asked, values ready to be sent."""

    __slots__ = ()


class Inconsistent(Exception):
    """A row refers to one that is missing or hidden where the API promises an object."""


class Reader:
    """Answers selections for one actor."""

    def __init__(
        self, database: Database, catalogue: Catalogue, actor: Actor, now: datetime
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._actor = actor
        viewpoint = Viewpoint(actor.role, scope.audience(actor), actor.scopes)
        self._budget = current_budget()
        self._planner = Planner(catalogue, viewpoint)
        self._statements = Statements(database.dialect, viewpoint)
        # Every statement may name the actor's own ids, and `:now`.
        self._given = {**scope.values(actor), "now": now}

    async def one(self, selection: Selection, value: Any, key: str = "t.id") -> Planned | None:
        """The object whose `key` expression equals a value, or None if there is none to see."""
        found = await self.by_keys(selection, [value], key)
        return found.get(_text(value))

    async def by_keys(
        self, selection: Selection, values: Sequence[Any], key: str = "t.id"
    ) -> Mapping[str, Planned]:
        """The visible objects among those with the given keys, by key as text.

        A key that is given twice stands in the answer twice, and counts so in its size.
        """
        wanted = Counter(_text(value) for value in values)

        async def work() -> Mapping[str, Planned]:
            level = self._planner.objects(selection, key)
            sql = self._statements.by_keys(level, "", "", "")
            rows = await self._rows(sql, {"keys": list(dict.fromkeys(values))})
            times = [wanted[_text(row[0])] for row in rows]
            objects = await self._objects(level, rows, times)
            return {_text(row[0]): Planned(made) for row, made in zip(rows, objects, strict=True)}

        return await self._read(work)

    async def many(
        self,
        selection: Selection,
        order: str,
        filters: Mapping[str, Filter] | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> list[Planned]:
        """All visible objects of a small type, in one order."""

        async def work() -> list[Planned]:
            level = self._planner.objects(selection)
            conditions, values = self._statements.filters(filters or {}, arguments or {})
            sql = self._statements.by_keys(level, order, "", " AND ".join(conditions), keyed=False)
            return [
                Planned(made) for made in await self._objects(level, await self._rows(sql, values))
            ]

        return await self._read(work)

    async def page(
        self, type_name: str, asked: Selection, paging: Paging, arguments: Mapping[str, Any]
    ) -> Planned:
        """One page of all visible objects of a type. Raises BadArgument for a bad page."""

        async def work() -> Planned:
            request = page_request(arguments, paging)
            level = self._planner.connection(type_name, asked, "t.id", request.order.sql)
            conditions, values = self._statements.filters(
                paging.filters, arguments.get("where") or {}
            )
            where = " AND ".join(conditions)
            sql = self._statements.whole_page(level, request, where)
            rows = await self._rows(sql, values | _position(request))
            total = None
            if _asks_total(asked):
                counted = await self._rows(
                    self._statements.count(level.type, None, "", where), values
                )
                total = counted[0][0]
            [made] = await self._connections(level, request, [(rows, total)])
            return Planned(made)

        return await self._read(work)

    async def _read(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run the statements of one plan. They share no snapshot: what looks torn is read again."""
        try:
            return await self._database.read(work)
        except Inconsistent:
            return await self._database.read(work)

    async def _objects(
        self, level: Level, rows: Sequence[Row], times: Sequence[int] | None = None
    ) -> list[dict[str, Any]]:
        if level.shape is None:
            raise TypeError("This level is a connection")
        return await self._shaped(level.shape, rows, times or [1] * len(rows))

    async def _shaped(
        self, shape: Shape, rows: Sequence[Row], times: Sequence[int]
    ) -> list[dict[str, Any]]:
        """The objects of rows, each of which stands in the answer as often as `times` says."""
        self._budget.spend(shape.width * sum(times))
        made = [shape.make(row) for row in rows]
        self._budget.spend_values(made, times, shape.heavy)
        for relation in shape.relations:
            links = [
                None if row[relation.link] is None else _text(row[relation.link]) for row in rows
            ]
            keys = {row[relation.link] for row in rows if row[relation.link] is not None}
            asked: defaultdict[str, int] = defaultdict(int)
            for link, n in zip(links, times, strict=True):
                if link is not None:
                    asked[link] += n
            found, missing = await self._relation(relation, list(keys), asked)
            for link, target in zip(links, made, strict=True):
                value = found.get(link, missing) if link is not None else missing
                if value is None and getattr(relation.source, "required", False):
                    raise Inconsistent(f"{relation.field.name} of {link} is missing")
                target[relation.key] = value
        return made

    async def _relation(
        self, relation: Relation, keys: list[Any], asked: dict[str, int]
    ) -> tuple[Mapping[str, Any], Any]:
        """What a relation holds by key, and what stands where there is nothing.

        `asked` says how often what a key leads to will stand in the answer.
        """
        source, level = relation.source, relation.level
        if isinstance(source, Computed):
            return await self._computed(source, relation.field, keys, asked)
        if level is None:
            raise TypeError("A relation needs a level")
        if isinstance(source, Page):
            return await self._pages(source, level, relation.field, keys, asked)
        return await self._related(source, level, relation.field, keys, asked)

    async def _related(
        self,
        source: One | Many,
        level: Level,
        field: Field,
        keys: list[Any],
        asked: dict[str, int],
    ) -> tuple[Mapping[str, Any], Any]:
        empty: list[Any] | None = [] if isinstance(source, Many) and not source.first else None
        if not keys:
            return {}, empty
        values: dict[str, Any] = {}
        if isinstance(source, One):
            sql = self._statements.by_keys(level, "", "", "")
        else:
            conditions, values = self._statements.filters(source.filters, field.arguments)
            where = " AND ".join([*([source.where] if source.where else []), *conditions])
            sql = self._statements.by_keys(level, source.order, source.join, where)
        rows = await self._rows(sql, {"keys": keys, **values})
        # Of several rows of a key only the first stands in the answer, unless it is a list.
        times_of = asked.pop if empty is None else asked.get
        made = await self._objects(level, rows, [times_of(_text(row[0]), 0) for row in rows])
        if empty is None:
            first: dict[str, Any] = {}
            for row, value in zip(rows, made, strict=True):
                first.setdefault(_text(row[0]), value)
            return first, None
        grouped: defaultdict[str, list[Any]] = defaultdict(list)
        for row, value in zip(rows, made, strict=True):
            grouped[_text(row[0])].append(value)
        return grouped, empty

    async def _computed(
        self, source: Computed, field: Field, keys: list[Any], asked: dict[str, int]
    ) -> tuple[Mapping[str, Any], Any]:
        missing = plain(field.selection, source.missing)
        if not keys:
            return {}, missing

        async def fetch(model: type[Record], sql: str) -> Sequence[Mapping[str, Any]]:
            text = sql.replace("{keys}", in_list("", "keys", self._database.dialect)).replace(
                "{scope}", scope.predicate(model.tenancy, self._statements.audience)
            )
            return await self._rows(text, {"keys": keys})  # type: ignore[return-value]

        found = await source.load(fetch)
        made = {key: plain(field.selection, value) for key, value in found.items()}
        self._budget.spend(sum(n * weight(made.get(key, missing)) for key, n in asked.items()))
        return made, missing

    async def _pages(
        self, source: Page, level: Level, field: Field, keys: list[Any], asked: dict[str, int]
    ) -> tuple[Mapping[str, Any], Any]:
        arguments = field.arguments
        request = page_request(arguments, source.paging)
        conditions, values = self._statements.filters(
            source.paging.filters, arguments.get("where") or {}
        )
        where = " AND ".join([*([source.where] if source.where else []), *conditions])
        by_key: defaultdict[str, list[Row]] = defaultdict(list)
        totals: dict[str, int] = {}
        asks_total = field.selection is not None and _asks_total(field.selection)
        if keys:
            sql = self._statements.page(level, request, source.join, where)
            for row in await self._rows(sql, {"keys": keys} | values | _position(request)):
                by_key[_text(row[0])].append(row)
            if asks_total:
                sql = self._statements.count(level.type, source.key, source.join, where)
                counted = await self._rows(sql, {"keys": keys} | values)
                totals = {_text(row[0]): row[1] for row in counted}
        texts = [_text(key) for key in keys]
        slices = [(by_key[text], totals.get(text, 0)) for text in texts] + [([], 0)]
        times = [*(asked[text] for text in texts), 0]
        made = await self._connections(level, request, slices, times)
        return dict(zip(texts, made, strict=False)), made[-1]

    async def _connections(
        self,
        level: Level,
        request: PageRequest,
        slices: Sequence[tuple[Sequence[Row], int | None]],
        times: Sequence[int] = (1,),
    ) -> list[dict[str, Any]]:
        """The connections of several parents at once, so that node relations share statements.

        `times` says of each how often it will stand in the answer.
        """
        shape = level.connection
        if shape is None:
            raise TypeError("This level is not a connection")
        kept = [cut(rows, request) for rows, _ in slices]
        flat = [row for rows in kept for row in rows]
        each = [n for rows, n in zip(kept, times, strict=True) for _ in rows]
        self._budget.spend(shape.width * sum(times) + shape.edge_width * sum(each))
        nodes = {
            asked: await self._shaped(inner, flat, each) for asked, inner in shape.nodes.items()
        }
        connections = []
        start = 0
        for (rows, total), page_rows in zip(slices, kept, strict=True):
            window = slice(start, start + len(page_rows))
            start += len(page_rows)
            mine = {asked: made[window] for asked, made in nodes.items()}
            page = PageRows(request, page_rows, mine, len(rows) > request.size, total)
            connections.append(lay_out(page, shape))
        return connections

    async def _rows(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        if any(_holds_nul(value) for value in values.values()):
            # SQLite would take it, PostgreSQL has no such text.
            raise BadArgument("A text must not contain the character NUL.")
        text, bound = bind(sql, {**values, **self._given}, self._database.dialect)
        return await self._database.rows(text, bound)  # type: ignore[return-value]


def _position(request: PageRequest) -> dict[str, Any]:
    values: dict[str, Any] = {"limit": request.size + 1}
    if request.position is not None:
        values["after_key"], values["after_id"] = request.position
    return values


def _asks_total(asked: Selection) -> bool:
    return any(field.name == "totalCount" for field in asked.fields)


def _holds_nul(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_holds_nul, value))
    return isinstance(value, str) and "\0" in value


def _text(value: Any) -> str:
    """A key as text, alike for a UUID of one driver and the text of the other."""
    return value if isinstance(value, str) else str(value)
