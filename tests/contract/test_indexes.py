"""Whatever is asked for, the database finds it by an index, in the order it is asked for.

Every table that grows with the partners is filled with thousands of rows: for one partner, one of
its clients, one advisor and one library, and for many others. Then everything that the schema can
ask for is asked for by everyone, and each statement is held against `explaining`.

An advisor or a client user sees few of the rows that a parent has: for them the database may walk
along the ordering of that one parent and leave out what is hidden, never through a whole table.

Not held: sums and `totalCount`, which have to meet what they count, and filters, which leave rows
out along the ordering's index.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from app.auth.actor import PUBLIC as NOBODY
from app.auth.actor import Actor
from app.context import Runtime
from app.domain.events import EventType
from app.events import cursors
from app.persistence import models
from app.persistence.database import Database
from app.persistence.models.base import Record
from schema.node import encode
from tests.conftest import ManualClock, empty
from tests.contract.connection_pages import connections, orderings
from tests.contract.documents import core, field_selections, is_connection, node_types
from tests.contract.full_database import Full, parents
from tests.contract.large_database import HOT, OTHERS, growing, multiply
from tests.contract.query_plans import Explainer, Statement, begin_anew, sent
from tests.world import LONG_AGO, World, make_world

AUDIENCES = ["vendor", "partner", "advisor", "client_user", "public"]
NARROW = ("advisor", "client_user")
WAYS = [("first", "after"), ("last", "before")]

# What the small world's own objects have: an advisor works in so many clients.
FEW = 8
KEYS = 10
# A page here is of 3 rows for each of 10 keys.
MOST_ROWS = 500
MOST_OF_NARROW = 2_500
# Up to 100 missed events at once, each handed on through a union.
MOST_MISSED = 750


def model_of(schema, type_name: str) -> type[Record]:
    """The model that a type is read from."""
    definition = core(schema).type_map[type_name].extensions["strawberry-definition"]
    model: type[Record] = definition.origin.__model__
    return model


class Large:
    """The large database."""

    def __init__(self, full: Full) -> None:
        self.full, self.world = full, full.world
        # The client user's own client stays one among many.
        client = full.teams["acme"].of(models.Client)[0]
        self.hot: dict[type[Record], UUID] = {
            models.Partner: full.world.acme.partner.id,
            models.Client: client.id,
            models.Advisor: full.world.acme.advisor.id,
            models.ContentLibrary: full.world.acme.library.id,
        }
        self.tables = frozenset(model._meta.db_table for model in growing())
        self.explainer = Explainer(full.world.database, self.tables)

    def actor(self, audience: str) -> Actor:
        acme = self.world.acme
        return {
            "vendor": self.world.as_vendor,
            "partner": acme.as_admin,
            "advisor": acme.as_advisor,
            "client_user": acme.as_client_user,
            "public": lambda: NOBODY,
        }[audience]()

    def keys(self, type_name: str, model: type[Record]) -> list[str]:
        """Global ids of objects: the hot one, the small world's own, and others."""
        first = [self.hot.get(model), parents(self.full).get(type_name)]
        if model is models.Client:
            first.insert(0, self.world.acme.client.id)
        for rows in (self.full.teams["acme"], self.full.shared):
            first += [row.id for row in rows.of(model)[:KEYS]]
        return [encode(type_name, id) for id in dict.fromkeys(first) if id][:KEYS]


@pytest.fixture(scope="module")
async def world(migrated: Database) -> AsyncIterator[World]:
    """The small world, made once for all tests of this module."""
    migrated.after_commit.clear()
    await begin_anew(migrated)
    yield await make_world(migrated, ManualClock(LONG_AGO.replace(year=2026)))
    await empty(migrated)


@pytest.fixture(scope="module")
async def large(world: World) -> AsyncIterator[Large]:
    full = Full(world)
    await full.grow(FEW, world.acme)
    large = Large(full)
    await multiply(world.database, large.hot)
    await large.explainer.open()
    yield large
    await large.explainer.close()


async def test_every_table_that_grows_is_large(large: Large):
    assert len(large.tables) > 15
    for table in large.tables:
        [row] = await large.world.database.rows(f"SELECT COUNT(*) FROM {table}", [])
        assert row[0] >= OTHERS + HOT, table


@pytest.mark.parametrize("audience", AUDIENCES)
async def test_each_page_in_each_ordering_comes_along_an_index(
    large: Large, ask, schema, audience: str
):
    asking = Asking(large, ask, audience)
    for type_name, name, field in connections(schema):
        for order, (size, onward) in product(orderings(schema, field), WAYS):
            given = f"{size}: 2 {order}"
            cursor = await asking.pages(schema, type_name, name, given)
            if cursor:
                await asking.pages(schema, type_name, name, f'{given} {onward}: "{cursor}"')
    await asking.hold()


@pytest.mark.parametrize("audience", AUDIENCES)
async def test_each_list_and_link_is_found_by_an_index(large: Large, ask, schema, audience: str):
    asking = Asking(large, ask, audience)
    for type_ in node_types(schema):
        fields = [
            asked
            for field, asked in zip(type_.fields.values(), field_selections(type_), strict=True)
            if not is_connection(field.type)
        ]
        await asking.of_keys(type_.name, model_of(schema, type_.name), " ".join(fields))
    await asking.hold()


@pytest.mark.parametrize("audience", AUDIENCES[:-1])
async def test_missed_events_are_found_by_an_index(large: Large, runtime: Runtime, audience: str):
    asking = Asking(large, None, audience)
    actor, mine = asking.actor, large.hot[models.Partner]
    for types, partner in product([[EventType.TIER_CHANGED], list(EventType)], [None, mine]):
        stream = runtime.stream.events(
            actor, types=types, partner_id=partner, after=cursors.encode(1)
        )
        with sent() as statements:
            async with aclosing(stream) as events:
                await anext(events)
        asking.asked |= set(statements)
    await asking.hold(MOST_MISSED)


async def test_what_has_no_index_is_found_out(large: Large):
    """Else the tests above would prove nothing."""
    partner = large.hot[models.Partner]
    key = partner if large.world.database.dialect == "postgres" else str(partner)
    given = "$1" if large.world.database.dialect == "postgres" else "?1"
    for sql in (
        f"SELECT t.id FROM client t WHERE t.name = {given}",
        f"SELECT t.id FROM client t WHERE t.partner_id = {given} ORDER BY t.plan_id LIMIT 3",
        f"SELECT t.id FROM client t WHERE t.partner_id <> {given} AND t.name = 'x'"
        " ORDER BY t.name_key, t.id LIMIT 3",
    ):
        value = "x" if "t.name = $" in sql or "t.name = ?" in sql else key
        assert await large.explainer.complaints(Statement(sql, [value]), MOST_ROWS), sql


class Asking:
    """What one audience asks for, and the statements that came of it."""

    def __init__(self, large: Large, ask: Any, audience: str) -> None:
        self.large, self.ask, self.audience = large, ask, audience
        self.actor = large.actor(audience)
        self.asked: set[Statement] = set()

    async def pages(self, schema, type_name: str, name: str, given: str) -> str:
        """A page of one parent and of several; gives a cursor out of them."""
        field = f"found: {name}({given}) {{ edges {{ cursor node {{ id }} }} }}"
        if type_name == "Query":
            answers = [await self.run(f"{{ {field} }}")]
        else:
            answers = await self.of_keys(type_name, model_of(schema, type_name), field)
        found = [answer["found"] for answer in answers if answer]
        return next((edge["cursor"] for page in found for edge in page["edges"]), "")

    async def of_keys(self, type_name: str, model: type[Record], fields: str) -> list[Any]:
        """Fields of one object, and of several."""
        ids = self.large.keys(type_name, model)
        document = (
            f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_name} {{ {fields} }} }} }}"
        )
        answers: list[Any] = []
        for some in (ids[:1], ids):
            answers += (await self.run(document, ids=some) or {"nodes": []})["nodes"]
        return answers

    async def run(self, document: str, **variables: Any) -> dict[str, Any] | None:
        """The data of an answer; None for what this audience may not ask for."""
        with sent() as statements:
            answer = await self.ask(self.actor, document, **variables)
        self.asked |= set(statements)
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert codes <= {"FORBIDDEN", "UNAUTHENTICATED"}, (document, answer)
        return None if codes else answer["data"]

    async def hold(self, most_rows: int = MOST_ROWS) -> None:
        """Hold every statement against its plan."""
        most = MOST_OF_NARROW if self.audience in NARROW else most_rows
        wrong = [
            f"{statement.sql}\n{complaint}"
            for statement in self.asked
            if " GROUP BY " not in statement.sql
            for complaint in await self.large.explainer.complaints(statement, most)
        ]
        assert not wrong, "\n\n".join([f"{len(wrong)} of {len(self.asked)}", *wrong])
