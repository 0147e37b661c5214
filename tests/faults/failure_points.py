"""Where a served process can fail, numbered: the statements and the awaits of one request.

Installed by the test's server (server.py) in its own process; the product has no hook. A request
says in the header `x-fault` what is to happen to it:

- `kill before|during|after K`: the process is killed (SIGKILL) around the K-th statement that the
  request hands to the database driver, or around its COMMIT (`kill during commit`). `during` is:
  handed over, not answered.
- `kill answer`: the process is killed when the answer is complete, before any of it is sent.
- `cancel await K`: the request's task is cancelled where it waits for the K-th time.
- `cancel statement K`: it is cancelled when its K-th statement is handed over, be it in the
  request's task or in a unit of work that this waits for.

The operations of a WebSocket are tasks of their own: where one is cancelled is in the variable
`fault` of its payload, which no document needs to declare. A ping tells the client.
"""

import asyncio
import itertools
import os
import signal
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from types import coroutine
from typing import Any, NoReturn

import aiosqlite
import asyncpg
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.graphql.websocket import Connection

HEADER = b"x-fault"
_ASYNCPG_CALLS = ("execute", "executemany", "fetch", "fetchrow", "fetchval")


@dataclass
class Watched:
    """One request: what is to happen to it where, and how many statements it has handed over."""

    how: str
    at: str
    task: "asyncio.Task[Any]"
    statements: int = 0

    def meets(self, statement: str) -> str:
        """What is to happen at the next statement; nothing if it is another one."""
        self.statements += 1
        here = self.at == str(self.statements) or self.at == statement.lower().rstrip(";")
        return self.how if here else ""


# Units of work run in tasks of their own; these inherit it from the request.
watched: ContextVar[Watched | None] = ContextVar("watched", default=None)


def install() -> None:
    """Watch the drivers and the operations of WebSockets, in this process."""
    aiosqlite.Connection._execute = _through(  # type: ignore[method-assign]
        aiosqlite.Connection._execute, _name
    )
    for name in _ASYNCPG_CALLS:
        call = getattr(asyncpg.Connection, name)
        setattr(asyncpg.Connection, name, _through(call, lambda sql, *_: str(sql)))
    operate = Connection._operate

    async def cancelled_operation(self: Connection, id: str, payload: dict[str, Any]) -> None:
        fault = (payload.get("variables") or {}).pop("fault", "")
        try:
            await _cancelled(operate(self, id, payload), fault)
        except asyncio.CancelledError:
            if not self._closed:
                await self._tell({"type": "ping", "payload": {"cancelled": id}})
            raise

    Connection._operate = cancelled_operation  # type: ignore[method-assign]


def _name(call: Any, *args: Any) -> str:
    """What SQLite is asked to do: the statement, or `commit`, `close` and the like."""
    return str(args[0]) if args else call.__name__


def _through(
    call: Callable[..., Awaitable[Any]], name: Callable[..., str]
) -> Callable[..., Awaitable[Any]]:
    async def handed_over(self: Any, *args: Any, **named: Any) -> Any:
        request = watched.get()
        if request is None:
            return await call(self, *args, **named)
        how = request.meets(name(*args))
        if how == "before":
            die()
        if how == "cancel":
            request.task.cancel()
        result = await stepped(call(self, *args, **named), die if how == "during" else _go_on)
        if how == "after":
            die()
        return result

    return handed_over


def die() -> NoReturn:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("The process outlived SIGKILL")


def _go_on() -> None:
    """Nothing happens."""


@coroutine
def stepped(awaited: Any, waits: Callable[[], None]) -> Any:
    """Await it, and call `waits` each time when it has begun to wait for something."""
    steps = awaited.__await__()
    call, value = steps.send, None
    while True:
        try:
            waiting = call(value)
        except StopIteration as end:
            return end.value
        waits()
        try:
            call, value = steps.send, (yield waiting)
        except BaseException as error:
            call, value = steps.throw, error


async def _cancelled(awaited: Awaitable[Any], fault: str) -> None:
    """Await it, and cancel this task at a point: `await K` or `statement K`."""
    task, taken = asyncio.current_task(), itertools.count(1)
    assert task
    kind, _, number = fault.partition(" ")

    def waits() -> None:
        if str(next(taken)) == number:
            # What it waits for is cancelled before it can end.
            task.cancel()

    if kind == "statement":
        watched.set(Watched("cancel", number, task))
    await stepped(awaited, waits if kind == "await" else _go_on)


class Faults:
    """The application, with faults for the requests that ask for them, and `/faults/state`."""

    def __init__(self, app: ASGIApp, state: Callable[[], dict[str, Any]]) -> None:
        self._app, self._state = app, state
        # The server tells the application through it that it stops.
        self.state = app.state  # type: ignore[attr-defined]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/faults/state":
            await JSONResponse(self._state())(scope, receive, send)
        elif scope["type"] == "http":
            await self._watch(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, _, rest = dict(scope["headers"]).get(HEADER, b"").decode().partition(" ")
        if kind == "cancel":
            await _cancelled(self._app(scope, receive, send), rest)
        elif kind == "kill":
            await self._kill(rest, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _kill(self, rest: str, scope: Scope, receive: Receive, send: Send) -> None:
        how, _, at = rest.partition(" ")
        task = asyncio.current_task()
        assert task
        watched.set(Watched(how, at, task))

        async def answer(message: Message) -> None:
            if how == "answer":
                die()
            await send(message)

        await self._app(scope, receive, answer)
