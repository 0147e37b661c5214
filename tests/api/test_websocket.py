"""GraphQL over WebSocket, on real sockets: the protocol, and everything that breaks it."""

import asyncio
import json
from collections.abc import Awaitable
from datetime import timedelta
from socket import SO_RCVBUF, SOL_SOCKET
from socket import socket as new_socket

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.auth.api_keys import NewKey, create_key, revoke_key
from app.domain.identity import Role, Scope
from app.persistence.models import Advisor, ApiKey
from tests.api.small_service import (
    SECRET_DETAIL,
    SmallService,
    receive,
    send,
    small_service,
    streams,
)
from tests.conftest import ManualClock
from tests.world import World

# The database does not matter here: one is enough.
pytestmark = pytest.mark.parametrize("migrated", ["postgres"], indirect=True)


@pytest.fixture
def clock(served: SmallService) -> ManualClock:
    """The clock of the service."""
    return served.clock


def subscribe(id: str, query: str, **more: object) -> dict:
    return {"type": "subscribe", "id": id, "payload": {"query": query, **more}}


async def closing(socket) -> tuple[int, str]:
    """The code and reason that the server closed with."""
    with pytest.raises(ConnectionClosed) as closed:
        async with asyncio.timeout(10):
            while True:
                await socket.recv()
    assert closed.value.rcvd is not None, "the server ended without closing (1006)"
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def test_a_subscription_delivers_and_completes(service):
    async with service.session() as socket:
        await send(socket, subscribe("1", "subscription { count(to: 2) }"))
        assert await receive(socket) == {
            "id": "1",
            "type": "next",
            "payload": {"data": {"count": 1}},
        }
        assert (await receive(socket))["payload"] == {"data": {"count": 2}}
        assert await receive(socket) == {"id": "1", "type": "complete"}


async def test_queries_run_too_and_ids_can_be_used_again(service):
    async with service.session() as socket:
        for _ in range(2):
            await send(socket, subscribe("same", "{ hello }"))
            assert (await receive(socket))["payload"]["data"] == {"hello": "Hello world"}
            assert (await receive(socket))["type"] == "complete"


async def test_ping_is_answered(service):
    async with service.session() as socket:
        for message in ({"type": "ping"}, {"type": "ping", "payload": None}):
            await send(socket, message)
            assert await receive(socket) == {"type": "pong"}
        await send(socket, {"type": "pong", "payload": {"a": 1}})
        await send(socket, {"type": "ping"})
        assert await receive(socket) == {"type": "pong"}


async def test_init_without_or_with_null_payload(service):
    for init in ({"type": "connection_init"}, {"type": "connection_init", "payload": None}):
        async with service.socket() as socket:
            await send(socket, init)
            assert await receive(socket) == {"type": "connection_ack"}


MALFORMED = {
    "a number": "1",
    "a string": '"x"',
    "null": "null",
    "a list": "[]",
    "not JSON": "{",
    "empty": "",
    "very deep": "[" * 20_000 + "]" * 20_000,
    "binary": b'{"type": "ping"}',
    "no type": "{}",
    "a type that is a number": '{"type": 1}',
    "a type that is a list": '{"type": []}',
    "an unknown type": '{"type": "start"}',
    "an unknown type, very long": json.dumps({"type": "é" * 500}),
    "ping with a list": '{"type": "ping", "payload": []}',
    "no id": '{"type": "subscribe", "payload": {"query": "{ hello }"}}',
    "an id that is a list": '{"type": "subscribe", "id": [], "payload": {"query": "{ hello }"}}',
    "an id that is an object": '{"type": "subscribe", "id": {}, "payload": {"query": "{ hello }"}}',
    "an empty id": '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
    "a very long id": json.dumps(subscribe("x" * 1000, "{ hello }")),
    "no payload": '{"type": "subscribe", "id": "1"}',
    "a null payload": '{"type": "subscribe", "id": "1", "payload": null}',
    "a payload that is text": '{"type": "subscribe", "id": "1", "payload": "{ hello }"}',
    "no query": '{"type": "subscribe", "id": "1", "payload": {}}',
    "a null query": '{"type": "subscribe", "id": "1", "payload": {"query": null}}',
    "a query that is a number": '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    "variables that are a list": json.dumps(subscribe("1", "{ hello }", variables=[])),
    "a name that is a number": json.dumps(subscribe("1", "{ hello }", operationName=1)),
    "complete without id": '{"type": "complete"}',
    "complete with a list": '{"type": "complete", "id": []}',
    "a lone surrogate": '{"type": "subscribe", "id": "\\ud800"}',
}


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_message_closes_with_4400(service, message):
    with capture_logs() as logged:
        async with service.session() as socket:
            await socket.send(message)
            code, reason = await closing(socket)
    assert code == 4400
    assert reason
    assert not [entry for entry in logged if entry["log_level"] == "error"]


async def test_a_second_init_closes_with_4429(service):
    async with service.session() as socket:
        await send(socket, {"type": "connection_init"})
        assert (await closing(socket))[0] == 4429


async def test_subscribing_before_the_ack_closes_with_4401(service):
    async with service.socket() as socket:
        await send(socket, subscribe("1", "{ hello }"))
        assert (await closing(socket))[0] == 4401


async def test_an_id_in_use_closes_with_4409(service):
    async with service.session() as socket:
        for _ in range(2):
            await send(socket, subscribe("1", "subscription { forever }"))
        assert (await closing(socket))[0] == 4409


async def test_a_malformed_init_closes_with_4400(service):
    for payload in ([], "x", 1):
        async with service.socket() as socket:
            await send(socket, {"type": "connection_init", "payload": payload})
            assert (await closing(socket))[0] == 4400


@pytest.mark.parametrize("protocols", [["graphql-ws"], ["other"], None])
async def test_other_protocols_close_with_4406(service, protocols):
    async with service.socket(subprotocols=protocols) as socket:
        assert (await closing(socket))[0] == 4406


async def test_a_message_that_is_too_large_closes_with_1009(service):
    async with service.session() as socket:
        await socket.send(json.dumps(subscribe("1", "{ hello } #" + "x" * 70_000)))
        assert (await closing(socket))[0] == 1009


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", "UNKNOWN_OPERATION"),
        ("subscription S($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
        ("subscription { count(to: 1) forever }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_an_operation_that_cannot_run_leaves_the_others_alone(service, query, code):
    async with service.session() as socket:
        payload = {"operationName": "C"} if "query A" in query else {}
        await send(socket, subscribe("bad", query, **payload))
        answer = await receive(socket)
        assert (answer["type"], answer["id"]) == ("error", "bad")
        assert answer["payload"][0]["extensions"]["code"] == code
        await send(socket, subscribe("good", "{ hello }"))
        assert (await receive(socket))["payload"]["data"] == {"hello": "Hello world"}


async def test_a_bug_in_a_subscription_is_masked(service):
    async with service.session() as socket:
        with capture_logs() as logged:
            await send(socket, subscribe("1", "subscription { breaks }"))
            assert (await receive(socket))["payload"] == {"data": {"breaks": 1}}
            answer = await receive(socket)
        assert answer["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert SECRET_DETAIL not in json.dumps(answer)
        assert len([entry for entry in logged if entry["log_level"] == "error"]) == 1


async def test_complete_ends_a_subscription(service):
    async with service.session() as socket:
        streams.ended.clear()
        await send(socket, subscribe("1", "subscription { forever }"))
        assert (await receive(socket))["type"] == "next"
        await send(socket, {"type": "complete", "id": "1"})
        await asyncio.wait_for(streams.ended.wait(), 10)
        await send(socket, {"type": "complete", "id": "unknown"})
        await send(socket, {"type": "ping"})
        while (await receive(socket))["type"] != "pong":
            pass


async def test_a_client_that_goes_away_ends_its_subscriptions(service):
    async with service.session() as socket:
        streams.ended.clear()
        await send(socket, subscribe("1", "subscription { forever }"))
        await receive(socket)
        socket.transport.abort()
        await asyncio.wait_for(streams.ended.wait(), 10)
    assert streams.open == 0


async def test_a_client_that_stops_reading_is_let_go(service, monkeypatch):
    monkeypatch.setattr("app.server.connections.STALLED_SECONDS", 0.2)
    async with service.session() as socket:
        streams.ended.clear()
        socket.transport.pause_reading()
        await send(socket, subscribe("1", "subscription { forever(size: 500000) }"))
        await asyncio.wait_for(streams.ended.wait(), 20)
        socket.transport.abort()


async def test_an_event_streams_reader_that_stops_reading_is_let_go(service, monkeypatch):
    monkeypatch.setattr("app.server.connections.STALLED_SECONDS", 0.2)
    streams.ended.clear()
    _, writer = await event_stream(service, 500_000)
    await asyncio.wait_for(streams.ended.wait(), 20)
    writer.transport.abort()


async def test_a_client_that_reads_slowly_gets_all_of_a_long_answer(service, monkeypatch):
    """It takes many times as long as one that reads nothing is given."""
    monkeypatch.setattr("app.server.connections.STALLED_SECONDS", 0.5)
    size, read = 30_000_000, 0
    reader, writer = await event_stream(service, size)
    while read < size:
        read += len(await reader.readexactly(200_000))
        await asyncio.sleep(0.01)
    writer.transport.abort()


async def event_stream(
    service: SmallService, size: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Subscribe to events of a size, over a connection that buffers little and reads nothing."""
    connection = new_socket()
    connection.setsockopt(SOL_SOCKET, SO_RCVBUF, 65_536)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, ("127.0.0.1", service.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=65_536)
    body = json.dumps({"query": f"subscription {{ forever(size: {size}) }}"}).encode()
    head = "POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    return reader, writer


async def test_each_operation_has_a_correlation_id_of_its_own(service):
    async with service.session() as socket:
        seen = set()
        for id in ("1", "2"):
            await send(socket, subscribe(id, "{ correlation }"))
            seen.add((await receive(socket))["payload"]["data"]["correlation"])
            await receive(socket)
        assert len(seen) == 2


@pytest.mark.parametrize("member", ["authorization", "Authorization"])
async def test_the_init_payload_carries_the_key(service, world: World, clock, member):
    wanted = NewKey("test", Role.VENDOR_ADMIN, world.vendor_admin.id)
    key = await create_key(service.database, clock, service.secret, wanted)
    async with service.session({member: f"Bearer {key.text}"}) as socket:
        await send(socket, subscribe("1", "{ whoami }"))
        assert (await receive(socket))["payload"]["data"]["whoami"] == "VENDOR_ADMIN Vera Admin"


@pytest.mark.parametrize("value", ["Bearer pg_x.y", "nonsense", "", 7, {}, ["Bearer"]])
async def test_a_wrong_key_closes_with_4403(service, value):
    with capture_logs() as logged:
        async with service.socket() as socket:
            payload = {"authorization": value}
            await send(socket, {"type": "connection_init", "payload": payload})
            assert await closing(socket) == (4403, "Forbidden")
    assert not [entry for entry in logged if entry["log_level"] == "error"]


async def test_a_revoked_key_starts_nothing(service, world: World, clock):
    wanted = NewKey("test", Role.VENDOR_ADMIN, world.vendor_admin.id)
    key = await create_key(service.database, clock, service.secret, wanted)
    async with service.session({"authorization": f"Bearer {key.text}"}) as socket:
        await revoke_key(service.database, clock, key.public_id)
        await send(socket, subscribe("1", "{ whoami }"))
        assert await closing(socket) == (4403, "Forbidden")


async def test_a_connection_ends_when_its_key_expires(service, world: World, clock, monkeypatch):
    monkeypatch.setattr("app.graphql.credential_checks.RECHECK_SECONDS", 0.05)
    hour = clock.now().replace(hour=clock.now().hour + 1)
    wanted = NewKey("test", Role.VENDOR_ADMIN, world.vendor_admin.id, expires_at=hour)
    key = await create_key(service.database, clock, service.secret, wanted)
    async with service.session({"authorization": f"Bearer {key.text}"}) as socket:
        streams.ended.clear()
        await send(socket, subscribe("1", "subscription { forever }"))
        await receive(socket)
        clock.advance(hours=1)
        assert await closing(socket) == (4403, "Forbidden")
    await asyncio.wait_for(streams.ended.wait(), 10)


async def demotion(service: SmallService, world: World, clock):
    """A key of a partner admin, and what takes that role from its person."""
    wanted = NewKey("test", Role.PARTNER_ADMIN, world.acme.admin.id)
    key = await create_key(service.database, clock, service.secret, wanted)
    return key.text, Advisor.filter(id=world.acme.admin.id).update(role="ADVISOR")


async def narrowing(service: SmallService, world: World, clock):
    """A key of an app, and what takes a scope from it."""
    scopes = frozenset({Scope.CLIENTS_READ, Scope.EVENTS_READ})
    wanted = NewKey("test", Role.APP, partner_id=world.acme.partner.id, scopes=scopes)
    key = await create_key(service.database, clock, service.secret, wanted)
    return key.text, ApiKey.filter(id=key.id).update(scopes=["EVENTS_READ"])


async def removal(service: SmallService, world: World, clock):
    """A key of an advisor, and what puts the advisor into another partner team."""
    wanted = NewKey("test", Role.ADVISOR, world.acme.advisor.id)
    key = await create_key(service.database, clock, service.secret, wanted)
    move = Advisor.filter(id=world.acme.advisor.id).update(partner_id=world.rival.partner.id)
    return key.text, move


CHANGES = [demotion, narrowing, removal]


async def happens(service: SmallService, change: Awaitable[int]) -> None:
    async def unit() -> None:
        await change

    await service.database.transaction(unit)


@pytest.mark.parametrize("change", CHANGES)
async def test_a_connection_ends_when_its_rights_change(
    service, world: World, clock, monkeypatch, change
):
    monkeypatch.setattr("app.graphql.credential_checks.RECHECK_SECONDS", 0.05)
    text, takes_effect = await change(service, world, clock)
    async with service.session({"authorization": f"Bearer {text}"}) as socket:
        streams.ended.clear()
        await send(socket, subscribe("1", "subscription { forever }"))
        # Many rechecks pass while nothing changes.
        for _ in range(20):
            assert (await receive(socket))["type"] == "next"
        await happens(service, takes_effect)
        assert await closing(socket) == (4403, "Forbidden")
    await asyncio.wait_for(streams.ended.wait(), 10)
    # Whoever connects again has its present rights.
    async with service.session({"authorization": f"Bearer {text}"}) as socket:
        await send(socket, subscribe("1", "{ hello }"))
        assert (await receive(socket))["type"] == "next"


@pytest.mark.parametrize("change", CHANGES)
async def test_no_operation_begins_with_other_rights_than_its_connection(
    service, world: World, clock, change
):
    text, takes_effect = await change(service, world, clock)
    async with service.session({"authorization": f"Bearer {text}"}) as socket:
        await happens(service, takes_effect)
        await send(socket, subscribe("1", "{ whoami }"))
        assert await closing(socket) == (4403, "Forbidden")


@pytest.mark.parametrize("change", CHANGES)
async def test_an_event_stream_ends_when_its_rights_change(
    service, world: World, clock, monkeypatch, change
):
    monkeypatch.setattr("app.graphql.credential_checks.RECHECK_SECONDS", 0.05)
    text, takes_effect = await change(service, world, clock)
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {text}"}
    body = {"query": "subscription { forever }"}
    lines = []
    async with service.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        async for line in response.aiter_lines():
            lines.append(line)
            if len(lines) == 60:
                await happens(service, takes_effect)
    # It went on until the change, and may have ended before another event was due.
    assert len(lines) >= 60
    assert "event: complete" not in lines
    assert streams.open == 0


async def test_other_origins_are_refused_unless_listed(database, clock, tmp_path):
    async with small_service(database, clock, tmp_path) as closed:
        with pytest.raises(InvalidStatus) as refused:
            async with closed.socket(origin="https://portal.example"):
                pass
        assert refused.value.response.status_code == 403
        async with closed.socket(origin=f"http://127.0.0.1:{closed.port}") as socket:
            await send(socket, {"type": "connection_init"})
            assert (await receive(socket))["type"] == "connection_ack"
    origins = ("https://portal.example",)
    async with small_service(database, clock, tmp_path, cors_origins=origins) as opened:
        async with opened.socket(origin="https://portal.example") as socket:
            await send(socket, {"type": "connection_init"})
            assert (await receive(socket))["type"] == "connection_ack"


async def test_a_reader_of_events_that_goes_away_ends_its_subscription(service):
    streams.ended.clear()
    headers = {"accept": "text/event-stream"}
    body = {"query": "subscription { forever }"}
    async with service.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        async for line in response.aiter_lines():
            if line.startswith("data:"):
                break
    await asyncio.wait_for(streams.ended.wait(), 10)
    assert streams.open == 0


async def test_an_event_stream_ends_when_its_key_is_revoked(
    service, world: World, clock, monkeypatch
):
    monkeypatch.setattr("app.graphql.credential_checks.RECHECK_SECONDS", 0.05)
    wanted = NewKey("test", Role.VENDOR_ADMIN, world.vendor_admin.id)
    key = await create_key(service.database, clock, service.secret, wanted)
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {key.text}"}
    body = {"query": "subscription { forever }"}
    lines = []
    async with service.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        async for line in response.aiter_lines():
            if not lines:
                await revoke_key(service.database, clock, key.public_id)
            lines.append(line)
    assert lines[0] == "event: next"
    assert "event: complete" not in lines
    assert streams.open == 0


async def test_a_socket_that_never_introduces_itself_is_closed(
    database, clock, tmp_path, monkeypatch
):
    monkeypatch.setattr("app.graphql.endpoint.INIT_TIMEOUT", timedelta(seconds=0.05))
    async with small_service(database, clock, tmp_path) as service, service.socket() as socket:
        assert (await closing(socket))[0] == 4408


async def test_operations_that_are_cancelled_leak_no_connection(service, world: World, clock):
    wanted = NewKey("test", Role.VENDOR_ADMIN, world.vendor_admin.id)
    key = await create_key(service.database, clock, service.secret, wanted)
    async with service.session({"authorization": f"Bearer {key.text}"}) as socket:
        # Each operation reads its actor from the database, and is cancelled while it does.
        for number in range(100):
            await send(socket, subscribe(str(number), "{ whoami }"))
            await send(socket, {"type": "complete", "id": str(number)})
        await send(socket, subscribe("last", "{ whoami }"))
        while (await receive(socket))["id"] != "last":
            pass
    assert (await service.http.get("/readyz")).status_code == 200


async def test_one_that_stops_reading_does_not_hold_up_the_others(service, monkeypatch):
    monkeypatch.setattr("app.server.connections.STALLED_SECONDS", 0.5)
    async with service.session() as stopped, service.session() as reading:
        streams.ended.clear()
        stopped.transport.pause_reading()
        await send(stopped, subscribe("1", "subscription { forever(size: 500000) }"))
        await send(reading, subscribe("1", "subscription { forever }"))
        while not streams.ended.is_set():
            assert (await receive(reading))["type"] == "next"
        assert (await receive(reading))["type"] == "next"
        stopped.transport.abort()


async def test_only_those_end_whose_key_was_revoked(service, world: World, clock, monkeypatch):
    monkeypatch.setattr("app.graphql.credential_checks.RECHECK_SECONDS", 0.05)
    wanted = NewKey("test", Role.VENDOR_ADMIN, world.vendor_admin.id)
    keys = [await create_key(service.database, clock, service.secret, wanted) for _ in range(2)]
    revoked, valid = ({"authorization": f"Bearer {key.text}"} for key in keys)
    async with (
        service.session(revoked) as first,
        service.session(revoked) as second,
        service.session(valid) as other,
        service.session() as public,
    ):
        await revoke_key(service.database, clock, keys[0].public_id)
        assert await closing(first) == await closing(second) == (4403, "Forbidden")
        for socket in (other, public):
            await send(socket, {"type": "ping"})
            assert await receive(socket) == {"type": "pong"}


async def test_too_many_operations_are_refused_one_by_one(service):
    async with service.session() as socket:
        for number in range(101):
            await send(socket, subscribe(str(number), "subscription { forever }"))
        while (answer := await receive(socket))["type"] != "error":
            assert answer["type"] == "next"
        assert answer["id"] == "100"
        await send(socket, {"type": "complete", "id": "0"})
        await send(socket, subscribe("again", "{ hello }"))
        while (answer := await receive(socket))["id"] != "again":
            pass
        assert answer["payload"]["data"] == {"hello": "Hello world"}
        # Closing in order would wait until all that was sent has been read.
        socket.transport.abort()
