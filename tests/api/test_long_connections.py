"""Long connections: how many there may be, and that they end with what let them in."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tortoise.connection import get_connection
from websockets.exceptions import ConnectionClosed

from app.auth.api_keys import CreatedKey, NewKey, create_key, revoke_key
from app.domain.identity import Role
from app.graphql.negotiation import RESPONSE_JSON
from app.persistence.database import READER, Database
from app.persistence.models import VendorUser
from tests.api.small_service import SmallService, receive, send, small_service, streams
from tests.api.test_websocket import closing, happens, subscribe
from tests.conftest import ManualClock
from tests.database_templates import execute_apart
from tests.unit.auth.test_tokens import AUDIENCE, ISSUER, RSA, jwks, sign
from tests.world import World

FOREVER = {"query": "subscription { forever }"}
EVENTS = {"accept": "text/event-stream"}


@pytest.fixture
def clock(served: SmallService) -> ManualClock:
    """The clock of the service."""
    return served.clock


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks by themselves whether rights have changed."""
    monkeypatch.setattr("app.graphql.credential_checks.RECHECK_SECONDS", 3600.0)


async def key_of(service: SmallService, world: World, **more: Any) -> CreatedKey:
    wanted = NewKey("test", Role.VENDOR_ADMIN, world.vendor_admin.id, **more)
    return await create_key(service.database, service.clock, service.secret, wanted)


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


async def lines_until_the_end(service: SmallService, headers: dict[str, str]) -> list[str]:
    async with service.http.stream("POST", "/graphql", json=FOREVER, headers=headers) as response:
        assert response.status_code == 200
        return [line async for line in response.aiter_lines()]


async def test_a_socket_ends_at_the_moment_its_key_expires(service, world: World, clock, seldom):
    """By a timer: the clock of the test stands still, and nobody asks the database."""
    soon = clock.now() + timedelta(seconds=0.3)
    key = await key_of(service, world, expires_at=soon)
    async with service.session(bearer(key.text)) as socket:
        assert await closing(socket) == (4403, "Forbidden")


async def test_an_event_stream_ends_at_the_moment_its_key_expires(
    service, world: World, clock, seldom
):
    soon = clock.now() + timedelta(seconds=0.3)
    key = await key_of(service, world, expires_at=soon)
    lines = await lines_until_the_end(service, {**EVENTS, **bearer(key.text)})
    assert lines[0] == "event: next"
    assert "event: complete" not in lines
    assert streams.open == 0


@pytest.fixture
async def with_tokens(database, clock, tmp_path: Path) -> AsyncIterator[SmallService]:
    """A service that takes tokens."""
    (tmp_path / "jwks.json").write_bytes(jwks(RSA))
    settings = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    jwks_at = str(tmp_path / "jwks.json")
    async with small_service(database, clock, tmp_path, jwt_jwks=jwks_at, **settings) as running:
        yield running


async def test_a_socket_ends_at_the_moment_its_token_is_not_taken_any_more(
    with_tokens, world: World, clock, seldom
):
    await VendorUser.filter(id=world.vendor_admin.id).update(subject="user-1")
    # A second from now: 30 that clocks may differ by are over then.
    expires = int(clock.now().timestamp()) - 29
    async with with_tokens.session(bearer(sign(clock, exp=expires))) as socket:
        assert await closing(socket) == (4403, "Forbidden")


async def test_a_socket_ends_when_the_issuer_withdraws_the_key_of_its_token(
    with_tokens, world: World, clock, monkeypatch, tmp_path
):
    monkeypatch.setattr("app.graphql.credential_checks.RECHECK_SECONDS", 0.05)
    await VendorUser.filter(id=world.vendor_admin.id).update(subject="user-1")
    async with with_tokens.session(
        bearer(sign(clock, exp=int(clock.now().timestamp()) + 3600))
    ) as s:
        clock.advance(minutes=11)
        # Read anew, with the same keys: that is no reason.
        for _ in range(3):
            await send(s, {"type": "ping"})
            assert await receive(s) == {"type": "pong"}
            await asyncio.sleep(0.1)
        other = dict(RSA.as_dict(private=False), kid="another")
        (tmp_path / "jwks.json").write_text(json.dumps({"keys": [other]}))
        clock.advance(minutes=11)
        assert await closing(s) == (4403, "Forbidden")


async def test_a_key_that_is_revoked_here_ends_its_socket_at_once(
    service, world: World, clock, seldom
):
    key = await key_of(service, world)
    async with service.session(bearer(key.text)) as socket, service.session() as public:
        await revoke_key(service.database, clock, key.public_id)
        assert await closing(socket) == (4403, "Forbidden")
        await send(public, {"type": "ping"})
        assert await receive(public) == {"type": "pong"}


async def test_a_person_who_leaves_loses_the_socket_at_once(service, world: World, clock, seldom):
    wanted = NewKey("test", Role.ADVISOR, world.acme.advisor.id)
    key = await create_key(service.database, clock, service.secret, wanted)
    async with service.session(bearer(key.text)) as socket:
        advisors = type(world.acme.advisor).filter(id=world.acme.advisor.id)
        await happens(service, advisors.update(status="REVOKED"))
        assert await closing(socket) == (4403, "Forbidden")


async def test_a_key_that_another_process_revokes_ends_its_socket(
    service, world: World, clock, monkeypatch
):
    if service.database.dialect == "sqlite":
        pytest.skip("SQLite is for one process")
    monkeypatch.setattr("app.graphql.credential_checks.RECHECK_SECONDS", 0.05)
    key = await key_of(service, world)
    async with service.session(bearer(key.text)) as socket:
        sql = f"UPDATE api_key SET revoked_at = now() WHERE public_id = '{key.public_id}'"
        await asyncio.to_thread(execute_apart, service.database.url, sql)
        assert await closing(socket) == (4403, "Forbidden")


async def test_all_are_asked_for_by_one_statement(
    service, world: World, clock, caplog, monkeypatch
):
    monkeypatch.setattr("app.graphql.credential_checks.RECHECK_SECONDS", 3600.0)
    keys = [await key_of(service, world) for _ in range(5)]
    sessions = [service.session(bearer(key.text)) for key in keys for _ in range(3)]
    sockets = [await session.__aenter__() for session in sessions]
    with caplog.at_level("DEBUG", "tortoise.db_client"):
        await revoke_key(service.database, clock, keys[0].public_id)
        for socket in sockets[:3]:
            assert await closing(socket) == (4403, "Forbidden")
    asked = [each for each in caplog.messages if "FROM api_key k" in each and "secret_hash" in each]
    assert len(asked) == 1
    for session in sessions:
        await session.__aexit__(None, None, None)


async def test_an_actor_has_so_many_sockets(database, world: World, clock, tmp_path):
    async with small_service(database, clock, tmp_path, max_sockets_per_actor=2) as service:
        mine, others = [bearer((await key_of(service, world)).text) for _ in range(2)], None
        wanted = NewKey("test", Role.ADVISOR, world.acme.advisor.id)
        others = await create_key(database, clock, service.secret, wanted)
        async with service.session(mine[0]), service.session(mine[1]) as second:
            # Another key of the same person changes nothing.
            async with service.socket() as third:
                await send(third, {"type": "connection_init", "payload": mine[1]})
                code, reason = await closing(third)
                assert (code, reason) == (
                    4429,
                    "You already have 2 long connections. Close some first.",
                )
            refused = await service.http.post(
                "/graphql", json=FOREVER, headers={**EVENTS, **mine[0]}
            )
            assert refused.status_code == 429
            assert refused.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_CONNECTIONS"
            async with service.session(bearer(others.text)), service.session(), service.session():
                pass
            await second.close()
            await again(service, mine[0])


async def again(service: SmallService, payload: dict[str, str] | None) -> None:
    """Open a socket as soon as there is a place again; a place is free once its end is handled."""
    async with asyncio.timeout(10):
        while True:
            async with service.socket() as socket:
                await send(socket, {"type": "connection_init", "payload": payload})
                try:
                    if (await receive(socket))["type"] == "connection_ack":
                        return
                except ConnectionClosed:
                    # Still refused.
                    pass


async def test_an_address_has_so_many_sockets(database, clock, tmp_path):
    async with small_service(database, clock, tmp_path, max_sockets_per_address=2) as service:
        async with service.session() as first, service.session():
            async with service.socket() as third:
                assert (await closing(third))[0] == 4429
            refused = await service.http.post("/graphql", json=FOREVER, headers=EVENTS)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            # What is short is no long connection.
            assert (await service.post("{ hello }")).status_code == 200
            await first.close()
            await again(service, None)


@asynccontextmanager
async def held_up(database: Database) -> AsyncIterator[None]:
    """Nobody finds out who calls: their rows, or on SQLite all, are somebody else's."""
    if database.dialect == "sqlite":
        async with get_connection(READER)._lock:  # type: ignore[attr-defined]
            yield
        return
    other = await asyncpg.connect(database.url)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE api_key IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await other.close()


async def test_finding_out_who_calls_has_a_deadline(
    database, world: World, clock, tmp_path, caplog: pytest.LogCaptureFixture
):
    settings: dict[str, Any] = {"operation_timeout_seconds": 0.3}
    async with small_service(database, clock, tmp_path, **settings) as service:
        mine = bearer((await key_of(service, world)).text)
        async with service.session(mine) as socket:
            # What was found out a moment ago is not asked for again.
            clock.advance(seconds=2)
            async with held_up(database):
                answers = [
                    await service.post("{ hello }", {**mine, "accept": RESPONSE_JSON}),
                    await service.http.post("/graphql", json=FOREVER, headers={**EVENTS, **mine}),
                    await service.http.get("/exports/revenue.csv", headers=mine),
                ]
                await send(socket, subscribe("1", "{ hello }"))
                told = await receive(socket)
                async with service.socket() as other:
                    await send(other, {"type": "connection_init", "payload": mine})
                    assert (await closing(other))[0] == 4408
            for answer in answers:
                [error] = answer.json()["errors"]
                assert (answer.status_code, error["extensions"]["code"]) == (
                    504,
                    "DEADLINE_EXCEEDED",
                )
            assert (told["id"], told["type"]) == ("1", "error")
            assert told["payload"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
            await send(socket, subscribe("2", "{ hello }"))
            assert (await receive(socket))["type"] == "next"
        assert (await service.post("{ hello }", mine)).status_code == 200
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_an_actor_has_so_many_operations(database, world: World, clock, tmp_path):
    async with small_service(database, clock, tmp_path, max_subscriptions_per_actor=2) as service:
        mine = bearer((await key_of(service, world)).text)
        async with service.session(mine) as one, service.session(mine) as other:
            for socket in (one, other):
                await send(socket, subscribe("1", "subscription { forever }"))
                assert (await receive(socket))["type"] == "next"
            await send(one, subscribe("2", "{ hello }"))
            while (answer := await receive(one))["id"] != "2":
                pass
            assert answer["type"] == "error"
            assert answer["payload"][0]["extensions"] == {"code": "TOO_MANY_SUBSCRIPTIONS"}
            refused = await service.http.post("/graphql", json=FOREVER, headers={**EVENTS, **mine})
            assert refused.status_code == 429
            assert refused.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
            await send(other, {"type": "complete", "id": "1"})
            # Completed, it leaves its place; so do many that never began to run.
            for number in range(20):
                await send(one, subscribe(f"a{number}", "{ hello }"))
                await send(one, {"type": "complete", "id": f"a{number}"})
            await send(one, {"type": "ping"})
            while (await receive(one))["type"] != "pong":
                pass
            await send(one, subscribe("last", "{ hello }"))
            while (answer := await receive(one)).get("id") != "last":
                pass
            assert answer["type"] == "next"


async def test_the_address_is_the_proxys_word_if_it_is_trusted(database, clock, tmp_path):
    """Two clients behind a proxy of this machine, one place for each address."""
    first, second = {"x-forwarded-for": "203.0.113.7"}, {"x-forwarded-for": "203.0.113.8"}
    settings: dict[str, Any] = {"max_sockets_per_address": 1}
    async with small_service(database, clock, tmp_path, **settings) as service:
        async with service.session(), service.socket(additional_headers=second) as socket:
            assert (await closing(socket))[0] == 4429
    settings["trusted_proxies"] = "127.0.0.1,10.0.0.0/8"
    async with small_service(database, clock, tmp_path, **settings) as service:
        async with service.socket(additional_headers=first) as one:
            await send(one, {"type": "connection_init"})
            assert (await receive(one))["type"] == "connection_ack"
            async with service.socket(additional_headers=first) as third:
                assert (await closing(third))[0] == 4429
            async with service.socket(additional_headers=second) as other:
                await send(other, {"type": "connection_init"})
                assert (await receive(other))["type"] == "connection_ack"
