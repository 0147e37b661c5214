"""WebSocket handshakes: check the origin and the subprotocol."""

import structlog
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from strawberry.http.websocket_origin import (
    is_same_origin,
    normalize_allowed_origins,
    normalize_origin,
)

from app.graphql.limits.connections import TooMany, address_of
from app.graphql.websocket import PROTOCOL, Connection, SocketRules

log = structlog.get_logger()


class Sockets:
    """Answers the WebSocket handshakes of the GraphQL endpoint, and serves what it accepts."""

    def __init__(self, rules: SocketRules) -> None:
        """Raises ValueError for an invalid origin in the settings."""
        self._rules = rules
        self._origins = normalize_allowed_origins(rules.runtime.settings.cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket."""
        await receive()
        if not self._may_open(scope):
            # Closing before accepting responds with 403.
            await send({"type": "websocket.close", "code": 1008})
            return
        spoken = PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if spoken else None})
        places, address = self._rules.places.of_addresses, address_of(scope)
        connection = Connection(self._rules, address, receive, send)
        if not spoken:
            await connection.close(4406, "Subprotocol not acceptable")
            return
        try:
            places.take(address)
        except TooMany as refused:
            await connection.close(4429, str(refused))
            return
        try:
            await connection.run()
        finally:
            places.give_back(address)

    def _may_open(self, scope: Scope) -> bool:
        """Return whether the requesting page may connect: a browser lets any page open a WebSocket.

        A client that sends no origin is not a browser.
        """
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or headers.get("sec-fetch-site") == "same-origin":
            return True
        if is_same_origin(origin, headers.get("host")):
            return True
        if normalize_origin(origin) in self._origins:
            return True
        log.info("websocket_refused", reason="ORIGIN", origin=origin)
        return False
