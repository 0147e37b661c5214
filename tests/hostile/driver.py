"""Sending hostile input to a running service, and judging what comes back."""

import asyncio
import json
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import httptools

from tests.hostile import sockets
from tests.hostile.requests import Request
from tests.hostile.sockets import Conversation

# How long one that should be answered may take, and one that need not be.
PATIENCE, HUNCH = 30.0, 0.15
# Frames that are none are closed by the protocol's own codes (RFC 6455, section 7.4.1): 1000, 1001,
# 1003 and the like echo what the client closed with.
OWN_CODES = {1002, 1007, 1009}
AT_ONCE = 16
UNANSWERED = "closed without an answer"


@dataclass
class Report:
    """What came back: how often each, and each that should not have been."""

    seen: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, case: Request | Conversation, problem: str | None, seen: str) -> None:
        self.seen[seen] += 1
        if problem:
            self.wrong.append(f"{case.name}: {problem}")


class Answers:
    """Reads HTTP answers off a connection."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.done: list[tuple[int, dict[str, str], bytes]] = []
        self.begun = False
        self._begin()

    def _begin(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = bytearray()

    def on_message_begin(self) -> None:
        self.begun = True
        self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.begun = False
        if self.parser.get_status_code() < 200:
            return
        self.done.append((self.parser.get_status_code(), self.headers, bytes(self.body)))


def fault(status: int, headers: dict[str, str], body: bytes, head: bool = False) -> str | None:
    """What is wrong with an answer; None if nothing is."""
    if status >= 500:
        return f"{status} {body[:300]!r}"
    if "server" in headers or headers.get("x-content-type-options") != "nosniff":
        return f"{status} headers {headers}"
    json_type = "json" in headers.get("content-type", "")
    if head or status in (304, 416):
        return None
    if status >= 400 and not json_type:
        return f"{status} {headers.get('content-type')} {body[:200]!r}"
    return _untyped(body) if json_type and (status >= 400 or b'"errors"' in body[:40]) else None


def _untyped(body: bytes) -> str | None:
    try:
        errors = json.loads(body)["errors"]
        codes = [error["extensions"]["code"] for error in errors]
    except (ValueError, KeyError, TypeError) as error:
        return f"not typed ({error!r}): {body[:300]!r}"
    return f"a bug was masked: {body[:500]!r}" if "INTERNAL" in codes or not codes else None


class HttpLine:
    """One after the other over connections that are kept as long as the service keeps them."""

    def __init__(self, port: int, report: Report) -> None:
        self.port, self.report = port, report
        self.reader: asyncio.StreamReader | None = None

    async def __call__(self, case: Request) -> None:
        fresh = self.reader is None or not case.whole
        await self._open(fresh)
        problem, seen, usable = await self._ask(case)
        if problem == UNANSWERED and not fresh:
            # The service may have closed what was idle, at the moment at which it was used.
            await self._open(True)
            problem, seen, usable = await self._ask(case)
        self.report.note(case, problem, seen)
        if not usable or not case.whole:
            self.close()

    async def _open(self, anew: bool) -> None:
        if anew:
            self.close()
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def _ask(self, case: Request) -> tuple[str | None, str, bool]:
        assert self.reader
        answers = Answers()
        head = case.data[:5] == b"HEAD "
        self.writer.write(case.data)
        received = 0
        ended = False
        patience = PATIENCE if case.whole else HUNCH
        while not (case.whole and answers.done):
            try:
                async with asyncio.timeout(patience):
                    data = await self.reader.read(65_536)
            except TimeoutError:
                break
            except OSError:
                data = b""
            if not data:
                ended = True
                break
            received += len(data)
            if head:
                continue
            try:
                answers.parser.feed_data(data)
            except httptools.HttpParserUpgrade:
                return None, "101", False
            except httptools.HttpParserError as error:
                return f"no HTTP: {error!r} {data[:200]!r}", "no HTTP", False
        problems = [fault(*each) for each in answers.done]
        problem = next((each for each in problems if each), None)
        if not answers.done and case.whole:
            problem = UNANSWERED if ended else "no answer"
        elif not received and ended:
            problem = UNANSWERED
        elif answers.begun and ended:
            problem = "an answer that was cut"
        last = answers.done[-1] if answers.done else None
        seen = str(last[0]) if last else "HEAD" if head else "open"
        usable = bool(last) and last[1].get("connection") != "close" and not ended
        return problem, f"http {seen}", usable

    def close(self) -> None:
        if self.reader is not None:
            self.writer.transport.abort()
            self.reader = None


class SocketLine:
    """One conversation after the other, each on a connection of its own."""

    def __init__(self, port: int, report: Report) -> None:
        self.port, self.report = port, report

    async def __call__(self, case: Conversation) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            async with asyncio.timeout(PATIENCE):
                problem, seen = await self._converse(case, reader, writer)
        except TimeoutError:
            problem, seen = "no end", "ws no end"
        except OSError as error:
            problem, seen = None if case.cut else repr(error), "ws reset"
        self.report.note(case, problem, seen)
        writer.transport.abort()

    async def _converse(
        self, case: Conversation, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[str | None, str]:
        writer.write(case.handshake)
        answers = Answers()
        while True:
            try:
                async with asyncio.timeout(1.0):
                    data = await reader.read(65_536)
            except TimeoutError:
                return None, "handshake open"
            if not data and not answers.done:
                return "closed without an answer", "handshake closed"
            try:
                answers.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgraded:
                rest = data[upgraded.args[0] :]
                break
            except httptools.HttpParserError as error:
                return f"no HTTP: {error!r} {data[:200]!r}", "no HTTP"
            if answers.done and answers.done[0][0] != 101:
                head = case.handshake.startswith(b"HEAD")
                if data[:12] == b"HTTP/1.1 101":
                    break
                return fault(*answers.done[-1], head=head), f"handshake {answers.done[-1][0]}"
        if case.cut:
            writer.write(case.frames)
            return None, "ws cut"
        # A pong that answers this says that all before it was handled.
        writer.write(case.frames + sockets.text('{"type": "ping"}'))
        return await _listen(reader, writer, rest, case)


async def _listen(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: bytes, case: Conversation
) -> tuple[str | None, str]:
    buffer, closing, said = bytearray(rest), False, 0
    while True:
        for opcode, data in _whole_frames(buffer):
            if opcode == sockets.CLOSE:
                code = struct.unpack("!H", data[:2])[0] if len(data) >= 2 else 1005
                right = 4400 <= code < 4500 or code in OWN_CODES or closing or _echoed(case, code)
                return None if right else f"closed with {code} {data[2:]!r}", f"ws {code}"
            if opcode == sockets.TEXT:
                said += 1
                if problem := _unsound(data):
                    return problem, "ws message"
        try:
            async with asyncio.timeout(HUNCH * (1 if closing or said else 4)):
                data = await reader.read(65_536)
        except TimeoutError:
            if closing:
                # What is open holds what came last back: a frame that is not complete.
                return None, "ws open"
            closing = True
            with suppress(OSError):
                writer.write(sockets.frame(struct.pack("!H", 1000), sockets.CLOSE))
            continue
        if not data:
            return "ended without a close", "ws ended"
        buffer += data


def _echoed(case: Conversation, code: int) -> bool:
    """Whether the client itself closed with this code."""
    return struct.pack("!H", code) in case.frames or (code == 1005 and b"\x88\x80" in case.frames)


def _unsound(data: bytes) -> str | None:
    try:
        message = json.loads(data)
        kind = message["type"]
    except (ValueError, KeyError, TypeError):
        return f"a message that is none: {data[:200]!r}"
    if kind == "error":
        return _untyped(json.dumps({"errors": message["payload"]}).encode())
    if kind == "next" and "errors" in message["payload"]:
        return _untyped(json.dumps(message["payload"]).encode())
    return None


def _whole_frames(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Takes the complete frames of a service off a buffer."""
    while len(buffer) >= 2:
        length, start = buffer[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4]), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < start + length:
            return
        opcode, data = buffer[0] & 15, bytes(buffer[start : start + length])
        del buffer[: start + length]
        yield opcode, data


class Line(Protocol):
    async def __call__(self, case: Any) -> None: ...


async def drive(port: int, cases: Iterable[Request | Conversation], report: Report) -> None:
    """Send all, several at a time."""
    waiting = iter(cases)

    async def worker() -> None:
        http, socket = HttpLine(port, report), SocketLine(port, report)
        for case in waiting:
            line: Callable[[Any], Any] = http if isinstance(case, Request) else socket
            try:
                await line(case)
            except OSError as error:
                report.note(case, repr(error), "no connection")
                http.close()
        http.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(worker())
