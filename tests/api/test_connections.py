"""What the server does with connections, whatever is asked over them: bad HTTP, slow clients,
frames that are none, floods. Over raw sockets, since no client sends such things."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.persistence.database import Database
from tests.api.small_service import SmallService, receive, send, small_service, streams
from tests.conftest import ManualClock
from tests.hostile.driver import Answers
from tests.hostile.requests import post
from tests.hostile.sockets import CLOSE, PING, frame, handshake, text

# The database does not matter here: one is enough.
pytestmark = pytest.mark.parametrize("migrated", ["postgres"], indirect=True)

INIT = text('{"type": "connection_init"}')
LIVEZ = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


async def exchange(service: SmallService, *parts: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """The answers to what is sent part by part, until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    answers = Answers()

    async def read() -> None:
        with suppress(ConnectionResetError):
            while data := await reader.read(65_536):
                answers.parser.feed_data(data)

    reading = asyncio.create_task(read())
    for part in parts:
        # Until there is an answer to what was sent so far.
        if not answers.done and not reading.done():
            writer.write(part)
            # The next part is another one for the server, too.
            await asyncio.sleep(0.02)
    await asyncio.wait_for(reading, 20)
    writer.close()
    return answers.done


def told(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    """The status of an answer and the code of its error."""
    status, headers, body = answer
    assert headers["content-type"].startswith("application/json")
    assert headers["x-content-type-options"] == "nosniff"
    return status, json.loads(body)["errors"][0]["extensions"]["code"]


async def frames_of(service: SmallService, *parts: bytes) -> bytes:
    """What the server sends over a WebSocket until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(handshake())
    async with asyncio.timeout(20):
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
        received = bytearray()
        with suppress(ConnectionResetError):
            while data := await reader.read(65_536):
                received += data
    writer.close()
    return bytes(received)


def closed_with(received: bytes) -> int:
    """The code of the close frame at the end of what was received."""
    at = received.rindex(b"\x88", 0, -1)
    code: int = struct.unpack("!H", received[at + 2 : at + 4])[0]
    return code


NOT_HTTP = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method that is none": b"G\0T / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target that is none": "GET /é HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "a length that is negative": b"POST /graphql HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /graphql HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a chunk that is none": b"POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("data", NOT_HTTP.values(), ids=NOT_HTTP)
async def test_what_is_not_http_is_a_typed_bad_request(service, data):
    [answer] = await exchange(service, data)
    assert told(answer) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("path", ["/nowhere", "/graphql/", "/explorer/none.js", "/files/a/b/c"])
async def test_an_unknown_address_is_typed(service, path):
    response = await service.http.get(path)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (
        404,
        "NOT_FOUND",
    )


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/exports/revenue.csv", "/badges/a/b.svg"])
@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE"])
async def test_a_wrong_method_is_typed_everywhere(service, path, method):
    response = await service.http.request(method, path)
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
    assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


ENDLESS = {
    "a header": b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000,
    "headers": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 15_000,
    "a target": b"GET /" + b"x" * 70_000,
    "line ends": b"\r\n" * 40_000,
    "trailers": b"POST /graphql HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: "
    b"application/json\r\n\r\n2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 15_000,
}


@pytest.mark.parametrize("data", ENDLESS.values(), ids=ENDLESS)
async def test_a_head_without_end_is_cut(service, data):
    # In several pieces, as over a network; the last answer says why.
    parts = [data[at : at + 16_384] for at in range(0, len(data), 16_384)]
    answers = await exchange(service, *parts)
    assert told(answers[-1])[0] in (400, 431)


async def test_a_head_that_comes_bit_by_bit_is_timed_out(service, monkeypatch):
    monkeypatch.setattr("app.server.http_connection.HEAD_SECONDS", 0.2)
    bits = [bytes([byte]) for byte in b"GET /livez HTTP/1.1\r\nHost: a-long-name.example"]
    [answer] = await exchange(service, *bits)
    assert told(answer) == (408, "REQUEST_TIMEOUT")


async def test_a_body_that_does_not_go_on_is_timed_out(service, monkeypatch):
    monkeypatch.setattr("app.server.http_connection.BODY_SECONDS", 0.2)
    [answer] = await exchange(service, post(b'{"query": "{ hello }"}')[:-5])
    assert told(answer) == (408, "REQUEST_TIMEOUT")


def bytewise(body: bytes) -> list[bytes]:
    """A request whose body comes byte by byte, for a second and more."""
    whole = post(body, Connection="close")
    return [whole[: -len(body)], *(bytes([each]) for each in body)]


async def test_a_body_that_comes_bit_by_bit_is_timed_out(service, monkeypatch):
    """It went on for as long as it liked, and so did ten thousand of them."""
    monkeypatch.setattr("app.server.http_connection.BODY_SECONDS", 0.3)
    [answer] = await exchange(service, *bytewise(b'{"query": "{ hello }"}' + b" " * 60))
    assert told(answer) == (408, "REQUEST_TIMEOUT")


async def test_a_large_body_may_take_its_time(service, monkeypatch):
    monkeypatch.setattr("app.server.http_connection.BODY_SECONDS", 0.3)
    # A second for every second byte: as it comes over a slow line.
    monkeypatch.setattr("app.server.http_connection.BODY_BYTES_PER_SECOND", 2)
    [answer] = await exchange(service, *bytewise(b'{"query": "{ hello }"}' + b" " * 60))
    assert answer[0] == 200


@pytest.mark.parametrize("pieces", [1, 8])
async def test_a_head_has_so_many_bytes_however_it_comes(service, pieces):
    """In one piece it could have twice as many."""
    for size, status in ((32_000, 200), (33_000, 431)):
        data = LIVEZ.replace(b"\r\n\r\n", b"\r\nX: %s\r\n\r\n" % (b"x" * size))
        step = len(data) // pieces + 1
        [answer] = await exchange(service, *(data[at : at + step] for at in range(0, 33_100, step)))
        assert answer[0] == status
    assert told(answer) == (431, "HEAD_TOO_LARGE")


@asynccontextmanager
async def idle(service: SmallService, count: int) -> AsyncIterator[list[asyncio.StreamWriter]]:
    """Connections whose request does not end; the server has seen its beginning."""
    writers = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        # The whole request in front is answered: this connection is counted.
        writer.write(LIVEZ + post(b'{"query": "{ hello }"}')[:-5])
        await reader.readuntil(b"}")
        writers.append(writer)
    yield writers
    for writer in writers:
        writer.close()


async def test_beyond_its_connections_a_process_still_says_that_it_lives(
    database: Database, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.server.serving.MAX_CONNECTIONS", 3)
    async with small_service(database, clock, tmp_path) as service, idle(service, 3) as writers:
        [answer] = await exchange(service, post(b'{"query": "{ hello }"}'))
        assert told(answer) == (503, "TOO_MANY_CONNECTIONS")
        assert (answer[1]["retry-after"], answer[1]["connection"]) == ("5", "close")
        [answer] = await exchange(service, handshake())
        assert told(answer) == (503, "TOO_MANY_CONNECTIONS")
        for path in (b"/livez", b"/readyz"):
            close = b"\r\nConnection: close\r\n\r\n"
            data = LIVEZ.replace(b"/livez", path).replace(b"\r\n\r\n", close)
            [answer] = await exchange(service, data)
            assert answer[0] == 200
        for writer in writers:
            writer.close()
        await served_again(service, post(b'{"query": "{ hello }"}', Connection="close"))


async def served_again(service: SmallService, data: bytes) -> None:
    """A place is free once the server has seen the end of a connection."""
    async with asyncio.timeout(10):
        while (await exchange(service, data))[0][0] != 200:
            pass


async def test_an_address_has_so_many_connections(
    database: Database, clock: ManualClock, tmp_path: Path
):
    """One that takes all places would shut out everybody."""
    settings: dict[str, Any] = {"max_connections_per_address": 2}
    async with small_service(database, clock, tmp_path, **settings) as service:
        # A WebSocket has one place, not one more than the connection that it was.
        async with service.session() as socket, idle(service, 1):
            [answer] = await exchange(service)
            assert told(answer) == (429, "TOO_MANY_CONNECTIONS")
            assert (answer[1]["retry-after"], answer[1]["connection"]) == ("5", "close")
            await socket.close()
            await served_again(service, post(b'{"query": "{ hello }"}', Connection="close"))
    # Behind a proxy are many.
    settings["trusted_proxies"] = "127.0.0.0/8"
    async with (
        small_service(database, clock, tmp_path, **settings) as service,
        idle(service, 3),
        service.session(),
    ):
        assert (await service.post("{ hello }")).status_code == 200


async def test_a_connection_over_which_nothing_is_sent_is_closed(service, monkeypatch):
    monkeypatch.setattr("app.server.http_connection.HEAD_SECONDS", 0.1)
    assert await exchange(service) == []


async def test_a_whole_request_is_answered_before_nonsense_behind_it(service):
    [answer] = await exchange(service, post(b'{"query": "{ hello }"}') + b"\0\0\0\0")
    assert (answer[0], answer[1]["connection"]) == (200, "close")


async def test_an_upgrade_to_http_2_is_passed_over(service):
    """As a client does that offers it in its first request, and takes the answer it gets."""
    data = LIVEZ.replace(b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    [answer] = await exchange(service, data)
    assert (answer[0], answer[1]["connection"]) == (200, "close")


async def test_a_burst_of_requests_is_answered_in_order(service):
    requests = [post(b'{"query": "{ add(a: %d, b: 0) }"}' % n) for n in range(300)]
    answers = await exchange(service, b"".join(requests) + b"\0")
    assert [json.loads(body)["data"]["add"] for _, _, body in answers] == list(range(300))


async def test_http_1_0_gets_no_chunks(service):
    """A response of unknown length ends with the connection, and so do all others."""
    query = b'{"query": "subscription { count(to: 3) }"}'
    stream = post(query, Accept="text/event-stream", Expect="100-continue")
    known = post(b'{"query": "{ hello }"}')
    for request, length in ((stream, None), (known, "29"), (LIVEZ, "16")):
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(request.replace(b"HTTP/1.1", b"HTTP/1.0"))
        async with asyncio.timeout(20):
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        writer.close()
        headers = dict(line.split(": ", 1) for line in head.decode().lower().splitlines()[1:])
        assert b" 200 " in head and headers["connection"] == "close"
        assert "transfer-encoding" not in headers
        if length is None:
            assert "content-length" not in headers
            assert body.count(b"event: next\n") == 3 and body.endswith(
                b"event: complete\ndata: \n\n"
            )
        else:
            assert int(headers["content-length"]) == len(body)


HANDSHAKES = {
    "by POST": (handshake(method="POST"), 405),
    "another version": (handshake(Sec_WebSocket_Version="8"), 400),
    "no key": (handshake(Sec_WebSocket_Key=None), 400),
    "a long line": (handshake(X="a" * 9000), 431),
    "many headers": (handshake(**{f"X{n}": "x" for n in range(200)}), 431),
    "another address": (handshake("/nowhere"), 403),
    "another origin": (handshake(Origin="https://evil.example"), 403),
}


@pytest.mark.parametrize(("data", "status"), HANDSHAKES.values(), ids=HANDSHAKES)
async def test_a_handshake_that_fails_is_answered(service, data, status):
    """Some had no answer at all, and a connection that stayed for ever."""
    [answer] = await exchange(service, data)
    assert told(answer)[0] == status


async def test_no_handshake_takes_the_connection_of_an_answer_that_is_due(service):
    """Nobody would have told the event stream that its reader has gone."""
    streams.ended.clear()
    subscription = post(b'{"query": "subscription { forever }"}', Accept="text/event-stream")
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(subscription + handshake())
    async with asyncio.timeout(10):
        received = await reader.read()
        await streams.ended.wait()
    assert b" 101 " not in received
    writer.close()


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (frame(b'{"type": "\xff"}'), 1007),
        (frame(b"\xc3", fin=False) + frame(b"\x28", 0), 1007),
        (frame(b"x", 3), 1002),
        (frame(b"x", masked=False), 1002),
        (frame(b"x" * 40_000, fin=False) + frame(b"x" * 40_000, 0), 1009),
    ],
)
async def test_a_frame_that_is_none_closes_without_a_word_in_the_log(service, caplog, frames, code):
    assert closed_with(await frames_of(service, INIT + frames)) == code
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


FLOODS = {
    "pings of the protocol": frame(b"", PING),
    "messages": text('{"type": "ping"}'),
    "operations that are completed at once": text(
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}}'
    )
    + text('{"type": "complete", "id": "1"}'),
}


@pytest.mark.parametrize("message", FLOODS.values(), ids=FLOODS)
async def test_a_flood_closes_with_4429(service, message):
    # Acknowledged first: before, an operation is an error.
    with capture_logs() as logged:
        assert closed_with(await frames_of(service, INIT, message * 8000)) == 4429
    assert not [entry for entry in logged if entry["log_level"] == "error"]


async def test_parts_of_a_message_without_end_close_with_4429(service):
    parts = frame(b"", fin=False) + frame(b"", 0, fin=False) * 8000
    assert closed_with(await frames_of(service, INIT, parts)) == 4429


async def test_others_are_served_during_a_flood(service):
    async with service.session() as other:
        flood = asyncio.create_task(frames_of(service, INIT, text('{"type": "ping"}') * 8000))
        served = 0
        while not flood.done():
            await send(other, {"type": "ping"})
            assert await receive(other) == {"type": "pong"}
            served += 1
        assert closed_with(await flood) == 4429
    # Without turns it would be the first one alone, after the flood.
    assert served > 2


@pytest.mark.parametrize("more", [0, 40_000])
async def test_what_comes_right_behind_a_handshake_is_not_lost(service, more):
    """In the same segment: it was dropped, and the client waited for its acknowledgement."""
    pong = json.dumps({"type": "pong", "payload": {"": "x" * more}})
    messages = text(pong) + INIT + text('{"type": "ping"}')
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(handshake() + messages)
    async with asyncio.timeout(20):
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        assert b'{"type":"connection_ack"}' in await reader.readuntil(b'ack"}')
        await reader.readuntil(b'{"type":"pong"}')
        writer.write(frame(struct.pack("!H", 1000), CLOSE))
        assert closed_with(await reader.read()) == 1000
    writer.close()


async def test_a_client_that_closes_gets_its_close_back(service):
    data: Any = frame(struct.pack("!H", 1000), CLOSE)
    assert closed_with(await frames_of(service, INIT, data)) == 1000
