"""Plans are compiled once for what they depend on, and no more are kept than their bound allows."""

from itertools import combinations

from app.auth.actor import PUBLIC
from app.context import Runtime
from app.domain.identity import Scope
from app.reads.plan import Viewpoint
from app.reads.plans import FIELD_WEIGHT, Plans
from app.reads.selection import Field, Selection, asked
from tests.execute import Ask
from tests.world import World

DOCUMENT = """query($first: Int, $search: String, $with: Boolean = true) {
    viewer { partner {
        name @include(if: $with)
        clients(first: $first, where: {search: $search}, orderBy: {field: CREATED_AT}) {
            nodes { name }
        }
    } }
}"""


async def test_a_plan_serves_every_request_that_differs_in_arguments_alone(
    world: World, ask: Ask, runtime: Runtime
):
    acme, rival = world.acme, world.rival
    for first, search in ((1, None), (5, None), (5, "a"), (9, "no such client")):
        answer = await ask(acme.as_admin(), DOCUMENT, first=first, search=search)
        names = [node["name"] for node in answer["data"]["viewer"]["partner"]["clients"]["nodes"]]
        assert names == ([] if search and "no such" in search else [acme.client.name])
    # Another partner's admin is told of its own, by the same plan.
    answer = await ask(rival.as_admin(), DOCUMENT)
    assert answer["data"]["viewer"]["partner"]["name"] == rival.partner.name
    assert len(runtime.plans) == 1


async def test_what_a_plan_depends_on_makes_another(world: World, ask: Ask, runtime: Runtime):
    acme = world.acme
    await ask(acme.as_admin(), DOCUMENT)
    answer = await ask(acme.as_admin(), DOCUMENT, **{"with": False})
    assert list(answer["data"]["viewer"]["partner"]) == ["clients"]
    assert len(runtime.plans) == 2
    await ask(acme.as_advisor(), DOCUMENT)
    assert len(runtime.plans) == 3
    await ask(acme.as_app(Scope.PARTNERS_READ, Scope.CLIENTS_READ), DOCUMENT)
    refused = await ask(acme.as_app(Scope.PARTNERS_READ), DOCUMENT)
    assert refused["errors"][0]["path"] == ["viewer", "partner", "clients"]
    assert len(runtime.plans) == 5
    # A document with other spaces is another, whatever it asks.
    await ask(acme.as_admin(), DOCUMENT + " ")
    assert len(runtime.plans) == 6


def selection(fields: int) -> Selection:
    return Selection("Client", tuple(Field(f"f{i}", "name") for i in range(fields)))


def test_those_used_last_are_kept_within_the_bound(runtime: Runtime):
    plans = Plans(runtime.catalogue, "sqlite", max_weight=100 * FIELD_WEIGHT)
    vendor = Viewpoint("vendor")
    often = selection(10)
    kept = plans.objects(asked(often), vendor)
    for _ in range(50):
        plans.objects(asked(selection(10)), vendor)
        assert plans.objects(asked(often), vendor) is kept
        assert len(plans) <= 10
    plans.objects(asked(selection(101)), vendor)
    assert plans.objects(asked(often), vendor) is kept


CONDITIONS = {
    "search": "a",
    "domain": "a.example",
    "status": ["ACTIVE"],
    "plan": ["FREE"],
    "bracket": ["11-50"],
    "createdAfter": "2026-01-01T00:00:00Z",
    "createdBefore": "2026-01-01T00:00:00Z",
}


async def test_a_plan_weighs_what_its_document_does(world: World, ask: Ask, runtime: Runtime):
    """It keeps it alive: a short selection in a long text must not be cheap to keep."""
    runtime.plans = Plans(runtime.catalogue, world.database.dialect, max_weight=10_000)
    for number in range(30):
        long = "\n".join(f"# {number}" for _ in range(1500))
        await ask(PUBLIC, f"query Q{number} {{ plans {{ code }} }}\n{long}")
    assert len(runtime.plans) < 10


async def test_a_variable_of_another_operation_is_no_switch(world: World, ask: Ask):
    document = """query A($x: Boolean!) { viewer { __typename @include(if: $x) } }
        query B($x: ClientFilter) { clients(where: $x) { nodes { name } } }"""
    admin = world.acme.as_admin()
    for where, names in (({}, [world.acme.client.name]), ({"domain": "none.example"}, [])):
        answer = await ask(admin, document, "B", x=where)
        assert [node["name"] for node in answer["data"]["clients"]["nodes"]] == names
    assert (await ask(admin, document, "A", x=False))["data"] == {"viewer": {}}


async def test_a_level_keeps_few_texts(world: World, ask: Ask, runtime: Runtime):
    """Which conditions are set is the caller's choice, and each choice has another text."""
    document = """query($where: ClientFilter) {
        viewer { partner { clients(where: $where) { totalCount } } } }"""
    for count in range(len(CONDITIONS) + 1):
        for names in combinations(CONDITIONS, count):
            where = {name: CONDITIONS[name] for name in names}
            answer = await ask(world.acme.as_admin(), document, where=where)
            assert "errors" not in answer, answer
    [plan] = runtime.plans._kept.values()
    [relation] = plan.level.shape.relations
    assert 1 < len(relation.level.texts) <= 10
