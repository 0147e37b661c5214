"""`partner.tierProgress`: the gap to the next tier, what it rests on, what runs out."""

from datetime import timedelta

import pytest

from tests.api.calls import Api
from tests.api.standings import (
    add_like,
    certified,
    evaluate,
    import_north,
    landing_page,
    make_silver,
    sale,
    tell,
)
from tests.contract.recorded_sql import statements
from tests.world import World

PROGRESS = """query($slug: String!, $program: String, $days: Int = 90) { partner(slug: $slug) {
    tierProgress(program: $program, horizonDays: $days) {
        programKey programName asOf tier { key name rank } nextTier { key }
        gap { label metric operator unit met records value { text number } threshold { text }
            remaining { text } contributors { id kind amount { amount currencyCode } occurredAt } }
        gate { label } nextTierRequirement { kind met of { label met result { met } } }
        expiring { withinDays on label unit tiers valueNow { text } valueThen { text }
            thresholdMissed }
        awaitingApproval chart
    } } }"""


async def progress(api: Api, actor, **variables):
    return (await api.data(actor, PROGRESS, slug="acme", **variables))["partner"]["tierProgress"]


async def test_the_gap_to_the_next_tier(api: Api, world: World):
    await import_north(world)
    await make_silver(api, world.acme)
    told = await progress(api, world.acme.as_admin())
    assert (told["programKey"], told["programName"]) == ("north", "North Program")
    assert told["tier"] == {"key": "silver", "name": "Silver", "rank": 2}
    assert told["nextTier"] == {"key": "gold"}
    sold, people, page = told["gap"]
    assert (sold["label"], sold["met"]) == ("Sold ARR of 50000 in 12 months", "NOT_MET")
    assert sold["value"] == {"text": "12000", "number": "12000"}
    assert (sold["threshold"]["text"], sold["remaining"]["text"]) == ("50000", "38000")
    assert sold["unit"] == "USD"
    # Newest first.
    assert [c["amount"]["amount"] for c in sold["contributors"]] == ["8000.00", "4000.00"]
    assert sold["records"] == 2
    assert (people["value"]["text"], people["remaining"]["text"]) == ("1", "1")
    assert [c["kind"] for c in people["contributors"]] == ["CERTIFICATION"]
    assert (page["value"]["text"], page["remaining"]) == ("false", None)
    assert told["gate"] is None and not told["awaitingApproval"]
    tree = told["nextTierRequirement"]
    assert (tree["kind"], tree["met"]) == ("ALL", "NOT_MET")
    assert [node["result"]["met"] for node in tree["of"]] == ["NOT_MET"] * 3


async def test_a_contributor_is_a_record_of_the_partner(api: Api, world: World):
    await import_north(world)
    await make_silver(api, world.acme)
    [newest, *_] = (await progress(api, world.acme.as_admin()))["gap"][0]["contributors"]
    document = """query($id: ID!) { node(id: $id) { ... on ActivityRecord {
        amount { amount } partner { slug } } } }"""
    told = (await api.data(world.acme.as_admin(), document, id=newest["id"]))["node"]
    assert told == {"amount": {"amount": "8000.00"}, "partner": {"slug": "acme"}}


async def test_what_expires_within_thirty_sixty_and_ninety_days(api: Api, world: World, clock):
    await import_north(world)
    await make_silver(api, world.acme)
    told = (await progress(api, world.acme.as_admin()))["expiring"]
    sold = [e for e in told if e["label"] == "Sold ARR of 10000 in 12 months"]
    # Of the first sale 345 days ago, 4,000 leave the window within 30 days.
    assert [e["withinDays"] for e in sold] == [30, 60, 90]
    assert {(e["valueNow"]["text"], e["valueThen"]["text"]) for e in sold} == {("12000", "8000")}
    assert all(e["thresholdMissed"] and e["tiers"] == ["silver"] for e in sold)
    people = [e for e in told if e["label"] == "1 people certified"]
    assert [e["withinDays"] for e in people] == [60, 90]
    assert people[0]["on"] == (clock.now() + timedelta(days=60)).isoformat().replace("+00:00", "Z")
    # What the next tier asks for is not met before either: it is lost, but nothing is missed.
    above = [e for e in told if e["tiers"] == ["gold"]]
    assert above and not any(e["thresholdMissed"] for e in above)


@pytest.mark.parametrize(
    ("days", "steps"), [(0, set()), (25, {25}), (45, {30, 45}), (None, {30, 60, 90})]
)
async def test_the_horizon_says_how_far_it_looks(api: Api, world: World, days, steps):
    await import_north(world)
    await make_silver(api, world.acme)
    told = await progress(api, world.acme.as_admin(), days=days)
    assert {e["withinDays"] for e in told["expiring"]} == steps


@pytest.mark.parametrize("days", [-1, 366])
async def test_a_horizon_out_of_range_is_refused(api: Api, world: World, days):
    await import_north(world)
    assert await api.error(world.as_vendor(), PROGRESS, slug="acme", days=days) == "BAD_USER_INPUT"


async def test_progress_is_measured_now_and_not_when_it_was_evaluated(
    api: Api, world: World, clock
):
    await import_north(world)
    await make_silver(api, world.acme)
    await tell(world, world.acme.partner, sale(clock.now(), 1_000))
    gap = (await progress(api, world.acme.as_admin()))["gap"]
    assert gap[0]["value"]["text"] == "13000"
    clock.advance(days=400)
    gap = (await progress(api, world.acme.as_admin()))["gap"]
    assert gap[0]["value"]["text"] == "0"


async def test_above_the_highest_tier_there_is_no_gap(api: Api, world: World, clock):
    await import_north(world)
    await tell(
        world,
        world.acme.partner,
        sale(clock.now(), 60_000),
        certified(clock.now(), "a@acme.example"),
        certified(clock.now(), "b@acme.example"),
        landing_page(clock.now()),
    )
    await evaluate(api, world.acme)
    told = await progress(api, world.acme.as_admin())
    assert told["tier"]["key"] == "gold"
    assert (told["nextTier"], told["gap"], told["nextTierRequirement"]) == (None, [], None)
    assert "no higher tier" in told["chart"]


async def test_the_chart_shows_a_bar_for_each_condition(api: Api, world: World):
    await import_north(world)
    await make_silver(api, world.acme)
    chart = (await progress(api, world.acme.as_admin()))["chart"]
    assert chart.startswith("<svg") and "Silver → Gold" in chart
    assert "12000 USD" in chart and "50000 USD" in chart


async def test_two_horizons_by_alias_and_by_variable(api: Api, world: World):
    await import_north(world)
    await make_silver(api, world.acme)
    document = """query($short: Int, $key: String) { partner(slug: "acme") {
        short: tierProgress(horizonDays: $short, program: $key) { expiring { withinDays } }
        long: tierProgress(horizonDays: 60) { expiring { withinDays } }
    } }"""
    for short in (30, 45):
        told = await api.data(world.acme.as_admin(), document, short=short, key="north")
        steps = {
            name: {e["withinDays"] for e in told["partner"][name]["expiring"]}
            for name in ("short", "long")
        }
        assert steps == {"short": {30, short}, "long": {30, 60}}
    told = await api.data(world.acme.as_admin(), document, short=30, key="none")
    assert told["partner"]["short"] is None and told["partner"]["long"]


async def test_there_is_none_outside_of_a_program(api: Api, world: World):
    assert await progress(api, world.acme.as_admin()) is None
    await import_north(world)
    assert await progress(api, world.acme.as_admin()) is None
    assert await progress(api, world.acme.as_admin(), program="none") is None


async def test_who_sees_progress(api: Api, world: World):
    await import_north(world)
    await make_silver(api, world.acme)
    for actor in (world.as_vendor(), world.as_analyst(), world.acme.as_advisor()):
        assert await progress(api, actor)
    assert await progress(api, world.acme.as_client_user()) is None
    assert (await api.data(world.rival.as_admin(), PROGRESS, slug="acme"))["partner"] is None


async def test_many_partners_take_as_many_statements_as_one(api: Api, world: World):
    await import_north(world)
    await make_silver(api, world.acme)
    document = """{ partners(first: 100) { nodes {
        tierProgress { gap { label contributors { id } } expiring { label } chart }
        benefits { held } standing { atRisk { on } } } } }"""
    counts = {}
    for size in (1, 40):
        await add_like(world.acme, size - 1)
        await api.data(world.as_vendor(), document)
        with statements() as sent:
            told = await api.data(world.as_vendor(), document)
        found = [node for node in told["partners"]["nodes"] if node["tierProgress"]]
        assert len(found) == size
        assert all(node["tierProgress"]["gap"] and node["benefits"] for node in found)
        counts[size] = len(sent)
    assert counts[1] == counts[40]
