"""`partner.standing` and the evaluations behind it."""

from datetime import timedelta

from app.persistence.models import Evaluation, Standing, TierApproval
from tests.api.calls import Api, global_id
from tests.api.standings import (
    NORTH,
    certified,
    evaluate,
    import_north,
    make_silver,
    sale,
    tell,
)
from tests.world import World

STANDING = """query($slug: String!) { partner(slug: $slug) { standing {
    tier { key } since enrolledAt heldUntil heldSince graceSince graceUntil
    atRisk { on because } pinned { tierKey reason expiresAt pinnedAt endedAt partner { slug } }
    approval { tier { key } status requestedAt decidedAt note evaluation { id } }
    evaluatedAt nextEvaluationAt badgePath
    decision { origin direction evaluation { id asOf } } } } }"""
RESULT = """kind label atLeast met of { label met result { ...Result } } result { ...Result }"""
EVALUATION = f"""query($id: ID!) {{ node(id: $id) {{ ... on Evaluation {{
    partner {{ slug }} program {{ key }} version {{ number }} asOf evaluatedAt digest inputs
    gate {{ {RESULT} }}
    tiers {{ key name rank met requirement {{ {RESULT} }} conditions {{ ...Result }} }}
    effects {{ effect data }} }} }} }}
fragment Result on ConditionResult {{ label metric operator unit met records unconverted
    value {{ text number flag codes }} threshold {{ text }} remaining {{ text }}
    buckets {{ from to value {{ text }} }}
    contributors {{ id kind code quantity amount {{ amount }} occurredAt }} }}"""


def text(moment) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def standing(api: Api, actor):
    return (await api.data(actor, STANDING, slug="acme"))["partner"]["standing"]


async def test_a_standing_after_an_evaluation(api: Api, world: World, clock):
    await import_north(world)
    await make_silver(api, world.acme)
    told = await standing(api, world.acme.as_admin())
    assert (told["tier"]["key"], told["since"]) == ("silver", text(clock.now()))
    assert told["evaluatedAt"] == text(clock.now()) and told["nextEvaluationAt"] > told["since"]
    assert told["badgePath"] == "/badges/north/acme.svg"
    assert told["decision"]["origin"] == "EVALUATION"
    assert told["decision"]["evaluation"]["asOf"] == text(clock.now())
    for name in ("heldUntil", "heldSince", "graceSince", "graceUntil", "pinned", "approval"):
        assert told[name] is None, name


UP_TO = """query($slug: String!) { clock { now evaluatedUpTo }
    partner(slug: $slug) { standing { evaluatedUpTo nextEvaluationAt } } }"""


async def test_a_standing_and_the_clock_say_up_to_when_they_are_evaluated(
    api: Api, world: World, clock
):
    await import_north(world)
    await make_silver(api, world.acme)
    vendor = world.as_vendor()
    told = await api.data(vendor, UP_TO, slug="acme")
    now = text(clock.now())
    assert told["clock"] == {"now": now, "evaluatedUpTo": now}
    assert told["partner"]["standing"]["evaluatedUpTo"] == now

    clock.advance(days=400)
    behind = await api.data(vendor, UP_TO, slug="acme")
    due = told["partner"]["standing"]["nextEvaluationAt"]
    assert behind["clock"] == {"now": text(clock.now()), "evaluatedUpTo": due}
    assert behind["partner"]["standing"] == {"evaluatedUpTo": due, "nextEvaluationAt": due}

    await Standing.all().update(due_at=None)
    idle = await api.data(vendor, UP_TO, slug="acme")
    assert idle["clock"]["evaluatedUpTo"] == text(clock.now())
    assert idle["partner"]["standing"]["evaluatedUpTo"] is None


async def test_an_evaluation_explains_each_condition_of_each_tier(api: Api, world: World, clock):
    await import_north(world)
    await make_silver(api, world.acme)
    id = (await standing(api, world.acme.as_admin()))["decision"]["evaluation"]["id"]
    told = (await api.data(world.acme.as_admin(), EVALUATION, id=id))["node"]
    assert (told["partner"]["slug"], told["program"]["key"]) == ("acme", NORTH)
    assert told["version"] == {"number": 1} and len(told["digest"]) == 64
    assert told["gate"] is None
    assert [(tier["key"], tier["met"]) for tier in told["tiers"]] == [
        ("bronze", "MET"),
        ("silver", "MET"),
        ("gold", "NOT_MET"),
    ]
    silver, gold = told["tiers"][1:]
    sold, people = silver["conditions"]
    assert [node["result"] for node in silver["requirement"]["of"]] == [sold, people]
    assert (sold["value"]["text"], sold["threshold"]["text"]) == ("12000", "10000")
    assert [c["amount"]["amount"] for c in sold["contributors"]] == ["8000.00", "4000.00"]
    assert people["contributors"][0]["code"] == "SALES"
    assert [c["remaining"] and c["remaining"]["text"] for c in gold["conditions"]] == [
        "38000",
        "1",
        None,
    ]
    assert told["effects"][0]["effect"] == "MOVED" and told["effects"][0]["data"]["toRank"] == 2


async def test_whom_an_evaluation_is_for(api: Api, world: World):
    await import_north(world)
    id = await evaluate(api, world.acme)
    document = "query($id: ID!) { node(id: $id) { id } }"
    for actor in (world.as_vendor(), world.acme.as_admin(), world.acme.as_advisor()):
        assert (await api.data(actor, document, id=id))["node"] == {"id": id}
    for actor in (world.acme.as_client_user(), world.rival.as_admin()):
        assert (await api.data(actor, document, id=id))["node"] is None


async def test_a_risk_says_when_and_for_want_of_what(api: Api, world: World, clock):
    await import_north(world)
    now = clock.now()
    await tell(
        world,
        world.acme.partner,
        sale(now, 12_000),
        certified(now, "ann@acme.example", now + timedelta(days=10)),
    )
    await evaluate(api, world.acme)
    risk = (await standing(api, world.acme.as_admin()))["atRisk"]
    assert risk["because"] == ["1 people certified"]
    assert text(now) < risk["on"] <= text(now + timedelta(days=31))


async def test_a_pin_shows_in_the_standing(api: Api, world: World, clock):
    await import_north(world)
    await evaluate(api, world.acme)
    until = text(clock.now() + timedelta(days=60))
    await api.done(
        world.as_vendor(),
        "pinPartnerTier",
        "",
        {
            "partnerId": global_id(world.acme.partner),
            "programKey": NORTH,
            "tierKey": "gold",
            "reason": "A launch partner.",
            "expiresAt": until,
        },
    )
    told = await standing(api, world.acme.as_admin())
    assert told["tier"]["key"] == "gold"
    assert told["pinned"] == {
        "tierKey": "gold",
        "reason": "A launch partner.",
        "expiresAt": until,
        "pinnedAt": text(clock.now()),
        "endedAt": None,
        "partner": {"slug": "acme"},
    }


async def test_an_approval_shows_in_the_standing(api: Api, world: World, clock):
    await import_north(world)
    evaluation = await evaluate(api, world.acme)
    row = await Standing.get(partner_id=world.acme.partner.id).select_related("tier")
    kept = await Evaluation.get(partner_id=world.acme.partner.id)
    row.approval = await TierApproval.create(
        partner_id=row.partner_id,
        program_id=row.program_id,
        version_id=kept.version_id,
        tier_id=row.tier_id,
        evaluation_id=kept.id,
        status="PENDING",
        requested_at=clock.now(),
    )
    await row.save()
    told = (await standing(api, world.acme.as_admin()))["approval"]
    assert told == {
        "tier": {"key": "bronze"},
        "status": "PENDING",
        "requestedAt": text(clock.now()),
        "decidedAt": None,
        "note": "",
        "evaluation": {"id": evaluation},
    }


async def test_who_sees_no_standing(api: Api, world: World):
    await import_north(world)
    await make_silver(api, world.acme)
    assert await standing(api, world.acme.as_client_user()) is None
    hidden = await api.data(world.rival.as_admin(), STANDING, slug="acme")
    assert hidden["partner"] is None
