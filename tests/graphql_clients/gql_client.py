"""The Python client gql: questions over HTTP, tier changes over a WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

TIER_CHANGES = """
subscription TierChanges($after: Cursor) {
  tierChanged(after: $after) { cursor reason toTier { key } }
}
"""


def connect(url: str, key: str) -> Client:
    headers = {"Authorization": f"Bearer {key}"}
    return Client(transport=AIOHTTPTransport(url, headers=headers))


def connect_socket(url: str, key: str) -> Client:
    payload = {"authorization": f"Bearer {key}"}
    return Client(transport=WebsocketsTransport(url.replace("http", "ws"), init_payload=payload))


def connect_aiohttp_socket(url: str, key: str) -> Client:
    payload = {"authorization": f"Bearer {key}"}
    return Client(
        transport=AIOHTTPWebsocketsTransport(url.replace("http", "ws"), init_payload=payload)
    )


async def follow(socket: Client, after: str | None = None) -> AsyncIterator[dict[str, Any]]:
    """Tier changes without end: it comes back by itself."""
    while True:
        try:
            async with socket as session:
                document = GraphQLRequest(TIER_CHANGES, variable_values={"after": after})
                async for result in session.subscribe(document):
                    yield result["tierChanged"]
                    after = result["tierChanged"]["cursor"]  # handled: keep it
        except (OSError, TransportConnectionFailed) as error:
            if "4403" in str(error.__cause__):  # the key is not let in
                raise
        except TransportQueryError as error:
            if not error.errors or error.errors[0]["extensions"]["code"] != "UNAVAILABLE":
                raise
        await asyncio.sleep(1)
