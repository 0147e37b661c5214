"""One run of a plan: its statements, level by level, and the data made of their rows."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.auth import scope
from app.auth.actor import Actor
from app.persistence.database import Database, Dialect
from app.persistence.models.base import Record
from app.persistence.sql import Statement, in_list, statement
from app.reads.budget import Budget, weight
from app.reads.connections import PageRows, cut, lay_out
from app.reads.errors import BadArgument, Failed, NotInScope
from app.reads.pages import PageRequest, page_request
from app.reads.plan import Level, Relation, Shape
from app.reads.selection import Field, Variables, plain
from app.reads.sources import Computed, Many, One, Page, Wanted
from app.reads.statements import Statements

Row = Sequence[Any]
Found = tuple[Mapping[Any, Any], Any]


class Inconsistent(Exception):
    """A row refers to one that is missing or hidden where the API promises an object."""


class Run:
    """What a run needs besides the plan.

    `given` has the actor's own ids and `now`, which any statement may name.
    """

    def __init__(
        self,
        database: Database,
        statements: Statements,
        given: Mapping[str, Any],
        variables: Variables,
        budget: Budget,
        sign: Callable[[str], str],
        actor: Actor,
    ) -> None:
        self._database = database
        self._statements = statements
        self._given = given
        self._variables = variables
        self._budget = budget
        self._sign = sign
        self._actor = actor
        # Whether a `Failed` stands somewhere in the data, in place of null.
        self.failed = False

    def scope(self, model: type[Record]) -> str:
        """The actor's scope on alias `t` of a model."""
        return scope.predicate(model.tenancy, self._statements.audience)

    async def rows(self, found: Statement, values: Mapping[str, Any]) -> Sequence[Row]:
        """The rows of a statement."""
        if any(_holds_nul(value) for value in values.values()):
            # SQLite would take it, PostgreSQL has no such text.
            raise BadArgument("A text must not contain the character NUL.")
        return await self._database.rows(found.text, found.values({**values, **self._given}))  # type: ignore[return-value]

    async def objects(
        self, level: Level, rows: Sequence[Row], times: Sequence[int] | None = None
    ) -> list[dict[str, Any]]:
        """The objects of a level's rows, each of which stands in the answer so many times."""
        if level.shape is None:
            raise TypeError("This level is a connection")
        return await self._shaped(level.shape, rows, times or [1] * len(rows))

    async def connections(
        self,
        level: Level,
        request: PageRequest,
        slices: Sequence[tuple[Sequence[Row], int | None]],
        times: Sequence[int] = (1,),
    ) -> list[dict[str, Any]]:
        """The connections of several parents at once, so that node relations share statements.

        A slice is a parent's rows and its total; `times` says how often each will stand in the
        answer.
        """
        shape = level.connection
        if shape is None:
            raise TypeError("This level is not a connection")
        kept = [cut(rows, request) for rows, _ in slices]
        flat = [row for rows in kept for row in rows] if len(kept) > 1 else kept[0]
        each = [n for rows, n in zip(kept, times, strict=True) for _ in rows]
        self._budget.spend(shape.width * sum(times) + shape.edge_width * sum(each))
        nodes: dict[int, list[Any]] = {}
        for asked, (inner, path) in shape.nodes.items():
            try:
                nodes[asked] = await self._shaped(inner, flat, each)
            except Failed as failed:
                raise failed.below(*path) from failed
        connections = []
        start = 0
        for (rows, total), page_rows in zip(slices, kept, strict=True):
            window = slice(start, start + len(page_rows))
            start += len(page_rows)
            mine = nodes
            if len(kept) > 1:
                mine = {asked: made[window] for asked, made in nodes.items()}
            page = PageRows(request, page_rows, mine, len(rows) > request.size, total)
            connections.append(lay_out(page, shape))
        return connections

    async def _shaped(
        self, shape: Shape, rows: Sequence[Row], times: Sequence[int]
    ) -> list[dict[str, Any]]:
        if not rows:
            return []
        self._budget.spend(shape.width * sum(times))
        made = shape.make(rows)
        self._budget.spend_values(made, times, shape.heavy)
        for relation in shape.relations:
            if relation.when is None:
                await self._fill(relation, rows, times, made)
                continue
            column, values = relation.when
            mine = [index for index, row in enumerate(rows) if row[column] in values]
            await self._fill(
                relation,
                [rows[index] for index in mine],
                [times[index] for index in mine],
                [made[index] for index in mine],
            )
        return made

    async def _fill(
        self,
        relation: Relation,
        rows: Sequence[Row],
        times: Sequence[int],
        made: Sequence[dict[str, Any]],
    ) -> None:
        """Put what a relation holds into the objects made of the rows."""
        # How often what a key leads to will stand in the answer.
        asked: defaultdict[Any, int] = defaultdict(int)
        for row, n in zip(rows, times, strict=True):
            asked[row[relation.link]] += n
        asked.pop(None, None)
        found, missing = await self._relation(relation, asked)
        required = relation.required
        for row, target in zip(rows, made, strict=True):
            value = found.get(row[relation.link], missing)
            if value is None and required:
                raise Inconsistent(f"{relation.field.name} of {row[0]} is missing")
            target[relation.key] = value

    async def _relation(self, relation: Relation, asked: dict[Any, int]) -> Found:
        """What a relation holds by key, and what stands where there is nothing."""
        try:
            return await self._found(relation, asked)
        except (BadArgument, NotInScope) as cause:
            failed = Failed(cause, (relation.key,))
        except Failed as deeper:
            failed = deeper.below(relation.key)
        if not relation.nullable:
            raise failed
        self.failed = True
        # The path from here on: what is above is seen where it stands in the data.
        return dict.fromkeys(asked, Failed(failed.cause, failed.path[1:])), None

    async def _found(self, relation: Relation, asked: dict[Any, int]) -> Found:
        source, level, field = relation.source, relation.level, relation.field
        if relation.refused and asked:
            raise relation.refused
        if isinstance(source, Computed):
            return await self._computed(source, field, asked)
        if level is None:
            return {}, [] if isinstance(source, Many) and not source.first else None
        if isinstance(source, Page):
            return await self._pages(source, level, field, asked)
        return await self._related(source, level, field, asked)

    async def _related(
        self, source: One | Many, level: Level, field: Field, asked: dict[Any, int]
    ) -> Found:
        is_list = isinstance(source, Many) and not source.first
        if not asked:
            return {}, [] if is_list else None
        values: dict[str, Any] = {}
        if isinstance(source, Many) and source.filters:
            given = field.given(self._variables)
            values = self._statements.filter_values(source.filters, given)
        found = self._statements.related(level, source, values)
        rows = await self.rows(found, {"keys": list(asked), **values})
        if not is_list:
            # Of several rows of a key only the first stands in the answer.
            firsts: dict[Any, Row] = {}
            for row in rows:
                firsts.setdefault(row[0], row)
            made = await self.objects(level, list(firsts.values()), [asked[key] for key in firsts])
            return dict(zip(firsts, made, strict=True)), None
        try:
            made = await self.objects(level, rows, [asked[row[0]] for row in rows])
        except Failed as failed:
            raise failed.below(0) from failed
        grouped: defaultdict[Any, list[Any]] = defaultdict(list)
        for row, value in zip(rows, made, strict=True):
            grouped[row[0]].append(value)
        return grouped, []

    async def _computed(self, source: Computed, field: Field, asked: dict[Any, int]) -> Found:
        missing = plain(field.selection, source.missing)
        if not asked:
            return {}, missing
        names = field.selection.names if field.selection else frozenset()
        given = field.given(self._variables)
        wanted = Wanted(given, self._given["now"], self._sign, self._actor, names)
        loaded = await source.load(_Fetch(self, self._database.dialect, list(asked)), wanted)
        made = {
            key: plain(field.selection, loaded[text])
            for key in asked
            if (text := str(key)) in loaded
        }
        self._budget.spend(sum(n * weight(made.get(key, missing)) for key, n in asked.items()))
        return made, missing

    async def _pages(
        self, source: Page, level: Level, field: Field, asked: dict[Any, int]
    ) -> Found:
        arguments = field.given(self._variables)
        request = page_request(arguments, source.paging)
        values = self._statements.filter_values(source.paging.filters, arguments.get("where") or {})
        by_key = await self._rows_by_key(source, level, request, values, asked)
        totals: dict[Any, int] = {}
        if level.connection and level.connection.counts:
            count = self._statements.count(level, source, values)
            counted = await self.rows(count, {"keys": list(asked), **values})
            totals = {row[0]: row[1] for row in counted}
        slices = [(rows, totals.get(key, 0)) for key, rows in by_key.items()]
        made = await self.connections(level, request, slices, list(asked.values()))
        return dict(zip(asked, made, strict=True)), None

    async def _rows_by_key(
        self,
        source: Page,
        level: Level,
        request: PageRequest,
        values: Mapping[str, Any],
        asked: Mapping[Any, int],
    ) -> dict[Any, Sequence[Row]]:
        given = {**values, **request.values}
        if len(asked) == 1:
            [key] = asked
            page = self._statements.page(level, source, request, values)
            return {key: await self.rows(page, {"key": key, **given})}
        by_key: dict[Any, list[Row]] = {key: [] for key in asked}
        pages = self._statements.pages(level, source, request, values)
        for row in await self.rows(pages, {"keys": list(asked), **given}):
            by_key[row[0]].append(row)
        return dict(by_key)


class _Fetch:
    """The statements of one batch function, for the keys of a level."""

    def __init__(self, run: Run, dialect: Dialect, keys: list[Any]) -> None:
        self._run, self._keys, self.dialect = run, keys, dialect

    async def __call__(
        self, model: type[Record], sql: str, values: Mapping[str, Any] | None = None
    ) -> Sequence[Mapping[str, Any]]:
        text = sql.replace("{keys}", in_list("", "keys", self.dialect))
        text = text.replace("{scope}", self._run.scope(model))
        given = {"keys": self._keys, **(values or {})}
        return await self._run.rows(statement(text, self.dialect), given)  # type: ignore[return-value]


def _holds_nul(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_holds_nul, value))
    return isinstance(value, str) and "\0" in value
