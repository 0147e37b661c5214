"""What the tests ask of the demo beside the client under test; an address that outlives a kill."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2

from tests.serving import Service

SECONDS = 30
STANDING = """
{ viewer { partner { id standing(program: "sixclicks") { tier { key } } } } }
"""
SET_TIER = """
mutation Set($input: SetPartnerTierInput!) {
  setPartnerTier(input: $input) { userErrors { message } }
}
"""
CHANGES = """
query Changes($after: Cursor) {
  viewer { partner { events(first: 100, after: $after, where: {type: [TIER_CHANGED]}) {
    nodes { cursor subject { ... on TierDecision { reason } } }
    pageInfo { hasNextPage endCursor }
  } } }
}
"""


async def ask(service: Service, actor: str, query: str, **variables: Any) -> dict[str, Any]:
    """The data of one request. Raises httpx2.TransportError if nobody answers."""
    async with httpx2.AsyncClient(headers=service.headers(actor), timeout=SECONDS) as http:
        body = {"query": query, "variables": variables}
        answer = (await http.post(f"{service.url}/graphql", json=body)).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


async def change_tier(service: Service, times: int, told: list[str]) -> None:
    """Move the demo's partner to and fro; `told` gets the reason of each change once answered."""
    partner = (await ask(service, "partner_admin", STANDING))["viewer"]["partner"]
    tier = partner["standing"]["tier"]["key"]
    for _ in range(times):
        tier = "silver" if tier == "gold" else "gold"
        reason = str(uuid4())
        input = {
            "idempotencyKey": reason,
            "partnerId": partner["id"],
            "programKey": "sixclicks",
            "tierKey": tier,
            "reason": reason,
        }
        answer = await ask(service, "vendor_admin", SET_TIER, input=input)
        assert answer["setPartnerTier"]["userErrors"] == []
        told.append(reason)


async def all_changes(service: Service) -> list[tuple[str, str]]:
    """Cursor and reason of each tier change of the demo's partner, oldest first."""
    found: list[tuple[str, str]] = []
    after = None
    while True:
        answer = await ask(service, "partner_admin", CHANGES, after=after)
        events = answer["viewer"]["partner"]["events"]
        found += [(node["cursor"], node["subject"]["reason"]) for node in events["nodes"]]
        if not events["pageInfo"]["hasNextPage"]:
            return found[::-1]
        after = events["pageInfo"]["endCursor"]


class Address:
    """An address that leads to whichever service is running now, as a load balancer's does."""

    def __init__(self) -> None:
        self.service: Service | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    async def serve(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Pass on one connection, both ways, until either side ends it."""
        assert self.service
        with suppress(OSError):
            port = urlsplit(self.service.url).port
            far, forth = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pass_on(near, forth), _pass_on(far, back))
        back.close()


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    finally:
        target.close()


@asynccontextmanager
async def one_address() -> AsyncIterator[Address]:
    """Open an address; say in its `service` where it leads."""
    address = Address()
    async with await asyncio.start_server(address.serve, "127.0.0.1", 0) as server:
        address.port = server.sockets[0].getsockname()[1]
        yield address
