"""Server-sent events: one operation a response (graphql-sse, distinct connections mode)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from app.auth.actor import Actor
from app.auth.authenticate import Authenticator

PING_SECONDS = 15.0
SEND_SECONDS = 5.0
RECHECK_SECONDS = 60.0

log = structlog.get_logger()


class EventStream:
    """The response that sends each result as an event, until the operation or its reader ends."""

    def __init__(
        self,
        results: AsyncGenerator[Any, None],
        authenticator: Authenticator,
        authorization: str | None,
        actor: Actor,
    ) -> None:
        self._results = results
        self._authenticator = authenticator
        self._authorization = authorization
        self._actor = actor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        headers = {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-store, no-transform",
            # nginx holds back a stream that it may buffer.
            "x-accel-buffering": "no",
        }
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        sending = asyncio.create_task(self._send_all(send))
        # Whichever comes first ends the stream: all is sent, the reader goes, its credentials
        # become void or its rights change, the server stops.
        tasks: list[asyncio.Task[Any]] = [sending, asyncio.create_task(_disconnected(receive))]
        if self._authorization is not None:
            recheck = self._authenticator.until_refused(
                self._authorization, self._actor, RECHECK_SECONDS
            )
            tasks.append(asyncio.create_task(recheck))
        if "app" in scope:
            tasks.append(asyncio.create_task(scope["app"].state.stopping.wait()))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(ends[0], Exception) and not isinstance(ends[0], (TimeoutError, OSError)):
            log.error("event_stream_failed", exc_info=ends[0])
        with suppress(TimeoutError, OSError):
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
                await _send(send, _event("next", _payload(result)))
                upcoming = asyncio.ensure_future(anext(self._results, None))
            await _send(send, _event("complete"))
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
            await self._results.aclose()


async def _send(send: Send, body: bytes, more: bool = True) -> None:
    # A reader that stopped reading is let go; it comes back and resumes after its last cursor.
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(name: str, data: bytes = b"") -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


def _payload(result: Any) -> bytes:
    content: dict[str, Any] = {}
    errors = result.errors or []
    if result.data is not None or any(error.path is not None for error in errors) or not errors:
        content["data"] = result.data
    if errors:
        content["errors"] = [error.formatted for error in errors]
    return orjson.dumps(content)
