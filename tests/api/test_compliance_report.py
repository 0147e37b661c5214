"""`complianceReport`: tiers on a date beside what the rules make of the facts; the vendor's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.auth.actor import PUBLIC
from app.domain.identity import Scope
from tests.api.calls import Api
from tests.api.database_digest import digest
from tests.api.standings import add_like, evaluate, import_north, make_silver, sale, tell
from tests.contract.recorded_sql import statements
from tests.world import World

REPORT = """query($program: String!, $asOf: DateTime, $knownAt: DateTime, $first: Int,
        $after: Cursor, $summary: Boolean = false) {
    complianceReport(program: $program, asOf: $asOf, knownAt: $knownAt, first: $first,
            after: $after) {
        asOf knownAt csvPath version { number }
        nodes { compliant failing pinned graceUntil heldUntil heldSince
            tierHeld { key } tierQualified { key } partner { slug }
            conditions { label met value { text } threshold { text } remaining { text } } }
        pageInfo { hasNextPage endCursor }
        summary @include(if: $summary) { partners compliant
            byTier { tier { key } held qualified } }
    } }"""


@pytest.fixture
async def api(api: Api, world: World) -> Api:
    await import_north(world)
    await make_silver(api, world.acme)
    return api


async def report(api: Api, actor=None, **variables):
    asked = {"program": "north", **variables}
    return (await api.data(actor or api.world.as_vendor(), REPORT, **asked))["complianceReport"]


async def test_a_line_for_each_partner(api: Api, world: World, clock):
    since = clock.now().isoformat().replace("+00:00", "Z")
    await add_like(world.acme, 1)
    before = await digest(world.database)
    told = await report(api, summary=True)
    acme, _ = told["nodes"]
    conditions = acme.pop("conditions")
    assert acme == {
        "compliant": True,
        "failing": [],
        "pinned": None,
        "graceUntil": None,
        "heldUntil": None,
        "heldSince": since,
        "tierHeld": {"key": "silver"},
        "tierQualified": {"key": "silver"},
        "partner": {"slug": "acme"},
    }
    assert [c["label"] for c in conditions] == [
        "Sold ARR of 10000 in 12 months",
        "1 people certified",
    ]
    assert conditions[0]["value"]["text"] == "12000"
    assert told["version"] == {"number": 1}
    assert told["csvPath"].startswith("/exports/compliance/north.csv?asOf=2026-03-02T09%3A30%3A00Z")
    assert told["summary"]["partners"] == told["summary"]["compliant"] == 2
    assert told["summary"]["byTier"] == [
        {"tier": None, "held": 1, "qualified": 0},
        {"tier": {"key": "bronze"}, "held": 0, "qualified": 1},
        {"tier": {"key": "silver"}, "held": 1, "qualified": 1},
        {"tier": {"key": "gold"}, "held": 0, "qualified": 0},
    ]
    assert await digest(world.database) == before


async def test_who_fell_behind(api: Api, world: World, clock):
    """Acme's certification ran out, and nobody has evaluated it since."""
    then = clock.now()
    clock.advance(days=60)
    [acme] = (await report(api))["nodes"]
    assert (acme["compliant"], acme["tierQualified"]) == (False, {"key": "bronze"})
    assert acme["failing"] == ["Sold ARR of 10000 in 12 months", "1 people certified"]
    assert [c["remaining"]["text"] for c in acme["conditions"]] == ["2000", "1"]
    [acme] = (await report(api, asOf=then.isoformat()))["nodes"]
    assert acme["compliant"]
    await evaluate(api, world.acme)
    [acme] = (await report(api))["nodes"]
    assert (acme["compliant"], acme["tierHeld"]) == (True, {"key": "bronze"})


async def test_what_was_not_known(api: Api, world: World, clock):
    then = clock.now()
    clock.advance(days=1)
    await tell(world, world.acme.partner, sale(then - timedelta(days=1), 1_000))
    sums = []
    for known_at in (None, then.isoformat()):
        [acme] = (await report(api, asOf=then.isoformat(), knownAt=known_at))["nodes"]
        sums.append(acme["conditions"][0]["value"]["text"])
    assert sums == ["13000", "12000"]


async def test_pages(api: Api, world: World):
    await add_like(world.acme, 4)
    seen, after, more = [], None, True
    while more:
        told = await report(api, first=2, after=after)
        seen += [node["partner"]["slug"] for node in told["nodes"]]
        after, more = told["pageInfo"]["endCursor"], told["pageInfo"]["hasNextPage"]
    assert seen == ["acme", *(f"partner-{number}" for number in range(4))]


async def test_many_partners_take_as_many_statements_as_few(api: Api, world: World):
    await report(api)
    with statements() as few:
        await report(api)
    await add_like(world.acme, 30)
    with statements() as many:
        assert len((await report(api, first=50))["nodes"]) == 31
    assert len(few) == len(many)


async def test_who_may(api: Api, world: World):
    assert len((await report(api, world.as_analyst()))["nodes"]) == 1
    acme = world.acme
    vendors = replace(acme.as_app(Scope.PROGRAMS_READ, Scope.PARTNERS_READ), partner_id=None)
    assert len((await report(api, vendors))["nodes"]) == 1
    app = replace(acme.as_app(Scope.CLIENTS_READ), partner_id=None)
    people = acme.as_admin(), acme.as_advisor(), acme.as_client_user()
    for actor in (*people, acme.as_app(), app):
        assert await api.error(actor, REPORT, program="north") == "FORBIDDEN"
    assert await api.error(PUBLIC, REPORT, program="north") == "UNAUTHENTICATED"


async def test_a_program_that_is_not_in_force(api: Api, world: World):
    assert await report(api, program="none") is None
    assert await report(api, asOf="2001-01-01T00:00:00Z") is None


async def test_what_is_refused(api: Api, world: World, clock, ask):
    later = (clock.now() + timedelta(seconds=6)).isoformat()
    cases = [
        ({"asOf": later}, "asOf: This moment is after now."),
        ({"knownAt": later}, "knownAt: This moment is after now."),
        ({"first": 101}, "first must be from 1 to 100."),
        ({"after": "0"}, "The cursor is not one that this list gave."),
    ]
    for change, message in cases:
        variables = {"program": "north", **change}
        [error] = (await ask(world.as_vendor(), REPORT, **variables))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["message"].startswith(message), error["message"]
