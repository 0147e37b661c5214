"""Hostile WebSocket conversations, by table and by changing good ones."""

import json
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.hostile.requests import Known, bodies
from tests.hostile.values import KINDS, TEXTS, mutated, mutated_bytes, written

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
INIT = '{"type": "connection_init"}'


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is sent after the handshake; `cut` ends it in the middle, by a reset."""

    name: str
    frames: bytes
    handshake: bytes
    cut: bool = False


def frame(
    data: bytes, opcode: int = TEXT, *, fin: bool = True, masked: bool = True, rsv: int = 0
) -> bytes:
    """One frame, as a client sends it."""
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    mark = 0x80 if masked else 0
    if len(data) < 126:
        head += bytes([mark | len(data)])
    elif len(data) < 65_536:
        head += bytes([mark | 126]) + struct.pack("!H", len(data))
    else:
        head += bytes([mark | 127]) + struct.pack("!Q", len(data))
    # A mask of zeros changes nothing.
    return head + (b"\0\0\0\0" if masked else b"") + data


def text(value: str) -> bytes:
    return frame(value.encode("utf-8", "surrogatepass"))


def handshake(
    path: str = "/graphql", method: str = "GET", version: str = "1.1", **changed: str | None
) -> bytes:
    """The opening request, with other headers or without some (None)."""
    headers: dict[str, str | None] = {
        "Host": "x", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "graphql-transport-ws",
    }  # fmt: skip
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    return f"{method} {path} HTTP/{version}\r\n{lines}\r\n".encode("latin-1")


SHAKE = handshake()
SUBSCRIBE: dict[str, Any] = {"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}


def systematic(known: Known) -> Iterator[Conversation]:
    """Every part of a conversation by every way to get it wrong."""
    for name, data in _handshakes():
        yield Conversation(f"handshake {name}", b"", data)
    for name, frames in _frames():
        yield Conversation(f"frames {name}", text(INIT) + frames, SHAKE)
        yield Conversation(f"frames first {name}", frames, SHAKE)
        yield Conversation(f"cut {name}", text(INIT) + frames[:-1], SHAKE, cut=True)
    for message in _messages():
        yield Conversation(f"message {message[:60]}", text(INIT) + text(message), SHAKE)
    for message in _messages():
        yield Conversation(f"message first {message[:60]}", text(message), SHAKE)
    for key in known.keys:
        init = json.dumps(
            {"type": "connection_init", "payload": {"authorization": f"Bearer {key}"}}
        )
        for document, variables in known.operations[:10]:
            asked = {
                "type": "subscribe",
                "id": "1",
                "payload": {"query": document, "variables": variables},
            }
            yield Conversation("operation", text(init) + text(json.dumps(asked)), SHAKE)


def _handshakes() -> Iterator[tuple[str, bytes]]:
    for method in ("POST", "HEAD", "PUT", "OPTIONS", "FOO"):
        yield method, handshake(method=method)
    for path in (
        "/",
        "/graphql/",
        "/livez",
        "/nowhere",
        "/explorer/x",
        "/%00",
        "/\xff",
        "*",
        "/" + "a" * 9000,
    ):
        yield path[:20], handshake(path)
    yield "1.0", handshake(version="1.0")
    values: dict[str, list[str | None]] = {
        "Sec_WebSocket_Version": [None, "8", "x", "13, 8"],
        "Sec_WebSocket_Key": [None, "", "x", "dGhlIHNhbXBsZSBub25jZQ", "é", "a" * 9000],
        "Sec_WebSocket_Protocol": [
            None,
            "",
            "graphql-ws",
            ",,,",
            "graphql-transport-ws, graphql-ws",
            "\xff",
            "a," * 900,
        ],
        "Sec_WebSocket_Extensions": [
            "permessage-deflate",
            "permessage-deflate; server_max_window_bits=99",
            "\xff",
        ],
        "Connection": ["close, Upgrade", "keep-alive", "upgrade"],
        "Upgrade": ["websocket, h2c", "WebSocket", "h2c"],
        "Origin": ["null", "https://evil.example", "http://[", "http://x:y", "\xff", ""],
        "Content_Length": ["5", "-1", "99999"],
        "Transfer_Encoding": ["chunked"],
        "Host": [None, "", "[", "\xff"],
        "X_Request_Id": ["\xff", "a b"],
        "X": ["a" * 9000, "a" * 20_000],
    }
    for name, wrong in values.items():
        for value in wrong:
            yield f"{name} {value!r:.30}", handshake(**{name: value})
    yield "many headers", handshake(**{f"X{n}": "x" for n in range(200)})
    yield "twice", SHAKE + SHAKE
    body = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    yield "behind a request", body + SHAKE


def _frames() -> Iterator[tuple[str, bytes]]:
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield f"opcode {opcode}", frame(b"x", opcode)
    for rsv in (1, 2, 4, 7):
        yield f"rsv {rsv}", frame(b"{}", rsv=rsv)
    ping = b'{"type": "ping"}'
    yield "not masked", frame(ping, masked=False)
    yield "binary", frame(ping, BINARY)
    yield "not UTF-8", frame(b"\xff\xfe")
    yield "half a character", frame(b'{"type": "\xc3', fin=False) + frame(b'\xa9"}', 0)
    yield "a fragment that is not UTF-8", frame(b"\xc3", fin=False) + frame(b"\x28", 0)
    yield (
        "fragments",
        frame(ping[:5], fin=False) + frame(ping[5:9], 0, fin=False) + frame(ping[9:], 0),
    )
    yield (
        "a ping among fragments",
        frame(ping[:5], fin=False) + frame(b"x", PING) + frame(ping[5:], 0),
    )
    yield "a message among fragments", frame(ping[:5], fin=False) + frame(ping)
    yield "a fragment of nothing", frame(b"x", 0)
    yield "empty fragments", frame(b"", fin=False) + frame(b"", 0, fin=False) * 5000
    yield "a fragment that never ends", frame(b"x" * 100, fin=False)
    yield "fragments that are too large", frame(b"x" * 40_000, fin=False) + frame(b"x" * 40_000, 0)
    yield "too large", frame(b"x" * 70_000)
    yield "a length that lies", b"\x81\xff" + struct.pack("!Q", 2**62) + b"\0\0\0\0"
    yield "a negative length", b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0"
    yield "a length that is not the shortest", b"\x81\xfe\x00\x02\0\0\0\0{}"
    yield "pings", frame(b"", PING) * 500
    yield "a flood of pings", frame(b"", PING) * 20_000
    yield "pongs", frame(b"x", PONG) * 500
    yield "a long ping", frame(b"x" * 126, PING)
    yield "a ping in parts", frame(b"x", PING, fin=False)
    for code in (
        0,
        999,
        1000,
        1001,
        1002,
        1004,
        1005,
        1006,
        1011,
        1015,
        2999,
        3000,
        4400,
        5000,
        65_535,
    ):
        yield f"close {code}", frame(struct.pack("!H", code), CLOSE)
    yield "close with half a code", frame(b"\x03", CLOSE)
    yield "close with a bad reason", frame(struct.pack("!H", 1000) + b"\xff", CLOSE)
    yield "close with a long reason", frame(struct.pack("!H", 1000) + b"x" * 130, CLOSE)
    yield "a message after close", frame(b"", CLOSE) + text(INIT)
    yield "HTTP", b"GET / HTTP/1.1\r\n\r\n"
    yield "zeros", b"\0" * 200
    yield "ones", b"\xff" * 200
    yield "messages", text('{"type": "ping"}') * 500
    yield "a flood of messages", text('{"type": "ping"}') * 6000
    pair = text(json.dumps(SUBSCRIBE)) + text('{"type": "complete", "id": "1"}')
    yield "subscribe and complete", pair * 100
    yield "a flood of subscribe and complete", pair * 3000
    many = b"".join(text(json.dumps({**SUBSCRIBE, "id": str(n)})) for n in range(300))
    yield "many operations", many


def _messages() -> Iterator[str]:
    texts = [written(value) for value in KINDS] + TEXTS
    yield from texts
    for value in texts:
        for kind in ("connection_init", "ping", "pong", "complete", "subscribe"):
            yield f'{{"type": "{kind}", "id": "1", "payload": {value}}}'
            yield f'{{"type": "{kind}", "id": {value}, "payload": {{"query": "{{ __typename }}"}}}}'
        yield f'{{"type": {value}}}'
        yield f'{{"type": "connection_init", "payload": {{"authorization": {value}}}}}'
        for member in ("query", "variables", "operationName", "extensions", "documentId"):
            payload = f'{{"query": "{{ __typename }}", "{member}": {value}}}'
            yield f'{{"type": "subscribe", "id": "1", "payload": {payload}}}'
    for kind in (
        "next",
        "error",
        "connection_ack",
        "start",
        "stop",
        "connection_terminate",
        "",
        "x" * 5000,
        "é" * 200,
    ):
        yield json.dumps({"type": kind, "id": "1"})
    for body in bodies():
        try:
            yield '{"type": "subscribe", "id": "1", "payload": ' + body.decode() + "}"
        except UnicodeDecodeError:
            continue


def generated(known: Known, chance: random.Random) -> Conversation:
    """A good conversation in which something was changed."""
    key = chance.choice(known.keys)
    init = json.dumps(
        {"type": "connection_init", "payload": {"authorization": f"Bearer {key}"} if key else {}}
    )
    messages = [init]
    for _ in range(chance.randrange(1, 5)):
        document, variables = chance.choice(known.operations)
        payload = {"query": document, "variables": variables}
        messages.append(
            json.dumps({"type": "subscribe", "id": str(chance.randrange(3)), "payload": payload})
        )
        messages.append(
            json.dumps(
                {
                    "type": chance.choice(["complete", "ping", "pong"]),
                    "id": str(chance.randrange(3)),
                }
            )
        )
    at = chance.randrange(len(messages))
    match chance.randrange(3):
        case 0:
            messages[at] = mutated(messages[at], chance)
        case 1:
            chance.shuffle(messages)
        case _:
            frames = b"".join(text(message) for message in messages)
            return Conversation(
                "frames", mutated_bytes(frames, chance), SHAKE, chance.random() < 0.3
            )
    return Conversation("messages", b"".join(text(message) for message in messages), SHAKE)
