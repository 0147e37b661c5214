"""`partner.benefits`: what a tier gives, and which of it the partner holds."""

from app.domain.activity import NewActivity
from app.domain.programs.vocabulary import ActivityKind
from tests.api.calls import Api
from tests.api.standings import (
    TRAINED,
    evaluate,
    import_north,
    make_silver,
    tell,
    trained,
)
from tests.contract.recorded_sql import statements
from tests.world import World

BENEFITS = """query($slug: String!, $program: String) { partner(slug: $slug) {
    benefits(program: $program) { id programKey tier { key name rank }
        benefit { __typename id key name kind description } value condition { label kind }
        held whyNot } } }"""


async def benefits(api: Api, actor, program: str | None = None):
    data = await api.data(actor, BENEFITS, slug="acme", program=program)
    return {benefit["benefit"]["key"]: benefit for benefit in data["partner"]["benefits"]}


async def test_a_benefit_without_a_condition_is_held(api: Api, world: World):
    await import_north(world)
    await make_silver(api, world.acme)
    found = await benefits(api, world.acme.as_admin())
    assert list(found) == ["priority", "webinars", "roadmap"]
    told = found["priority"]
    assert (told["held"], told["whyNot"], told["condition"]) == (True, None, None)
    assert (told["programKey"], told["value"]) == ("north", {"text": "Priority"})
    assert told["tier"] == {"key": "silver", "name": "Silver", "rank": 2}
    id = told["benefit"].pop("id")
    assert told["benefit"] == {
        "__typename": "Benefit",
        "key": "priority",
        "name": "Priority support",
        "kind": "ENTITLEMENT",
        "description": "For tests.",
    }
    document = """query($ids: [ID!]!) { nodes(ids: $ids) {
        ... on Benefit { key } ... on TierBenefit { tier { key } } } }"""
    nodes = await api.data(world.acme.as_admin(), document, ids=[id, told["id"]])
    assert nodes["nodes"] == [{"key": "priority"}, {"tier": {"key": "silver"}}]


async def test_a_condition_says_what_is_missing_until_it_holds(api: Api, world: World, clock):
    await import_north(world)
    await make_silver(api, world.acme)
    told = (await benefits(api, world.acme.as_admin()))["webinars"]
    assert told["condition"] == {"label": TRAINED, "kind": "CONDITION"}
    assert (told["held"], told["whyNot"]) == (False, f"Missing: {TRAINED}.")
    await tell(world, world.acme.partner, trained(clock.now()))
    told = (await benefits(api, world.acme.as_admin()))["webinars"]
    assert (told["held"], told["whyNot"]) == (True, None)


async def test_an_unpublished_threshold_is_for_the_vendor_to_decide(api: Api, world: World, clock):
    """It never passes by itself, however high the value."""
    await import_north(world)
    await make_silver(api, world.acme)
    vetted = NewActivity(ActivityKind.MANUAL, clock.now(), code="VETTED", value="9", note="Fine.")
    await tell(world, world.acme.partner, vetted)
    told = (await benefits(api, world.acme.as_admin()))["roadmap"]
    assert told["held"] is False
    assert told["whyNot"] == "For the vendor to decide: Vetted by the vendor."


async def test_benefits_of_one_program_or_of_all(api: Api, world: World):
    await import_north(world)
    await import_north(world, key="south")
    await make_silver(api, world.acme)
    await evaluate(api, world.acme, "south")
    document = """{ partner(slug: "acme") { benefits { programKey benefit { key } }
        south: benefits(program: "south") { programKey }
        none: benefits(program: "none") { programKey } } }"""
    told = (await api.data(world.acme.as_admin(), document))["partner"]
    assert [b["programKey"] for b in told["benefits"]] == ["north"] * 3 + ["south"] * 3
    assert [b["programKey"] for b in told["south"]] == ["south"] * 3
    assert told["none"] == []


async def test_nothing_is_measured_for_benefits_of_which_nobody_asks_whether_they_are_held(
    api: Api, world: World
):
    await import_north(world)
    await make_silver(api, world.acme)
    document = '{ partner(slug: "acme") { benefits { value } } }'
    with statements() as sent:
        await api.data(world.acme.as_admin(), document)
    assert not [sql for sql in sent if "activity_record" in sql]


async def test_who_sees_benefits(api: Api, world: World):
    await import_north(world)
    await make_silver(api, world.acme)
    for actor in (world.as_vendor(), world.as_analyst(), world.acme.as_advisor()):
        assert len(await benefits(api, actor)) == 3
    assert await benefits(api, world.acme.as_client_user()) == {}
    hidden = await api.data(world.rival.as_admin(), BENEFITS, slug="acme")
    assert hidden["partner"] is None
