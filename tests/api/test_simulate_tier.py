"""`simulateTier`: what one evaluation would make of a partner with other facts. Nothing is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.auth.actor import PUBLIC
from app.domain.identity import Scope
from app.domain.programs.model import Retention
from app.domain.programs.parse import parse_program
from app.domain.programs.vocabulary import RetentionKind
from tests.api import standings
from tests.api.calls import Api, global_id, unknown_id
from tests.api.database_digest import digest
from tests.api.ladder import import_ladder
from tests.api.standings import DEFINITION, evaluate, import_north, make_silver, tell
from tests.world import World

SIMULATE = """query($partner: ID, $program: String!, $assume: [AssumedActivity!]!, $at: DateTime) {
    simulateTier(partnerId: $partner, program: $program, assume: $assume, at: $at) {
        at wouldMove direction reason
        tierNow { key } tierThen { key name rank } needsApproval { key }
        gateBefore { met } gateAfter { met label }
        tiers { tier { key } metBefore metAfter
            before { key met conditions { label met records value { text } remaining { text } } }
            after { met conditions { label met records value { text } remaining { text }
                contributors { kind } } } }
        benefitsGained { benefit { key } tier { key } } benefitsLost { benefit { key } }
    } }"""


async def simulate(api: Api, actor, *assume, program: str = "north", **variables):
    asked = {"program": program, "assume": list(assume), **variables}
    return (await api.data(actor, SIMULATE, **asked))["simulateTier"]


def sold(amount: int, **more):
    money = {"amount": str(amount), "currencyCode": "USD"}
    return {"fact": {"sale": {"amount": money, "revenue": "SOLD_ARR"}}, **more}


def certified(person: str, **more):
    return {"fact": {"certification": {"code": "SALES", "person": person}}, **more}


PAGE = {"fact": {"attestation": {"code": "LANDING_PAGE", "evidence": "https://acme.example/p"}}}


@pytest.fixture
async def api(api: Api, world: World) -> Api:
    await import_north(world)
    await make_silver(api, world.acme)
    return api


async def test_what_is_assumed_stands_beside_what_is_there(api: Api, world: World):
    before = await digest(world.database)
    told = await simulate(
        api, world.acme.as_admin(), sold(19_000, count=2), certified("Bob@acme.example"), PAGE
    )
    assert (told["tierNow"], told["tierThen"]["key"]) == ({"key": "silver"}, "gold")
    assert (told["wouldMove"], told["direction"]) == (True, "PROMOTION")
    assert told["reason"] == "All requirements of Gold are met."
    assert told["needsApproval"] is None
    bronze, silver, gold = told["tiers"]
    assert (gold["metBefore"], gold["metAfter"]) == ("NOT_MET", "MET")
    assert (silver["metBefore"], bronze["metAfter"]) == ("MET", "MET")
    was, would = gold["before"]["conditions"], gold["after"]["conditions"]
    assert [c["value"]["text"] for c in was] == ["12000", "1", "false"]
    assert [c["value"]["text"] for c in would] == ["50000", "2", "true"]
    assert [c["records"] for c in would] == [4, 2, 1]
    # What is assumed is no record.
    assert [c["kind"] for c in would[0]["contributors"]] == ["SALE", "SALE"]
    assert {c["remaining"] and c["remaining"]["text"] for c in would} == {"0", None}
    assert await digest(world.database) == before


async def test_what_it_would_gain_and_lose(api: Api, world: World):
    told = await simulate(api, world.rival.as_advisor(), sold(12_000), certified("ann@x.example"))
    assert (told["tierNow"], told["direction"]) == (None, "PLACED")
    gained = [(b["benefit"]["key"], b["tier"]["key"]) for b in told["benefitsGained"]]
    assert gained == [(key, "silver") for key in ("priority", "webinars", "roadmap")]
    assert told["benefitsLost"] == []


async def test_why_it_would_stay(api: Api, world: World):
    told = await simulate(api, world.acme.as_admin(), certified("bob@acme.example"))
    assert not told["wouldMove"] and told["direction"] is None
    assert told["reason"] == (
        "Stays in Silver. Gold is not met: Sold ARR of 50000 in 12 months; A landing page."
    )
    assert told["benefitsGained"] == told["benefitsLost"] == []


async def test_a_moment_to_come(api: Api, world: World):
    """Within 46 days Acme's certification runs out, and a sale leaves the twelve months."""
    then = world.clock.now() + timedelta(days=46)
    at, before = then.isoformat(), (then - timedelta(days=1)).isoformat()
    acme = world.acme.as_admin()
    fallen = await simulate(api, acme, at=at)
    assert (fallen["tierThen"]["key"], fallen["direction"]) == ("bronze", "DEMOTION")
    assert "1 people certified" in fallen["reason"]
    assert {b["benefit"]["key"] for b in fallen["benefitsLost"]} == {"priority", "roadmap"}
    bob = certified("bob@acme.example", occurredAt=before)
    kept = await simulate(api, acme, bob, sold(4_000, occurredAt=before), at=at)
    assert not kept["wouldMove"]
    assert kept["at"] == at.replace("+00:00", "Z")


async def test_what_is_assumed_is_what_recording_does(api: Api, world: World):
    told = await simulate(
        api,
        world.as_vendor(),
        sold(38_000),
        certified("bob@acme.example"),
        PAGE,
        partner=global_id(world.acme.partner),
    )
    now = world.clock.now()
    facts = (
        standings.sale(now, 38_000),
        standings.certified(now, "bob@acme.example"),
        standings.landing_page(now),
    )
    await tell(world, world.acme.partner, *facts)
    recorded = await simulate(api, world.acme.as_admin())
    assert [t["metAfter"] for t in told["tiers"]] == [t["metBefore"] for t in recorded["tiers"]]
    for would, did in zip(told["tiers"], recorded["tiers"], strict=True):
        values = [
            [c["value"] for c in side["conditions"]] for side in (would["after"], did["before"])
        ]
        assert values[0] == values[1]
    assert recorded["tierNow"]["key"] == told["tierThen"]["key"] == "gold"


async def test_a_tier_that_takes_approval(api: Api, world: World):
    await import_ladder(world)
    program = {"fact": {"certification": {"code": "PARTNER_PROGRAM"}}}
    at = (world.clock.now() - timedelta(days=10)).isoformat()
    deal = {"fact": {"dealRegistration": {}}, "occurredAt": at}
    assumed = [program, certified("ann@acme.example"), PAGE, deal, sold(1)]
    told = await simulate(api, world.acme.as_admin(), *assumed, program="sixclicks")
    assert (told["gateBefore"]["met"], told["gateAfter"]["met"]) == ("NOT_MET", "MET")
    assert told["gateAfter"]["label"] == "A valid partner certification"
    assert told["tierThen"]["key"] == "silver"
    assert told["needsApproval"] == {"key": "platinum"}
    assert [t["metAfter"] for t in told["tiers"]] == ["MET", "UNPUBLISHED", "UNPUBLISHED"]


async def test_who_may(api: Api, world: World):
    own = global_id(world.acme.partner)
    asked = {"program": "north", "assume": []}
    for actor in (
        world.as_vendor(),
        world.as_analyst(),
        world.acme.as_admin(),
        world.acme.as_advisor(),
        world.acme.as_app(Scope.PROGRAMS_READ),
    ):
        assert (await simulate(api, actor, partner=own))["tierNow"] == {"key": "silver"}
    client_user, app = world.acme.as_client_user(), world.acme.as_app(Scope.CLIENTS_READ)
    assert await api.error(client_user, SIMULATE, **asked) == "FORBIDDEN"
    assert await api.error(app, SIMULATE, **asked) == "FORBIDDEN"
    assert await api.error(PUBLIC, SIMULATE, **asked) == "UNAUTHENTICATED"


async def test_another_partner_is_not_there(api: Api, world: World):
    for id in (global_id(world.acme.partner), unknown_id("Partner"), "nonsense"):
        assert await simulate(api, world.rival.as_admin(), partner=id) is None
    own = world.rival.as_admin()
    assert await simulate(api, own, program="none") is None


async def test_what_is_refused(api: Api, world: World, ask):
    now = world.clock.now()
    later, past = (now + timedelta(days=1)).isoformat(), (now - timedelta(days=1)).isoformat()
    cases = [
        ({"assume": [sold(1, occurredAt=later)]}, "assume.0.occurredAt: This is after the moment"),
        ({"assume": [PAGE, sold(0)]}, "assume.1.fact.sale.amount.amount: Give an amount above"),
        ({"assume": [sold(1, count=0)]}, "assume: Give counts from 1"),
        ({"assume": [sold(1, count=999), sold(1, count=2)]}, "assume: Give counts from 1"),
        ({"at": past}, "at: This is past."),
    ]
    for change, message in cases:
        asked = {"program": "north", "assume": [], **change}
        [error] = (await ask(world.acme.as_admin(), SIMULATE, **asked))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"].startswith(message), error["message"]
    [error] = (await ask(world.as_vendor(), SIMULATE, program="north", assume=[]))["errors"]
    assert error["message"] == "partnerId: Say which partner."


async def test_grace_keeps_the_tier(api: Api, world: World):
    grace = Retention(RetentionKind.GRACE, days=30, notice_days=10)
    policy = parse_program(DEFINITION).policy
    await import_north(world, "patient", policy=replace(policy, retention=grace))
    await evaluate(api, world.acme, "patient")
    then = (world.clock.now() + timedelta(days=46)).isoformat()
    told = await simulate(api, world.acme.as_admin(), program="patient", at=then)
    assert (told["wouldMove"], told["tierThen"]["key"]) == (False, "silver")
    assert [t["metAfter"] for t in told["tiers"]] == ["MET", "NOT_MET", "NOT_MET"]
