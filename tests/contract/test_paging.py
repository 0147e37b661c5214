"""Pages of every connection: together they are the list, in each ordering and both directions."""

import base64
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
from graphql import GraphQLField, get_named_type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.text import sort_key
from app.persistence import models
from schema.node import encode
from tests.asking import Ask
from tests.contract.documents import core, is_connection, object_types
from tests.contract.fullness import Full
from tests.contract.test_statement_counts import parents
from tests.world import LONG_AGO, World

SIZE = 7
DIRECTIONS = ("ASC", "DESC")
FIRST_CLIENTS = ["abacus", "Ábaco", "Zeta", "zeta", "ZETA", "Émile & Söhne", "émile & sohne"]


def connections(schema) -> Iterator[tuple[str, str, GraphQLField]]:
    """Every field that gives a connection: the type it is on, its name, the field."""
    for type_ in object_types(schema):
        for name, field in type_.fields.items():
            if is_connection(field.type):
                yield type_.name, name, field


def orderings(schema, field: GraphQLField) -> list[str]:
    """The `orderBy` arguments that a connection can be given: each field, up and down."""
    if "orderBy" not in field.args:
        return [""]
    enum = get_named_type(field.args["orderBy"].type).fields["field"].type.of_type
    assert set(core(schema).type_map["OrderDirection"].values) == {"ASC", "DESC"}
    return [
        "",
        *(f"orderBy: {{field: {v}, direction: {d}}}" for v in enum.values for d in DIRECTIONS),
    ]


DIRECTIONS = ("ASC", "DESC")


class List:
    """One connection of one object, as an actor reads it."""

    def __init__(self, ask: Ask, full: Full, type_name: str, name: str, order: str) -> None:
        self.ask, self.actor = ask, full.world.as_vendor()
        self.name, self.order = name, order
        self.id = None if type_name == "Query" else encode(type_name, parents(full)[type_name])
        self.type_name = type_name

    async def page(self, given: str, asked: str = "edges { cursor node { id } }") -> dict[str, Any]:
        """The page for some paging arguments."""
        answer = await self.answer(given, asked)
        assert "errors" not in answer, answer
        found = answer["data"] if self.id is None else answer["data"]["node"]
        return found[self.name]

    async def answer(self, given: str, asked: str) -> dict[str, Any]:
        field = f"{self.name}({given} {self.order}) {{ {asked} }}"
        if self.id is None:
            return await self.ask(self.actor, f"{{ {field} }}")
        document = f'{{ node(id: "{self.id}") {{ ... on {self.type_name} {{ {field} }} }} }}'
        return await self.ask(self.actor, document)

    async def walk(self, size: int, backward: bool) -> list[str]:
        """The ids of the whole list, read page by page."""
        count, onward = ("last", "before") if backward else ("first", "after")
        more, cursor = (
            ("hasPreviousPage", "startCursor") if backward else ("hasNextPage", "endCursor")
        )
        ids: list[str] = []
        position = ""
        while True:
            page = await self.page(
                f"{count}: {size} {position}",
                "nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }",
            )
            part = [node["id"] for node in page["nodes"]]
            ids = part + ids if backward else ids + part
            if not page["pageInfo"][more]:
                return ids
            position = f'{onward}: "{page["pageInfo"][cursor]}"'


async def test_pages_in_both_directions_are_the_whole_list(full: Full, ask, schema):
    await full.grow(SIZE, full.world.acme)
    seen = 0
    for type_name, name, field in connections(schema):
        for order in orderings(schema, field):
            listed = List(ask, full, type_name, name, order)
            whole = await listed.page("first: 100", "nodes { id } edges { node { id } } totalCount")
            ids = [node["id"] for node in whole["nodes"]]
            where = f"{type_name}.{name} {order}"
            assert [edge["node"]["id"] for edge in whole["edges"]] == ids, where
            assert whole["totalCount"] == len(ids) == len(set(ids)) >= SIZE, where
            assert await listed.walk(3, backward=False) == ids, where
            assert await listed.walk(3, backward=True) == ids, where
            seen += 1
    assert seen > 30


async def test_the_other_direction_is_the_list_turned_round(full: Full, ask, schema):
    await full.grow(SIZE, full.world.acme)
    for type_name, name, field in connections(schema):
        for up in orderings(schema, field):
            if "ASC" not in up:
                continue
            down = up.replace("ASC", "DESC")
            sequences = [
                await List(ask, full, type_name, name, order).walk(100, backward=False)
                for order in (up, down)
            ]
            assert sequences[0] == sequences[1][::-1], f"{type_name}.{name} {up}"


async def test_a_cursor_goes_on_right_behind_its_own_item(full: Full, ask, schema):
    await full.grow(SIZE, full.world.acme)
    for type_name, name, field in connections(schema):
        for order in orderings(schema, field):
            listed = List(ask, full, type_name, name, order)
            edges = (await listed.page("first: 100"))["edges"]
            at = len(edges) // 2
            cursor = edges[at]["cursor"]
            after = await listed.page(f'first: 100 after: "{cursor}"')
            before = await listed.page(f'last: 100 before: "{cursor}"')
            assert after["edges"] == edges[at + 1 :], f"{type_name}.{name} {order}"
            assert before["edges"] == edges[:at], f"{type_name}.{name} {order}"


async def test_page_info_tells_where_the_page_lies(world: World, ask):
    document = (
        "query($f: Int, $a: Cursor, $l: Int, $b: Cursor) { partners(first: $f, after: $a, last: $l,"
        " before: $b) { nodes { slug } pageInfo { hasNextPage hasPreviousPage startCursor endCursor"
        " } } }"
    )

    async def page(**variables: Any) -> tuple[list[str], dict[str, Any]]:
        found = (await ask(world.as_vendor(), document, **variables))["data"]["partners"]
        return [node["slug"] for node in found["nodes"]], found["pageInfo"]

    slugs, first = await page(f=1)
    assert (slugs, first["hasNextPage"], first["hasPreviousPage"]) == (["acme"], True, False)
    assert first["startCursor"] == first["endCursor"]
    slugs, second = await page(f=1, a=first["endCursor"])
    assert (slugs, second["hasNextPage"], second["hasPreviousPage"]) == (["rival"], False, True)
    slugs, back = await page(l=1, b=second["startCursor"])
    assert (slugs, back["hasNextPage"], back["hasPreviousPage"]) == (["acme"], True, False)
    slugs, empty = await page(f=5, a=second["endCursor"])
    assert (slugs, empty["startCursor"], empty["endCursor"]) == ([], None, None)
    slugs, unsized = await page()
    assert slugs == ["acme", "rival"] and not unsized["hasNextPage"]


CLIENTS = """
query($id: ID!, $f: Int, $a: Cursor, $l: Int, $b: Cursor, $order: ClientOrder) {
    partner(id: $id) { clients(first: $f, after: $a, last: $l, before: $b, orderBy: $order) {
        totalCount nodes { id name createdAt } pageInfo { endCursor startCursor }
    } }
}
"""


async def add_clients(world: World, names: list[str]) -> str:
    """A partner of its own with clients of these names; gives its global id."""
    unique = uuid4().hex

    async def work() -> models.Partner:
        partner = await models.Partner.create(
            name=unique,
            name_key=unique,
            slug=unique,
            type="MSP",
            status="ACTIVE",
            currency_code="USD",
            billing_model="RESELLER",
            payment_method="CARD",
            created_at=LONG_AGO,
        )
        await models.Client.bulk_create(
            models.Client(
                partner=partner,
                name=name,
                name_key=sort_key(name),
                domain=f"c{i}.example",
                bracket_id="1-10",
                size_source="DECLARED",
                plan_id="FREE",
                created_at=LONG_AGO,
            )
            for i, name in enumerate(names)
        )
        return partner

    return encode("Partner", (await world.database.transaction(work)).id)


async def test_names_are_ordered_without_regard_to_case_and_accents(world: World, ask):
    id = await add_clients(world, FIRST_CLIENTS)
    answer = await ask(world.as_vendor(), CLIENTS, id=id)
    found = [node["name"] for node in answer["data"]["partner"]["clients"]["nodes"]]
    assert [sort_key(name) for name in found] == sorted(sort_key(name) for name in FIRST_CLIENTS)
    assert found[:2] == ["Ábaco", "abacus"]
    assert set(found[2:4]) == {"Émile & Söhne", "émile & sohne"}


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    names=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8),
        min_size=1,
        max_size=12,
    ),
    size=st.integers(1, 5),
    direction=st.sampled_from(DIRECTIONS),
    backward=st.booleans(),
)
async def test_pages_lose_and_repeat_nothing_whatever_the_names(
    world: World, ask, names: list[str], size: int, direction: str, backward: bool
):
    id = await add_clients(world, names)
    order = {"field": "NAME", "direction": direction}
    found: list[tuple[str, str]] = []
    position: dict[str, Any] = {}
    while True:
        arguments = {"l" if backward else "f": size, **position}
        answer = await ask(world.as_vendor(), CLIENTS, id=id, order=order, **arguments)
        page = answer["data"]["partner"]["clients"]
        part = [(sort_key(node["name"]), node["id"]) for node in page["nodes"]]
        found = part + found if backward else found + part
        if len(part) < size:
            break
        info = page["pageInfo"]
        position = {"b": info["startCursor"]} if backward else {"a": info["endCursor"]}
    assert page["totalCount"] == len(names)
    assert found == sorted(found, reverse=direction == "DESC")
    assert sorted(key for key, _ in found) == sorted(map(sort_key, names))


def cursor_of(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


SOME_ID = "01900000-0000-7000-8000-000000000000"
GARBAGE = {
    "not base64": "!",
    "not JSON": "abcd",
    "empty list": cursor_of(),
    "too short": cursor_of("NAME", "a"),
    "no list": base64.urlsafe_b64encode(b'"NAME"').decode(),
    "no id": cursor_of("NAME", "a", "b"),
    "number for text": cursor_of("NAME", 1, SOME_ID),
    "null for text": cursor_of("NAME", None, SOME_ID),
    "NUL in the text": cursor_of("NAME", "a\0", SOME_ID),
    "unknown ordering": cursor_of("SIZE", "a", SOME_ID),
    "ordering that is a list": cursor_of(["NAME"], "a", SOME_ID),
    "number for the id": cursor_of("NAME", "a", 7),
}


async def test_a_cursor_that_was_not_given_is_refused(world: World, ask):
    for what, cursor in GARBAGE.items():
        for direction in ("first: 1 after:", "last: 1 before:"):
            document = f'{{ clients({direction} "{cursor}") {{ nodes {{ id }} }} }}'
            answer = await ask(world.as_vendor(), document)
            assert refusal(answer) in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"), what


async def test_a_time_in_a_cursor_must_be_one(world: World, ask):
    for value in (
        "noon",
        "2026-01-01 00:00:00",
        "2026-01-01",
        "0001-01-01 00:00:00+14:00",
        5,
        None,
    ):
        cursor = cursor_of("CREATED_AT", value, SOME_ID)
        at = f'after: "{cursor}", orderBy: {{field: CREATED_AT}}'
        answer = await ask(world.as_vendor(), f"{{ clients({at}) {{ nodes {{ id }} }} }}")
        assert refusal(answer) == "BAD_USER_INPUT", value


async def test_a_number_in_a_cursor_must_be_one(full: Full, ask):
    for value in ("x", 1.5, 2**63, True, None, [1]):
        listed = List(ask, full, "Partner", "events", "")
        cursor = cursor_of("SEQUENCE", value, SOME_ID)
        answer = await listed.answer(f'after: "{cursor}"', "nodes { id }")
        assert refusal(answer) == "BAD_USER_INPUT", value


async def test_a_cursor_of_another_ordering_is_refused(full: Full, ask, schema):
    tried = 0
    for type_name, name, field in connections(schema):
        orders = [order for order in orderings(schema, field) if "ASC" in order]
        for order in orders:
            edges = (await List(ask, full, type_name, name, order).page("first: 1"))["edges"]
            for other in orders:
                if other == order:
                    continue
                listed = List(ask, full, type_name, name, other)
                answer = await listed.answer(f'after: "{edges[0]["cursor"]}"', "nodes { id }")
                assert refusal(answer) == "BAD_USER_INPUT"
                assert "ordering" in answer["errors"][0]["message"]
                tried += 1
    assert tried >= 12


BAD_PAGES = [
    "first: 0",
    "first: 101",
    "first: -1",
    "last: 0",
    "last: 101",
    "first: 1, last: 1",
    'first: 1, before: "abc"',
    'last: 1, after: "abc"',
    'after: "abc", before: "abc"',
]


async def test_a_page_that_cannot_be_is_refused(full: Full, ask, schema):
    for type_name, name, _ in connections(schema):
        for page in BAD_PAGES:
            answer = await List(ask, full, type_name, name, "").answer(page, "nodes { id }")
            assert refusal(answer) == "BAD_USER_INPUT", f"{type_name}.{name}({page})"


def refusal(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return error["extensions"]["code"]
