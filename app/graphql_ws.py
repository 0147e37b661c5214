"""GraphQL over WebSocket: the protocol graphql-transport-ws, and no message that ends it badly.

The library's handler keeps the protocol's state. What is added: every malformed message ends in a
4400 close, each operation gets a context of its own for an actor who is verified anew, a connection
ends when its credentials or its rights do, and a reader that stopped reading is let go.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import (
    NonJsonMessageReceived,
    NonTextMessageReceived,
    WebSocketDisconnected,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.utils.aio import aclosing

from app.auth.actor import PUBLIC, Actor
from app.auth.authenticate import Authenticator
from app.auth.refusal import ActorChanged, Unauthenticated
from app.context import Context, Runtime
from app.graphql_http import operation_problem
from app.logs import correlation_id
from resolvers.error_mapping import present_exception

MAX_REASON_BYTES = 123
MAX_ID_LENGTH = 200

log = structlog.get_logger()


@dataclass(slots=True)
class Connection:
    """One WebSocket: the payload of its `connection_init`, the credentials in it, and whose."""

    runtime: Runtime
    authenticator: Authenticator
    connection_params: Mapping[str, Any] | None = None
    authorization: str | None = None
    actor: Actor = PUBLIC

    async def admit(self) -> None:
        """Take the credentials from the payload. Raises ConnectionRejectionError if they fail."""
        payload = self.connection_params or {}
        value = payload.get("authorization", payload.get("Authorization"))
        try:
            if value is not None and not isinstance(value, str):
                raise ConnectionRejectionError
            self.actor = await self.authenticator.authenticate(value)
        except Unauthenticated as refusal:
            log.info("websocket_refused", reason=refusal.reason)
            raise ConnectionRejectionError from refusal
        self.authorization = value

    async def context(self) -> Context:
        """A context for one operation.

        Raises Unauthenticated once the credentials are void, ActorChanged once they are another's:
        all operations of a connection are of one actor, or the recheck would miss some.
        """
        await self.authenticator.confirm(self.authorization, self.actor)
        return Context(self.runtime, self.actor, correlation_id(None))


class TextAdapter(ASGIWebSocketAdapter):
    """Text frames in and out; ends quietly when the other side is gone or does not read."""

    send_seconds = 5.0
    ws: WebSocket

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._dropped = asyncio.get_running_loop().create_future()

    async def iter_json(
        self, *, ignore_parsing_errors: bool = False
    ) -> AsyncGenerator[object, None]:
        """The messages received, until either side ends the connection."""
        while self.ws.application_state is WebSocketState.CONNECTED:
            text = await self._receive()
            if text is None:
                return
            try:
                message = orjson.loads(text)
            except ValueError as error:
                raise NonJsonMessageReceived from error
            yield message

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one message. Raises WebSocketDisconnected if it cannot be delivered."""
        text = orjson.dumps(message).decode()
        try:
            async with asyncio.timeout(self.send_seconds):
                await self.ws.send_text(text)
        except TimeoutError as error:
            log.info("websocket_dropped", why="the client does not read")
            if not self._dropped.done():
                self._dropped.set_result(None)
            raise WebSocketDisconnected from error
        except (WebSocketDisconnect, RuntimeError, OSError) as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        """Close, once; a reason that is too long for a frame is cut."""
        if self.ws.application_state is not WebSocketState.CONNECTED:
            return
        short = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        with suppress(WebSocketDisconnect, RuntimeError, OSError, TimeoutError):
            async with asyncio.timeout(self.send_seconds):
                await self.ws.close(code, short)

    async def _receive(self) -> str | None:
        received = asyncio.ensure_future(self.ws.receive())
        try:
            await asyncio.wait({received, self._dropped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not received.done():
                received.cancel()
        if not received.done():
            return None
        message = received.result()
        if message["type"] == "websocket.disconnect":
            return None
        text = message.get("text")
        if text is None:
            raise NonTextMessageReceived
        return str(text)


class TransportHandler(BaseGraphQLTransportWSHandler[Connection, None]):
    """The state of one connection."""

    recheck_seconds = 60.0
    context: Connection

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._recheck: asyncio.Task[None] | None = None

    async def handle_message(self, message: Any) -> None:
        """Handle one message; a malformed one closes the connection with 4400."""
        problem = message_problem(message)
        if problem:
            await self.handle_invalid_message(problem)
            return
        if message.get("payload") is None:
            message.pop("payload", None)
        try:
            await super().handle_message(message)
        except WebSocketDisconnected:
            raise
        except Exception:
            log.error("websocket_message_failed", exc_info=True)
            await self.websocket.close(4500, "Internal server error")

    async def handle_connection_init(self, message: Any) -> None:
        """Admit the caller, and watch from then on that its credentials stay valid."""
        await super().handle_connection_init(message)
        if self.connection_acknowledged and self.context.authorization and not self._recheck:
            self._recheck = asyncio.create_task(self._end_with_credentials())

    async def shutdown(self) -> None:
        """End everything that belongs to the connection."""
        if self._recheck:
            self._recheck.cancel()
            await asyncio.gather(self._recheck, return_exceptions=True)
        await super().shutdown()

    async def run_operation(self, operation: Operation[Connection, None]) -> None:
        """Run one operation, in a context of its own."""
        try:
            context = await self.context.context()
            results = await self.schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
            )
            async with aclosing(results):
                await self._send_result_stream(operation, results)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
        except (Unauthenticated, ActorChanged) as refusal:
            await self._forbid(refusal)
        except WebSocketDisconnected:
            pass
        except Exception as error:
            told = present_exception(error, correlation_id(None))
            with suppress(WebSocketDisconnected):
                await operation.send_initial_errors([told])
        finally:
            if self.operations.get(operation.id) is operation:
                del self.operations[operation.id]

    @staticmethod
    def _get_pre_execution_close_reason(error: Any) -> str | None:
        # A syntax error is one operation's fault, not the connection's.
        return None

    async def _end_with_credentials(self) -> None:
        connection = self.context
        await self._forbid(
            await connection.authenticator.until_refused(
                connection.authorization, connection.actor, self.recheck_seconds
            )
        )

    async def _forbid(self, refusal: Unauthenticated | ActorChanged) -> None:
        log.info("websocket_refused", reason=refusal.reason)
        await self.websocket.close(4403, "Forbidden")


def message_problem(message: Any) -> str | None:
    """What is wrong with the form of a message, in a sentence; None if nothing is."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is an object with a `type`."
    kind, payload = message["type"], message.get("payload")
    if kind in ("subscribe", "complete"):
        id = message.get("id")
        if not isinstance(id, str) or not 1 <= len(id) <= MAX_ID_LENGTH:
            return f"`id` must be a text of 1 to {MAX_ID_LENGTH} characters."
    if kind == "subscribe":
        if not isinstance(payload, dict):
            return "`payload` must be an object."
        return operation_problem(payload)
    if kind in ("connection_init", "ping", "pong") and not isinstance(payload, (dict, type(None))):
        return "`payload` must be an object or null."
    return None
