"""A short query cannot make a large answer: refused before anything is encoded."""

from typing import Any

import pytest

from app.auth.actor import PUBLIC
from app.persistence import models
from app.reads.budget import Budget
from app.reads.reader import Reader
from app.reads.selection import Field, Selection, asked
from tests.api.calls import Api, global_id
from tests.api.ladder import import_ladder
from tests.clients import add_item
from tests.world import World

# The database does not matter here: one is enough.
pytestmark = pytest.mark.parametrize("migrated", ["postgres"], indirect=True)

CODE = "DOCUMENT_TOO_COMPLEX"


# A library's items, for each item of the library.
SHELF = """query($id: ID!) { contentItem(id: $id) { library { items(first: 100) { nodes {
    library { items(first: 100) { nodes { %s } } } } } } } }"""


async def refusal(api: Api, actor: Any, document: str, **variables: Any) -> tuple[str, str]:
    answer = await api.ask(actor, document, **variables)
    [error] = answer["errors"]
    assert not any((answer["data"] or {}).values())
    return error["extensions"]["code"], error["message"]


def aliases(count: int, text: str) -> str:
    return " ".join(f"a{i}: {text}" for i in range(count))


def up_and_down(times: int, leaf: str) -> str:
    """Benefits of a tier, and its tier again, so many times."""
    return "{ tierPrograms { tiers" + "{ benefits { tier" * times + leaf + "} }" * times + "} }"


async def test_lists_within_lists_are_refused_by_what_they_could_come_to(api: Api, world: World):
    await import_ladder(world)
    assert await api.data(PUBLIC, up_and_down(2, "{ id }"))
    code, message = await refusal(api, PUBLIC, up_and_down(6, "{ id }"))
    assert code == CODE
    assert "At most 500000 are allowed" in message


async def test_pages_within_pages_are_refused_by_what_they_could_come_to(api: Api, world: World):
    def pages(size: str) -> str:
        inner = "partner { clients(first: %s) { nodes { %s } } }"
        deep = inner % (size, inner % (size, "id"))
        return f"query($n: Int) {{ clients(first: $n) {{ nodes {{ {deep} id }} }} }}"

    admin = world.acme.as_admin()
    assert await api.data(admin, pages("10"), n=10)
    assert (await refusal(api, admin, pages("100"), n=1))[0] == CODE
    # A document is kept and used again with other variables.
    assert (await refusal(api, admin, pages("$n"), n=1))[0] == CODE


async def test_comparing_fields_of_one_name_ends_soon(api: Api, world: World):
    repeated = "{ viewer { " + "partner { name name name } " * 90 + "} }"
    code, message = await refusal(api, PUBLIC, repeated)
    assert code == CODE
    assert "Write each once" in message
    assert await api.data(PUBLIC, "{ viewer { " + "name " * 100 + "} }")
    code, message = await refusal(api, PUBLIC, "{" + "...{ viewer { name } }" * 280 + "}")
    assert code == CODE


async def test_an_answer_that_grows_beyond_the_limit_is_not_finished(api: Api, world: World):
    """Each reference to one object counts, although it is in memory once."""
    item = await many_items(world, 60)
    wide = "a" * 3000 + ": kind"
    code, message = await refusal(api, world.acme.as_admin(), SHELF % wide, id=item)
    assert code == CODE
    assert "more than 10,000,000 characters" in message
    found = await api.data(world.acme.as_admin(), SHELF % "kind", id=item)
    nodes = found["contentItem"]["library"]["items"]["nodes"]
    assert [len(node["library"]["items"]["nodes"]) for node in nodes] == [60] * 60


async def test_long_texts_count(api: Api, world: World):
    item = await many_items(world, 60, description="x" * 3000)
    admin = world.acme.as_admin()
    assert (await refusal(api, admin, SHELF % "description", id=item))[0] == CODE
    assert await api.data(admin, SHELF % "title", id=item)


async def test_many_short_texts_count(api: Api, world: World):
    item = await many_items(world, 60, title="x" * 200)
    admin = world.acme.as_admin()
    assert (await refusal(api, admin, SHELF % aliases(20, "title"), id=item))[0] == CODE
    assert await api.data(admin, SHELF % aliases(20, "kind"), id=item)


async def test_root_fields_share_one_limit(api: Api, world: World):
    item = await many_items(world, 100, description="x" * 3000)
    admin = world.acme.as_admin()
    field = "contentItem(id: $id) { library { items(first: 100) { nodes { description } } } }"
    answer = await api.ask(admin, f"query($id: ID!) {{ {aliases(50, field)} }}", id=item)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {CODE}
    assert 25 < sum(value is not None for value in answer["data"].values()) < 34
    # The next operation begins anew.
    assert await api.data(admin, f"query($id: ID!) {{ {aliases(25, field)} }}", id=item)


async def test_names_of_connections_and_edges_count(api: Api, world: World):
    long = "a" * 300_000
    admin = world.acme.as_admin()
    clients = "clients(first: 20) { edges { %s } }"
    pages = "{ clients { nodes { partner { clients { nodes { partner { %s } } } } } } }"
    await models.Client.bulk_create([await another(world, i) for i in range(9)])
    assert (await refusal(api, admin, pages % (clients % f"{long}: cursor")))[0] == CODE
    assert (await refusal(api, admin, pages % f"clients {{ {long}: totalCount }}"))[0] == CODE
    assert await api.data(admin, pages % (clients % "cursor"))


async def test_what_a_batch_function_makes_counts(api: Api, world: World):
    await models.Client.bulk_create([await another(world, i) for i in range(30)])
    slots = "slots { %s }"
    query = "{ clients(first: 40) { nodes { partner { clients(first: 40) { nodes { partner { %s"
    document = query % (slots % ("a" * 12_000 + ": included")) + "} } } } } } }"
    assert (await refusal(api, world.acme.as_admin(), document))[0] == CODE
    small = query % (slots % "included") + "} } } } } } }"
    assert await api.data(world.acme.as_admin(), small)


async def test_reads_with_a_budget_of_their_own_do_not_share_a_limit(world: World, runtime):
    """Each event of a stream is read so: a stream may go on for years."""
    await many_items(world, 100, description="x" * 3000)
    selection = Selection("ContentItem", (Field("text", "description"),))
    for _ in range(40):
        admin, now = world.acme.as_admin(), world.clock.now()
        reader = Reader(world.database, runtime.plans, admin, now, Budget(), str)
        assert len(await reader.many(asked(selection), "t.id")) >= 100


async def many_items(world: World, count: int, title: str = "Access", description: str = "") -> str:
    """So many content items in one library; gives the global id of one."""
    for _ in range(count):
        item = await add_item(world.acme.library, title, description=description)
    return global_id(item)


async def another(world: World, number: int) -> models.Client:
    """One more client like the partner's first, not yet saved."""
    client = world.acme.client.clone()
    client.id = models.Client().id
    client.domain = f"c{number}.example.com"
    return client


async def test_an_object_that_is_asked_for_often_counts_often(world: World, ask) -> None:
    big = "x" * 190_000
    await models.ContentVersion.filter(id=world.open_version.id).update(body=big)
    id = f"content_version_{world.open_version.id.hex}"
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on ContentVersion { body } } }"

    once = await ask(world.as_vendor(), document, ids=[id])
    assert once["data"]["nodes"] == [{"body": big}]
    often = await ask(world.as_vendor(), document, ids=[id] * 100)
    [error] = often["errors"]
    assert error["extensions"]["code"] == "DOCUMENT_TOO_COMPLEX"
