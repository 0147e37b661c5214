"""Pages of every connection: together they are the list, in each ordering and both directions."""

from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.text import sort_key
from app.persistence import models
from schema.node import encode
from tests.contract.connection_pages import DIRECTIONS, List, connections, orderings
from tests.contract.full_database import Full
from tests.world import LONG_AGO, World

SIZE = 7
FIRST_CLIENTS = ["abacus", "Ábaco", "Zeta", "zeta", "ZETA", "Émile & Söhne", "émile & sohne"]


async def test_pages_in_both_directions_are_the_whole_list(full: Full, ask, schema):
    # One of eight events is of no client.
    await full.grow(SIZE + 1, full.world.acme)
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
