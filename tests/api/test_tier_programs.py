"""`tierProgram` and `tierPrograms`: the ladder of S0 as the API tells it, and who is where."""

from datetime import timedelta

from app.auth.actor import PUBLIC
from app.domain.partners import PartnerType
from app.persistence.models import Event
from tests.api.calls import Api, global_id
from tests.api.ladder import KEY, import_ladder, publish_events, set_tier
from tests.world import World

PROGRAM = """query($key: String!) { tierProgram(key: $key) {
    key name partnerTypes
    version { number status effectiveFrom policy gate { kind label condition { metric } } }
    versions { number status }
    tiers { key name rank color requirement { kind of { kind label condition {
        metric operator threshold published unit window } } }
        benefits { benefit { key } value } }
    benefits { key name kind }
    standings { totalCount nodes { partner { slug } tier { key } } }
} }"""


async def program(api: Api, actor, key: str = KEY):
    return (await api.data(actor, PROGRAM, key=key))["tierProgram"]


async def test_the_ladder_of_s0(api: Api, world: World):
    await import_ladder(world)
    found = await program(api, world.acme.as_admin())
    assert [(t["key"], t["name"], t["rank"]) for t in found["tiers"]] == [
        ("silver", "Silver", 1),
        ("gold", "Gold", 2),
        ("platinum", "Platinum", 3),
    ]
    silver, gold, platinum = found["tiers"]
    assert silver["requirement"] is None and gold["requirement"]["kind"] == "ALL"
    assert len(gold["requirement"]["of"]) == len(platinum["requirement"]["of"]) == 4
    sold, certified, _, monthly = [node["condition"] for node in gold["requirement"]["of"]]
    # An amount that is not published: the vendor alone decides.
    assert (sold["threshold"], sold["published"]) == (None, False)
    assert sold["window"] == {"kind": "ROLLING", "count": 12, "unit": "MONTH"}
    assert (certified["operator"], certified["threshold"]) == ("GTE", "1")
    assert monthly["window"]["kind"] == "EACH_BUCKET"
    assert found["version"]["gate"]["condition"] == {"metric": "ORGANISATION_CERTIFICATION"}
    assert found["version"]["policy"]["promotion"] == "IMMEDIATE"


async def test_what_each_tier_gives(api: Api, world: World):
    await import_ladder(world)
    found = await program(api, PUBLIC)
    shares = [
        benefit["value"]["rate"]
        for tier in found["tiers"]
        for benefit in tier["benefits"]
        if benefit["benefit"]["key"] == "margin-share"
    ]
    assert shares == ["0.20", "0.30", "0.40"]
    given = {b["benefit"]["key"] for tier in found["tiers"] for b in tier["benefits"]}
    defined = {benefit["key"] for benefit in found["benefits"]}
    # S0 names two benefits that no tier gives.
    assert given < defined and len(defined - given) == 2


async def test_a_program_is_public_and_standings_are_not(api: Api, world: World):
    await import_ladder(world)
    await set_tier(api, world.acme, "gold")
    await set_tier(api, world.rival, "silver")
    gold = {"partner": {"slug": "acme"}, "tier": {"key": "gold"}}
    silver = {"partner": {"slug": "rival"}, "tier": {"key": "silver"}}
    for actor, nodes in [
        (world.as_vendor(), [gold, silver]),
        (world.as_analyst(), [gold, silver]),
        (world.acme.as_admin(), [gold]),
        (world.rival.as_advisor(), [silver]),
        (world.acme.as_client_user(), []),
        (PUBLIC, []),
    ]:
        found = await program(api, actor)
        assert found["standings"] == {"totalCount": len(nodes), "nodes": nodes}
        assert len(found["tiers"]) == 3


async def test_a_draft_is_the_vendors_own_business(api: Api, world: World):
    await import_ladder(world, publish=False)
    for actor in (PUBLIC, world.acme.as_admin()):
        assert await program(api, actor) is None
        assert (await api.data(actor, "{ tierPrograms { key } }"))["tierPrograms"] == []
    found = await program(api, world.as_vendor())
    assert found["versions"] == [{"number": 1, "status": "DRAFT"}]
    assert found["version"] is None and found["tiers"] == []


async def test_a_new_draft_is_the_vendors_own_business_too(api: Api, world: World):
    await import_ladder(world)
    await import_ladder(world, publish=False, name="Not yet")
    found = await program(api, PUBLIC)
    assert found["versions"] == [{"number": 1, "status": "PUBLISHED"}]
    assert found["name"] != "Not yet" and len(found["tiers"]) == 3
    found = await program(api, world.as_vendor())
    assert [version["status"] for version in found["versions"]] == ["DRAFT", "PUBLISHED"]
    assert found["version"]["number"] == 1


async def test_a_new_version_takes_the_place_of_the_old_one(api: Api, world: World):
    await import_ladder(world)
    await import_ladder(world, name="Renamed", partner_types=(PartnerType.MSP,))
    found = await program(api, PUBLIC)
    assert (found["name"], found["partnerTypes"]) == ("Renamed", ["MSP"])
    assert found["versions"] == [
        {"number": 2, "status": "PUBLISHED"},
        {"number": 1, "status": "SUPERSEDED"},
    ]
    assert found["version"]["number"] == 2 and len(found["tiers"]) == 3


async def test_all_programs(api: Api, world: World):
    document = "{ tierPrograms { key tiers { key } } }"
    assert await api.data(PUBLIC, document) == {"tierPrograms": []}
    await import_ladder(world)
    [found] = (await api.data(PUBLIC, document))["tierPrograms"]
    assert found["key"] == KEY and len(found["tiers"]) == 3


async def test_there_is_no_such_program(api: Api, world: World):
    assert await program(api, PUBLIC, "no-such") is None
    assert await api.error(PUBLIC, PROGRAM, key="six\0clicks") == "BAD_USER_INPUT"


STANDING = """query($slug: String, $program: String) { partner(slug: $slug) {
    standing(program: $program) { since tier { key } program { key } decision { reason } }
    standings { tier { key } }
    benefits(program: $program) { tier { key } benefit { key } value condition { label } }
    tierHistory { totalCount nodes {
        direction origin reason decidedAt fromTier { key } toTier { key } version { number }
        benefitsGained { benefit { key } value } benefitsLost { benefit { key } value }
    } }
    events(where: {type: [TIER_CHANGED]}) { nodes { sequence cursor data actorRole } }
} }"""


async def standing(api: Api, actor, program: str | None = None):
    return (await api.data(actor, STANDING, slug="acme", program=program))["partner"]


async def test_a_partner_before_it_has_a_tier(api: Api, world: World):
    await import_ladder(world)
    found = await standing(api, world.acme.as_admin())
    assert found == {
        "standing": None,
        "standings": [],
        "benefits": [],
        "tierHistory": {"totalCount": 0, "nodes": []},
        "events": {"nodes": []},
    }


async def test_a_partners_standing_benefits_and_history(api: Api, world: World, clock):
    await import_ladder(world)
    await set_tier(api, world.acme, "silver")
    # Before the evaluation on the first of April, which would take what is not met.
    clock.advance(days=20)
    await set_tier(api, world.acme, "gold")
    await publish_events(world)
    found = await standing(api, world.acme.as_advisor(), KEY)
    assert found["standing"] == {
        "since": "2026-03-22T09:30:00Z",
        "tier": {"key": "gold"},
        "program": {"key": KEY},
        "decision": {"reason": "Signed the new agreement."},
    }
    assert found["standings"] == [{"tier": {"key": "gold"}}]
    assert {benefit["tier"]["key"] for benefit in found["benefits"]} == {"gold"}
    keys = [benefit["benefit"]["key"] for benefit in found["benefits"]]
    assert keys[0] == "margin-share" and found["benefits"][0]["value"]["rate"] == "0.30"
    # The listing is there once the training is done: a condition, told in words.
    assert [b for b in found["benefits"] if b["condition"]]
    promotion, placed = found["tierHistory"]["nodes"]
    assert found["tierHistory"]["totalCount"] == 2
    assert (placed["direction"], placed["fromTier"]) == ("PLACED", None)
    assert (promotion["direction"], promotion["origin"]) == ("PROMOTION", "MANUAL")
    assert (promotion["fromTier"], promotion["toTier"]) == ({"key": "silver"}, {"key": "gold"})
    gained = {b["benefit"]["key"]: b["value"].get("rate") for b in promotion["benefitsGained"]}
    lost = {b["benefit"]["key"]: b["value"].get("rate") for b in promotion["benefitsLost"]}
    # The share at the new rate comes, at the old rate it goes.
    assert (gained["margin-share"], lost["margin-share"]) == ("0.30", "0.20")
    assert "priority-support" in gained and "priority-support" not in lost
    assert placed["benefitsLost"] == []


async def test_events_show_once_they_are_published(api: Api, world: World):
    await import_ladder(world)
    await set_tier(api, world.acme, "silver")
    assert (await standing(api, world.acme.as_admin()))["events"]["nodes"] == []
    await publish_events(world)
    [event] = (await standing(api, world.acme.as_admin()))["events"]["nodes"]
    assert event["sequence"] == 1 and event["actorRole"] == "VENDOR_ADMIN" and event["cursor"]
    assert event["data"] == {
        "program": KEY,
        "fromTier": None,
        "toTier": "silver",
        "direction": "PLACED",
        "reason": "Signed the new agreement.",
    }


async def test_an_event_that_is_not_published_has_no_cursor_yet(api: Api, world: World):
    await import_ladder(world)
    await set_tier(api, world.acme, "silver")
    document = "query($id: ID!) { node(id: $id) { ... on Event { type sequence cursor } } }"
    event = await Event.get(type="TIER_CHANGED")
    told = await api.data(world.as_vendor(), document, id=global_id(event))
    assert told["node"] == {"type": "TIER_CHANGED", "sequence": None, "cursor": None}


async def test_a_tier_is_not_its_clients_business(api: Api, world: World):
    await import_ladder(world)
    await set_tier(api, world.acme, "gold")
    await publish_events(world)
    found = await standing(api, world.acme.as_client_user())
    assert found == {
        "standing": None,
        "standings": [],
        "benefits": [],
        "tierHistory": {"totalCount": 0, "nodes": []},
        "events": {"nodes": []},
    }


async def test_a_standing_in_a_program_that_is_not_there(api: Api, world: World):
    await import_ladder(world)
    await set_tier(api, world.acme, "gold")
    for key in ("no-such", "", "SIXCLICKS"):
        found = await standing(api, world.acme.as_admin(), key)
        assert found["standing"] is None and found["benefits"] == []
        assert len(found["standings"]) == 1


async def test_partners_by_tier(api: Api, world: World, clock):
    await import_ladder(world)
    await set_tier(api, world.acme, "silver")
    clock.at += timedelta(days=1)
    await set_tier(api, world.rival, "platinum")
    document = """query($order: StandingOrder) { tierProgram(key: "sixclicks") {
        standings(orderBy: $order) { nodes { partner { slug } } }
    } partners(where: {tier: ["platinum", "gold"]}) { nodes { slug } } }"""
    for order, expected in [
        (None, ["rival", "acme"]),
        ({"field": "TIER"}, ["acme", "rival"]),
        ({"field": "SINCE", "direction": "DESC"}, ["rival", "acme"]),
    ]:
        told = await api.data(world.as_vendor(), document, order=order)
        nodes = told["tierProgram"]["standings"]["nodes"]
        assert [node["partner"]["slug"] for node in nodes] == expected
        assert told["partners"]["nodes"] == [{"slug": "rival"}]
