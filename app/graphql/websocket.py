"""GraphQL over WebSocket: the graphql-transport-ws protocol.

A connection has one task that reads its messages, and one for each running operation. Every
malformed message closes the connection with 4400. Each operation gets its own context, for which
the actor is authenticated again. A connection ends when its credentials or rights end. The server
drops a client that stops reading (app/server/connections.py).
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.types import Receive, Send
from strawberry.schema import BaseSchema
from strawberry.types.execution import ExecutionResult, PreExecutionError

from app.auth.actor import PUBLIC, Admitted
from app.auth.authenticate import Authenticator, Refusal
from app.auth.refusal import ActorChanged, Reason, Unauthenticated
from app.context import Context, Runtime
from app.encoding import to_json
from app.graphql.credential_checks import Rechecks
from app.graphql.limits.connections import Places, TooMany, holder_of
from app.graphql.requests import asked_document, message_problem
from app.observability.logs import correlation_id
from app.observability.tracebacks import harmless
from app.persistence.database import TOO_LATE
from app.persistence.outages import is_away
from resolvers.error_mapping import Code, present_exception
from resolvers.subscription_payloads import encode

PROTOCOL = "graphql-transport-ws"
MAX_REASON_BYTES = 123
# The close code of a server that stops: clients reconnect.
RESTART = 1012
# When the server stops: how often to check whether all running operations are answered.
LOOK_SECONDS = 0.1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SocketRules:
    """What all WebSockets of a process have in common."""

    schema: BaseSchema
    runtime: Runtime
    authenticator: Authenticator
    rechecks: Rechecks
    places: Places
    init_timeout: timedelta
    max_operations: int


class Gone(Exception):
    """The connection is closed, by either side: nothing more can be sent."""


class Connection:
    """An accepted WebSocket."""

    # Thousands are open at the same time, so memory counts.
    __slots__ = (
        "_acknowledged",
        "_address",
        "_admitted",
        "_authorization",
        "_closed",
        "_delivering",
        "_initialised",
        "_operations",
        "_receive",
        "_rules",
        "_send",
        "_timer",
    )

    def __init__(
        self, rules: SocketRules, address: str | None, receive: Receive, send: Send
    ) -> None:
        self._rules = rules
        self._address = address
        self._receive = receive
        self._send = send
        self._admitted = Admitted(PUBLIC)
        self._authorization: str | None = None
        self._initialised = self._acknowledged = self._closed = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        # Subscriptions: these never end by themselves.
        self._delivering: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Serve until either side ends the connection, then clean up."""
        loop = asyncio.get_running_loop()
        seconds = self._rules.init_timeout.total_seconds()
        self._timer = loop.call_later(seconds, self._time_out)
        try:
            with suppress(Gone):
                while not self._closed:
                    await self._take(await self._receive())
        finally:
            self._timer.cancel()
            self._rules.rechecks.leave(self._refuse, self._admitted)
            operations = list(self._operations.values())
            for operation in operations:
                operation.cancel()
            self._rules.places.of_actors.give_back(holder_of(self._admitted.actor))
            if operations:
                await asyncio.wait(operations)

    async def _take(self, received: Mapping[str, Any]) -> None:
        """Handle an ASGI event. A malformed message closes the connection with 4400."""
        if received["type"] == "websocket.disconnect":
            if received.get("code") == RESTART:
                await self._wind_up()
            self._closed = True
            return
        text = received.get("text")
        if text is None:
            await self.close(4400, "A message must be text.")
            return
        try:
            message = orjson.loads(text)
        except ValueError:
            await self.close(4400, "A message must be JSON.")
            return
        if problem := message_problem(message):
            await self.close(4400, problem)
            return
        try:
            await self._handle(message)
        except Gone:
            raise
        except Exception as error:
            if is_away(error):
                log.warning("database_away", why=harmless(error))
                await self.close(1013, "Try again later")
            else:
                log.error("websocket_message_failed", exc_info=True)
                await self.close(4500, "Internal server error")

    async def _wind_up(self) -> None:
        """Close once all running queries and mutations are answered."""
        while begun := set(self._operations.values()) - self._delivering:
            # An operation that is just starting may turn out to be a subscription.
            await asyncio.wait(begun, timeout=LOOK_SECONDS)
        await self.close(RESTART, "The server is stopping")

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "connection_init":
                await self._initialise(message.get("payload") or {})
            case "ping":
                await self._tell({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message["id"], message["payload"])
            case "complete":
                operation = self._operations.pop(message["id"], None)
                if operation:
                    operation.cancel()
            case unknown:
                await self.close(4400, f"Unknown message type: {unknown}")

    async def _initialise(self, payload: Mapping[str, Any]) -> None:
        """Authenticate the caller, and watch that its credentials stay valid."""
        if self._initialised:
            await self.close(4429, "Too many initialisation requests")
            return
        self._initialised = True
        if self._timer:
            self._timer.cancel()
        value = payload.get("authorization", payload.get("Authorization"))
        try:
            if value is not None and not isinstance(value, str):
                raise Unauthenticated(Reason.CREDENTIALS_MALFORMED)
            admitted = await self._rules.authenticator.admit(value)
            self._rules.places.of_actors.take(holder_of(admitted.actor))
        except Unauthenticated as refusal:
            await self._forbid(refusal)
            return
        except TooMany as refused:
            await self.close(4429, str(refused))
            return
        except TOO_LATE:
            log.warning("websocket_refused", reason="TOO_LATE")
            await self.close(4408, "Authentication took too long. Reconnect.")
            return
        self._admitted, self._authorization = admitted, value
        self._rules.rechecks.join(self._refuse, admitted)
        await self._tell({"type": "connection_ack"})
        self._acknowledged = True

    async def _subscribe(self, id: str, payload: dict[str, Any]) -> None:
        if not self._acknowledged:
            await self.close(4401, "Unauthorized")
        elif id in self._operations:
            await self.close(4409, f"Subscriber for {id} already exists")
        else:
            try:
                self._begin(id, payload)
            except TooMany as refused:
                error = GraphQLError(str(refused), extensions={"code": refused.code})
                await self._tell({"id": id, "type": "error", "payload": [error.formatted]})

    def _begin(self, id: str, payload: dict[str, Any]) -> None:
        """Start an operation. Raises TooMany."""
        if len(self._operations) >= self._rules.max_operations:
            message = f"A WebSocket may have at most {self._rules.max_operations} operations."
            raise TooMany(Code.TOO_MANY_SUBSCRIPTIONS, message)
        holder, places = holder_of(self._admitted.actor), self._rules.places.subscriptions
        places.take(holder)
        operation = asyncio.create_task(self._operate(id, payload))
        # Also called for a task that is cancelled before it starts.
        operation.add_done_callback(lambda _: places.give_back(holder))
        self._operations[id] = operation

    async def _operate(self, id: str, payload: dict[str, Any]) -> None:
        """Run one operation in its own context, and send its results."""
        correlated = correlation_id(None)
        # Used in its log lines too, next to the connection's id.
        structlog.contextvars.bind_contextvars(correlation_id=correlated)
        try:
            # The schema has no @defer, so everything yielded is a result.
            results: AsyncGenerator[ExecutionResult, None] = await self._rules.schema.stream(  # type: ignore[assignment]
                asked_document(payload),
                variable_values=payload.get("variables"),
                context_value=await self._context(correlated),
                operation_name=payload.get("operationName"),
            )
            # Free the query text: a subscription may run for days.
            del payload
            self._delivering.add(asyncio.current_task())  # type: ignore[arg-type]
            head = b'{"id":' + orjson.dumps(id) + b',"type":"next","payload":'
            async with aclosing(results):
                first = True
                async for result in results:
                    if first and isinstance(result, PreExecutionError):
                        await self._finish(id, "error", _formatted(result.errors or []))
                        return
                    first = False
                    await self._text((head + encode(result) + b"}").decode())
            await self._finish(id, "complete")
        except (Unauthenticated, ActorChanged) as refusal:
            with suppress(Gone):
                await self._forbid(refusal)
        except Gone:
            pass
        except Exception as error:
            presented = present_exception(error, correlated)
            with suppress(Gone):
                await self._finish(id, "error", _formatted([presented]))
        finally:
            self._forget(id)

    async def _context(self, correlated: str) -> Context:
        """A context for one operation.

        Raises Unauthenticated if the credentials are no longer valid, ActorChanged if they belong
        to another actor: all operations of a connection must have one actor, or the recheck would
        miss some.
        """
        actor = self._admitted.actor
        await self._rules.authenticator.confirm(self._authorization, actor)
        return Context(self._rules.runtime, actor, correlated, address=self._address or "")

    async def _finish(self, id: str, kind: str, payload: Any = None) -> None:
        # Release the id first: the client may reuse it once it reads this message.
        self._forget(id)
        last = {"id": id, "type": kind}
        await self._tell(last if payload is None else {**last, "payload": payload})

    def _forget(self, id: str) -> None:
        self._delivering.discard(asyncio.current_task())  # type: ignore[arg-type]
        if self._operations.get(id) is asyncio.current_task():
            del self._operations[id]

    async def _tell(self, message: Mapping[str, Any]) -> None:
        await self._text(to_json(message).decode())

    async def _text(self, text: str) -> None:
        """Send one message. Raises Gone if it cannot be delivered."""
        if self._closed:
            raise Gone
        try:
            await self._send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError) as error:
            raise Gone from error

    def _refuse(self, refusal: Refusal) -> None:
        _in_background(self._forbid(refusal))

    def _time_out(self) -> None:
        _in_background(self.close(4408, "Connection initialisation timeout"))

    async def _forbid(self, refusal: Refusal) -> None:
        log.info("websocket_refused", reason=refusal.reason)
        await self.close(4403, "Forbidden")

    async def close(self, code: int, reason: str) -> None:
        """Close once. The reason is truncated if it is too long for a frame."""
        if self._closed:
            return
        self._closed = True
        short = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        with suppress(OSError, RuntimeError):
            # The server then sends a disconnect, which ends the reading task.
            await self._send({"type": "websocket.close", "code": code, "reason": short})


def _formatted(errors: list[GraphQLError]) -> list[Any]:
    return [error.formatted for error in errors]


_running: set[asyncio.Task[None]] = set()


def _in_background(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    # The loop keeps only weak references to tasks.
    _running.add(task)
    task.add_done_callback(_running.discard)
