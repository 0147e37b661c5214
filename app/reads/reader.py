"""Runs plans for one actor: the door of this package."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from app.auth import scope
from app.auth.actor import Actor
from app.persistence.database import Database
from app.reads.budget import Budget
from app.reads.errors import Failed
from app.reads.pages import page_request
from app.reads.plan import Viewpoint
from app.reads.plans import Plan, Plans
from app.reads.run import Inconsistent, Run
from app.reads.selection import Asked
from app.reads.sources import Filter, Paging

T = TypeVar("T")


class Planned(dict[str, Any]):
    """Response data that is complete: keys as asked, values ready to be sent."""

    __slots__ = ()


class Partial(Planned):
    """The same, with null where a field below failed: `failures` says why, by path."""

    __slots__ = ("failures",)

    def __init__(self, made: dict[str, Any], failures: list[Failed]) -> None:
        super().__init__(made)
        self.failures = failures


class Reader:
    """Answers what one actor asks."""

    def __init__(
        self,
        database: Database,
        plans: Plans,
        actor: Actor,
        now: datetime,
        budget: Budget,
        sign: Callable[[str], str],
    ) -> None:
        """`sign` turns a path of the service into a signed address."""
        self._database = database
        self._plans = plans
        self._viewpoint = Viewpoint(scope.audience(actor), actor.scopes)
        # Every statement may name the actor's own ids, and `:now`.
        self._given = {**scope.values(actor), "now": now}
        self._budget = budget
        self._sign = sign
        self._actor = actor

    async def one(self, asked: Asked, value: Any, key: str = "t.id") -> Planned | None:
        """The object whose `key` expression equals a value, or None if there is none to see.

        Raises NotInScope, BadArgument, Failed or TooLarge, like all of these.
        """
        found = await self.by_keys(asked, [value], key)
        return found.get(str(value))

    async def by_keys(
        self, asked: Asked, values: Sequence[Any], key: str = "t.id"
    ) -> Mapping[str, Planned]:
        """The visible objects among those with the given keys, by key as text.

        A key that is given twice stands in the answer twice, and counts so in its size.
        """
        plan = self._plans.objects(asked, self._viewpoint, key)
        wanted: dict[str, int] = {}
        for value in values:
            text = str(value)
            wanted[text] = wanted.get(text, 0) + 1

        async def work(run: Run) -> Mapping[str, Planned]:
            found = plan.statements.of_keys(plan.level)
            rows = await run.rows(found, {"keys": list(dict.fromkeys(values))})
            keys = [str(row[0]) for row in rows]
            objects = await run.objects(plan.level, rows, [wanted[text] for text in keys])
            return {text: _planned(made, run) for text, made in zip(keys, objects, strict=True)}

        return await self._read(plan, asked, work)

    async def many(
        self,
        asked: Asked,
        order: str,
        filters: Mapping[str, Filter] | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> list[Planned]:
        """All visible objects of a small type, in one order."""
        plan = self._plans.objects(asked, self._viewpoint)
        declared = filters or {}

        async def work(run: Run) -> list[Planned]:
            values = plan.statements.filter_values(declared, arguments or {})
            found = plan.statements.of_all(plan.level, order, declared, values)
            try:
                objects = await run.objects(plan.level, await run.rows(found, values))
            except Failed as failed:
                raise failed.below(0) from failed
            return [_planned(made, run) for made in objects]

        return await self._read(plan, asked, work)

    async def page(
        self, type_name: str, asked: Asked, paging: Paging, arguments: Mapping[str, Any]
    ) -> Planned:
        """One page of all visible objects of a type."""
        plan = self._plans.page(asked, self._viewpoint, type_name)
        level, statements = plan.level, plan.statements

        async def work(run: Run) -> Planned:
            request = page_request(arguments, paging)
            values = statements.filter_values(paging.filters, arguments.get("where") or {})
            found = statements.whole_page(level, paging, request, values)
            rows = await run.rows(found, values | request.values)
            total = None
            if level.connection and level.connection.counts:
                counted = await run.rows(statements.count(level, paging, values), values)
                total = counted[0][0]
            [made] = await run.connections(level, request, [(rows, total)])
            return _planned(made, run)

        return await self._read(plan, asked, work)

    async def _read(self, plan: Plan, asked: Asked, work: Callable[[Run], Awaitable[T]]) -> T:
        """Run the statements of one plan. They share no snapshot: what looks torn is read again."""

        async def once() -> T:
            run = Run(
                self._database,
                plan.statements,
                self._given,
                asked.variables,
                self._budget,
                self._sign,
                self._actor,
            )
            return await work(run)

        spent = self._budget.spent
        try:
            return await self._database.read(once)
        except Inconsistent:
            self._budget.spent = spent
            return await self._database.read(once)


def _planned(made: dict[str, Any], run: Run) -> Planned:
    if not run.failed:
        return Planned(made)
    failures = list(_failures(made, ()))
    return Partial(_with_nulls(made), failures) if failures else Planned(made)


def _failures(value: Any, path: tuple[Any, ...]) -> Iterator[Failed]:
    """The failures that stand in some data, each seen from its top."""
    if isinstance(value, Failed):
        yield value.below(*path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _failures(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _failures(item, (*path, index))


def _with_nulls(value: Any) -> Any:
    # A copy: what several objects refer to stands in the data of each.
    if isinstance(value, dict):
        return {key: _with_nulls(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_nulls(item) for item in value]
    return None if isinstance(value, Failed) else value
