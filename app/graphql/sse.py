"""Server-sent events: one operation per response (graphql-sse, distinct connections mode).

The server drops a client that stops reading (app/server/connections.py), as on a WebSocket.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Any

import structlog
from starlette.types import Receive, Scope, Send

from app.auth.actor import Admitted
from app.auth.authenticate import Refusal
from app.graphql.credential_checks import Rechecks
from resolvers.subscription_payloads import encode

PING_SECONDS = 15.0

log = structlog.get_logger()


class EventStream:
    """Sends each result as an event, until the operation ends or the client leaves."""

    def __init__(
        self,
        results: AsyncGenerator[Any, None],
        rechecks: Rechecks,
        admitted: Admitted,
        ended: Callable[[], None],
    ) -> None:
        """`ended` is called once, when the stream ends."""
        self._results = results
        self._rechecks = rechecks
        self._admitted = admitted
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        try:
            await self._serve(scope, receive, send)
        finally:
            self._ended()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-store, no-transform",
            # Otherwise nginx buffers the stream.
            "x-accel-buffering": "no",
        }
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        sending = asyncio.create_task(self._send_all(send))
        # The stream ends when all is sent, the client leaves, its credentials become invalid, its
        # rights change, or the server stops.
        refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def refuse(refusal: Refusal) -> None:
            if not refused.done():
                refused.set_result(refusal)

        tasks = [sending, asyncio.create_task(_disconnected(receive)), refused]
        if "app" in scope:
            tasks.append(asyncio.create_task(scope["app"].state.stopping.wait()))
        self._rechecks.join(refuse, self._admitted)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._rechecks.leave(refuse, self._admitted)
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(ends[0], Exception) and not isinstance(ends[0], OSError):
            log.error("event_stream_failed", exc_info=ends[0])
        with suppress(OSError):
            await _send(send, b"", more=False)

    async def _send_all(self, send: Send) -> None:
        upcoming = asyncio.ensure_future(anext(self._results, None))
        try:
            while True:
                await asyncio.wait({upcoming}, timeout=PING_SECONDS)
                if not upcoming.done():
                    await _send(send, b": ping\n\n")
                    continue
                result = upcoming.result()
                if result is None:
                    break
                await _send(send, _event("next", encode(result)))
                upcoming = asyncio.ensure_future(anext(self._results, None))
            await _send(send, _event("complete"))
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
            await self._results.aclose()


async def _send(send: Send, body: bytes, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(name: str, data: bytes = b"") -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
