"""A client that costs little: `python -m benchmarks.load PORT CONNECTIONS SECONDS LENGTH`.

It takes one HTTP/1.1 request from standard input and sends it over keep-alive connections, each
with one request under way. When the time is over it sends no more, and waits for the answers that
are due: what a slow server has half done would count for nothing otherwise. It prints the answers
counted and the seconds until the last.
"""

import asyncio
import json
import sys
import time

import uvloop


class Caller(asyncio.Protocol):
    """One connection: sends the request, checks the answer, sends it again until `until`."""

    def __init__(self, request: bytes, length: int, until: float) -> None:
        self.request = request
        self.length = length
        self.until = until
        self.answers = 0
        self.buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        head, blank, body = self.buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        if head[9:12] != b"200" or _length(head) != self.length:
            self._fail(f"not the answer expected: {self.buffer[:1000]!r}")
        elif len(body) >= self.length:
            self.buffer = b""
            self.answers += 1
            self._next()

    def _next(self) -> None:
        if time.perf_counter() < self.until:
            self.transport.write(self.request)
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, reason: Exception | None) -> None:
        self._fail(f"connection lost: {reason}")

    def _fail(self, words: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(words))


def _length(head: bytes) -> int:
    _, name, after = head.lower().partition(b"\r\ncontent-length:")
    return int(after.split(b"\r\n", 1)[0]) if name else -1


async def load(port: int, connections: int, seconds: float, length: int) -> None:
    """Call for so long; raises RuntimeError at the first wrong answer or lost connection."""
    request = sys.stdin.buffer.read()
    loop = asyncio.get_running_loop()
    start = time.perf_counter()
    until = start + seconds
    callers = []
    for _ in range(connections):
        _, caller = await loop.create_connection(
            lambda: Caller(request, length, until), "127.0.0.1", port
        )
        callers.append(caller)
    await asyncio.gather(*(caller.done for caller in callers))
    elapsed = time.perf_counter() - start
    print(json.dumps({"answers": sum(caller.answers for caller in callers), "seconds": elapsed}))


if __name__ == "__main__":
    port, connections, seconds, length = sys.argv[1:]
    uvloop.run(load(int(port), int(connections), float(seconds), int(length)))
