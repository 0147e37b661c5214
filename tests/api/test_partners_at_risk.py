"""`partnersAtRisk`: who will fall if nothing changes, the first to fall first."""

from datetime import timedelta

import pytest

from app.persistence.models import Standing
from tests.api.calls import Api
from tests.api.standings import evaluate, import_north
from tests.world import World

AT_RISK = """query($where: AtRiskFilter, $first: Int, $after: Cursor) {
    partnersAtRisk(where: $where, first: $first, after: $after) { totalCount
        pageInfo { hasNextPage endCursor }
        nodes { partner { slug } program { key } atRisk { on because } } } }"""


@pytest.fixture
async def risks(api: Api, world: World, clock) -> None:
    """Acme will fall in 20 days in North and in 40 in South; the rival in 30 days in North."""
    for key in ("north", "south"):
        await import_north(world, key=key)
        for team in (world.acme, world.rival):
            await evaluate(api, team, key)
    falls = {("acme", "north"): 20, ("acme", "south"): 40, ("rival", "north"): 30}
    for (slug, key), days in falls.items():
        standing = await Standing.get(partner__slug=slug, program__key=key)
        standing.at_risk_on = clock.now() + timedelta(days=days)
        standing.at_risk_because = ["Not enough sold"]
        await standing.save()


async def told(api: Api, actor, **where):
    found = (await api.data(actor, AT_RISK, where=where))["partnersAtRisk"]
    assert found["totalCount"] == len(found["nodes"])
    return [(node["partner"]["slug"], node["program"]["key"]) for node in found["nodes"]]


async def test_the_vendor_sees_all_the_first_to_fall_first(api: Api, world: World, clock, risks):
    expected = [("acme", "north"), ("rival", "north"), ("acme", "south")]
    assert await told(api, world.as_vendor()) == expected
    assert await told(api, world.as_analyst()) == expected
    found = await api.data(world.as_vendor(), AT_RISK)
    risk = found["partnersAtRisk"]["nodes"][0]["atRisk"]
    on = (clock.now() + timedelta(days=20)).isoformat().replace("+00:00", "Z")
    assert risk == {"on": on, "because": ["Not enough sold"]}


async def test_by_program_and_by_date(api: Api, world: World, clock, risks):
    vendor, before = world.as_vendor(), (clock.now() + timedelta(days=30)).isoformat()
    assert await told(api, vendor, program="south") == [("acme", "south")]
    assert await told(api, vendor, before=before) == [("acme", "north")]
    assert await told(api, vendor, program="south", before=before) == []
    assert await told(api, vendor, program="none") == []


async def test_page_by_page(api: Api, world: World, risks):
    found, after = [], None
    for _ in range(3):
        page = await api.data(world.as_vendor(), AT_RISK, first=1, after=after)
        info = page["partnersAtRisk"]["pageInfo"]
        found += [node["program"]["key"] for node in page["partnersAtRisk"]["nodes"]]
        after = info["endCursor"]
    assert (found, info["hasNextPage"]) == (["north", "north", "south"], False)


async def test_a_team_sees_its_own(api: Api, world: World, risks):
    for actor in (world.acme.as_admin(), world.acme.as_advisor()):
        assert await told(api, actor) == [("acme", "north"), ("acme", "south")]
    assert await told(api, world.rival.as_admin()) == [("rival", "north")]
    assert await told(api, world.acme.as_client_user()) == []


async def test_a_risk_that_has_ended_is_not_listed(api: Api, world: World, risks):
    await evaluate(api, world.acme)
    assert await told(api, world.as_vendor()) == [("rival", "north"), ("acme", "south")]
