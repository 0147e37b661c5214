"""`advanceClock` over the real application: on a demo time moves for everybody, elsewhere never."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from structlog.testing import capture_logs

from app.auth.actor import Actor
from app.auth.api_keys import NewKey, create_key
from app.auth.secrets import server_secret
from app.context import Runtime
from app.domain.identity import Role, Scope
from app.main import create_app
from app.settings import Settings
from schema.type_catalogue import build_catalogue
from tests.api.calls import Api, global_id
from tests.api.database_digest import digest
from tests.conftest import ManualClock
from tests.events import patience
from tests.world import World

ADVANCE = """mutation($input: AdvanceClockInput!) { advanceClock(input: $input) {
    now offsetSeconds userErrors { code field message } } }"""
CLOCK = "{ clock { now sandbox offsetSeconds } }"
UPGRADE = """mutation($input: UpgradeClientInput!) { upgradeClient(input: $input) {
    client { trial { endsAt } subscription { status } } userErrors { code } } }"""
CLIENT = """query($id: ID!) { clock { now } client(id: $id) {
    trial { endsAt } subscription { status billingStartsAt } } }"""
EVENTS = """{ viewer { partner { events(first: 50) {
    nodes { type sequence occurredAt } } } } }"""
DAY = 86_400


@dataclass
class Server:
    """The application at work; `vendor` and `partner` are the headers of two admins."""

    http: httpx2.AsyncClient
    vendor: dict[str, str]
    partner: dict[str, str]

    async def ask(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        answer = (await self.http.post("/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def advance(self, key: str | None = None, **move: Any) -> Any:
        input = {"idempotencyKey": key or str(uuid4()), "move": move}
        return (await self.ask(ADVANCE, self.vendor, input=input))["advanceClock"]

    async def clock(self) -> Any:
        return (await self.ask(CLOCK))["clock"]


@asynccontextmanager
async def serving(world: World, clock, folder: Path, demo: bool) -> AsyncIterator[Server]:
    """Start the application on the world's database, and stop it."""
    settings = Settings(_env_file=None, data_dir=folder, demo=demo, explorer=False)

    async def header(role: Role, person: Any) -> dict[str, str]:
        new = NewKey("k", role, person.id)
        made = await create_key(world.database, clock, server_secret(settings), new)
        return {"authorization": f"Bearer {made.text}"}

    vendor = await header(Role.VENDOR_ADMIN, world.vendor_admin)
    partner = await header(Role.PARTNER_ADMIN, world.acme.admin)
    app = create_app(settings, world.database, clock)
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        yield Server(http, vendor, partner)


@pytest.fixture
async def demo(world: World, clock, tmp_path) -> AsyncIterator[Server]:
    async with serving(world, clock, tmp_path, demo=True) as server:
        yield server


async def test_a_trial_is_seen_to_end(demo: Server, world: World, clock: ManualClock):
    client = global_id(world.acme.client)
    upgrade = {"idempotencyKey": "u", "clientId": client, "planCode": "FULL_FEATURE"}
    await demo.ask(UPGRADE, demo.partner, input=upgrade)
    before = (await demo.ask(CLIENT, demo.partner, id=client))["client"]
    assert before["subscription"]["status"] == "TRIALING"

    payload = await demo.advance(by={"days": 15})
    now = (clock.now() + timedelta(days=15)).isoformat().replace("+00:00", "Z")
    assert payload == {"now": now, "offsetSeconds": 15 * DAY, "userErrors": []}
    assert await demo.clock() == {"now": now, "sandbox": True, "offsetSeconds": 15 * DAY}

    after = await demo.ask(CLIENT, demo.partner, id=client)
    assert after["clock"]["now"] > after["client"]["trial"]["endsAt"]
    assert after["client"]["subscription"] == {
        "status": "ACTIVE",
        "billingStartsAt": before["trial"]["endsAt"],
    }


async def test_a_trial_ends_at_its_end(demo: Server, world: World):
    client = global_id(world.acme.client)
    upgrade = {"idempotencyKey": "u", "clientId": client, "planCode": "FULL_FEATURE"}
    made = (await demo.ask(UPGRADE, demo.partner, input=upgrade))["upgradeClient"]["client"]
    end = datetime.fromisoformat(made["trial"]["endsAt"])
    for moment, status in ((end - timedelta(seconds=1), "TRIALING"), (end, "ACTIVE")):
        assert (await demo.advance(to=moment.isoformat()))["userErrors"] == []
        found = await demo.ask(CLIENT, demo.partner, id=client)
        assert found["client"]["subscription"]["status"] == status


async def test_events_keep_their_order_and_carry_the_new_time(demo: Server, world: World, clock):
    client = {"clientId": global_id(world.acme.client)}
    await demo.ask(
        UPGRADE, demo.partner, input={"idempotencyKey": "u", "planCode": "FULL_FEATURE", **client}
    )
    await demo.advance(by={"days": 30, "hours": 1, "minutes": 1})
    archive = (
        "mutation($input: ArchiveClientInput!) "
        "{ archiveClient(input: $input) { userErrors { code } } }"
    )
    await demo.ask(archive, demo.partner, input={"idempotencyKey": "a", **client})
    async with patience():
        while True:
            found = (await demo.ask(EVENTS, demo.partner))["viewer"]["partner"]["events"]["nodes"]
            if any(event["type"] == "CLIENT_ARCHIVED" for event in found):
                break
    in_order = sorted(found, key=lambda event: event["sequence"])
    moments = [datetime.fromisoformat(event["occurredAt"]) for event in in_order]
    assert in_order[0]["type"] == "CLIENT_UPGRADED"
    assert moments == sorted(moments)
    assert (moments[0], moments[-1]) == (
        clock.now(),
        clock.now() + timedelta(days=30, hours=1, minutes=1),
    )


async def test_a_restart_keeps_the_time_and_production_ignores_it(world: World, clock, tmp_path):
    async with serving(world, clock, tmp_path, demo=True) as server:
        await server.advance(by={"days": 100})
        latest = (await server.clock())["now"]
    # Real time stands still in between.
    async with serving(world, clock, tmp_path, demo=True) as server:
        assert (await server.clock())["now"] == latest
        # Keys of before still work: they go by real time.
        assert (await server.ask("{ viewer { name } }", server.vendor))["viewer"]

    with capture_logs() as logs:
        async with serving(world, clock, tmp_path, demo=False) as server:
            real = clock.now().isoformat().replace("+00:00", "Z")
            assert await server.clock() == {"now": real, "sandbox": False, "offsetSeconds": 0}
            before = await digest(world.database)
            payload = await server.advance(by={"days": 1})
            assert payload["now"] is None
            assert [error["code"] for error in payload["userErrors"]] == ["NOT_A_SANDBOX"]
            assert await digest(world.database) == before
    assert any(line["event"] == "sandbox_clock_ignored" for line in logs)

    async with serving(world, clock, tmp_path, demo=True) as server:
        assert (await server.clock())["now"] == latest


async def test_a_repeat_gives_the_same_answer(demo: Server):
    first = await demo.advance("key", by={"days": 1})
    assert await demo.advance("key", by={"days": 1}) == first
    assert (await demo.clock())["offsetSeconds"] == DAY


WRONG = [
    ({"by": {}}, [("INVALID", ("move", "by"))]),
    ({"by": {"days": -1}}, [("INVALID", ("move", "by", "days"))]),
    ({"by": {"days": 2_000_000_000}}, [("INVALID", ("move", "by", "days"))]),
    (
        {"by": {"hours": 100_001, "minutes": -1}},
        [("INVALID", ("move", "by", "hours")), ("INVALID", ("move", "by", "minutes"))],
    ),
    ({"by": {"days": 3_660, "minutes": 1}}, [("INVALID", ("move", "by"))]),
    ({"to": "2026-03-02T09:30:00Z"}, [("INVALID", ("move", "to"))]),
    ({"to": "2026-03-02T10:30:00+02:00"}, [("INVALID", ("move", "to"))]),
    ({"to": "9999-12-31T23:59:59Z"}, [("INVALID", ("move", "to"))]),
]


@pytest.mark.parametrize(("move", "expected"), WRONG, ids=lambda value: str(value)[:40])
async def test_it_says_what_is_wrong(api: Api, world: World, move, expected):
    assert await api.refused(world.as_vendor(), "advanceClock", {"move": move}) == expected


async def test_exactly_one_way_to_say_how_far(api: Api, world: World):
    later = "2027-01-01T00:00:00Z"
    for move in ({}, {"by": {"days": 1}, "to": later}, {"by": None}, {"to": None}, {"to": "soon"}):
        code = await api.rejected(world.as_vendor(), "advanceClock", {"move": move})
        assert code == "BAD_USER_INPUT", move


async def test_nobody_else_moves_time(api: Api, world: World):
    acme = world.acme
    of_vendor = {"api_key_id": uuid4(), "partner_id": None}
    everything_else = frozenset(set(Scope) - {Scope.PROGRAMS_WRITE})
    for actor in (
        world.as_analyst(),
        acme.as_admin(),
        acme.as_advisor(),
        acme.as_client_user(),
        acme.as_app(),
        Actor(Role.APP, scopes=everything_else, **of_vendor),
    ):
        code = await api.rejected(actor, "advanceClock", {"move": {"by": {"days": 1}}})
        assert code == "FORBIDDEN", actor
    public = Actor(Role.PUBLIC)
    assert await api.rejected(public, "advanceClock", {"move": {"by": {"days": 1}}}) == (
        "UNAUTHENTICATED"
    )
    app = Actor(Role.APP, scopes=frozenset({Scope.PROGRAMS_WRITE}), **of_vendor)
    move = {"move": {"by": {"days": 1}}}
    assert await api.done(app, "advanceClock", "offsetSeconds", move) == {"offsetSeconds": DAY}


class TestWithoutDemo:
    """The same schema over a clock that cannot be moved."""

    @pytest.fixture
    def runtime(self, world: World, schema) -> Runtime:
        return Runtime(Settings(), world.database, world.clock, build_catalogue(schema))

    async def test_it_is_refused(self, api: Api, world: World):
        input = {"move": {"by": {"days": 1}}}
        assert await api.refused(world.as_vendor(), "advanceClock", input) == [
            ("NOT_A_SANDBOX", ())
        ]
