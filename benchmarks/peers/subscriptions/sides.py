"""The sides: servers that are given the same subscribers and the same events.

Events reach ours as they do in use: by `setPartnerTier` over HTTP or, for a burst, by the rows that
it writes, which the server's own relay finds, numbers and announces. The peers have no database:
they are handed the event that ours delivered, and publish it in their own process.
"""

import asyncio
import json
import sys
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from benchmarks.measure import Server, free_port, serving
from benchmarks.peers.subscriptions.client import Login
from benchmarks.peers.subscriptions.world import Numbers, World, write_decisions

HERE = Path(__file__).parent
NODE = HERE.parent / "node_modules/.bin/node"
OPERATIONS = HERE.parents[2] / "schema" / "operations"
DOCUMENT = (OPERATIONS / "70-tier-changes.graphql").read_text()
SET_TIER = """mutation ($input: SetPartnerTierInput!) {
  setPartnerTier(input: $input) { decision { id } userErrors { code message } }
}"""
PEERS = {
    "graphql_ws": (str(NODE), "--expose-gc", "server.mjs"),
    "graphql_ws_kept": (str(NODE), "--expose-gc", "server.mjs", "kept"),
    "strawberry": (sys.executable, "stock.py"),
}
WORDS = "Certified, and the landing page is up; the quarter's deals are registered."


class Side(Protocol):
    """One server. Partners go by number: 0 is the one with many subscribers."""

    name: str
    server: Server

    def logins(self, partner: int, count: int) -> list[Login]:
        """As whom to subscribe to a partner's tier changes."""

    async def publish(self, partner: int) -> None:
        """Make one event of a partner happen."""

    async def burst(self, partners: Sequence[int], each: int, words: str = WORDS) -> None:
        """Make many happen: `each` of every partner, the partners in turn."""

    async def collect(self) -> None:
        """Collect garbage, if the server can be told to: before its memory is read."""


class Ours:
    """`python -m app serve`."""

    name = "ours"

    def __init__(self, server: Server, world: World) -> None:
        self.server = server
        self.world = world

    def logins(self, partner: int, count: int) -> list[Login]:
        keys = self.world.partners[partner].keys
        return [Login(f"Bearer {keys[i % len(keys)]}", {}) for i in range(count)]

    async def publish(self, partner: int) -> None:
        reason = self.world.numbers.reason(partner, WORDS)
        variables = {
            "idempotencyKey": f"{partner} {reason}",
            "partnerId": self.world.partners[partner].public_id,
            "programKey": "sixclicks",
            # Up and down in turn: a partner cannot be put where it is.
            "tierKey": self.world.partners[partner].next_tier(),
            "reason": reason,
        }
        body = {"query": SET_TIER, "variables": {"input": variables}}
        answer = await post(self.server, "/graphql", body, self.world.vendor_key)
        told = json.loads(answer)
        if "errors" in told or told["data"]["setPartnerTier"]["userErrors"]:
            raise RuntimeError(f"setPartnerTier: {answer}")

    async def burst(self, partners: Sequence[int], each: int, words: str = WORDS) -> None:
        if self.world.database is None:
            raise RuntimeError("SQLite is for one process: no rows can be written beside it")
        order = [number for _ in range(each) for number in partners]
        numbers, teams = self.world.numbers, self.world.partners
        events = [(teams[n].id, numbers.reason(n, words)) for n in order]
        await write_decisions(self.world.database, events)

    async def collect(self) -> None:
        """There is no way to ask for it from outside."""


class Peer:
    """A server beside this directory's client, without a database."""

    def __init__(self, name: str, server: Server) -> None:
        self.name = name
        self.server = server
        self._numbers = Numbers()

    def logins(self, partner: int, count: int) -> list[Login]:
        return [Login(None, {"partnerId": str(partner)})] * count

    async def publish(self, partner: int) -> None:
        await self.burst([partner], 1)

    async def burst(self, partners: Sequence[int], each: int, words: str = WORDS) -> None:
        order = [number for _ in range(each) for number in partners]
        events = [(str(n), self._numbers.reason(n, words)) for n in order]
        await post(self.server, "/publish", events)

    async def collect(self) -> None:
        await post(self.server, "/collect", None)

    async def take(self, event: Mapping[str, Any]) -> None:
        """From now on deliver this event, which ours delivered."""
        await post(self.server, "/template", event)


async def post(server: Server, path: str, body: Any, key: str = "") -> bytes:
    """POST JSON; the body of the answer comes back. Raises urllib.error.URLError."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}",
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {key}"},
    )

    def call() -> bytes:
        with urllib.request.urlopen(request, timeout=60) as response:
            return bytes(response.read())

    return await asyncio.to_thread(call)


@contextmanager
def ours(world: World, profile: str = "") -> Iterator[Ours]:
    """Our server on a world's database; `profile` names a file for what cProfile saw."""
    port = free_port()
    command = ["-m", "cProfile", "-o", profile] if profile else []
    command = [sys.executable, *command, "-m", "app", "serve", "--port", str(port)]
    with serving("ours", command, port, world.environment) as server:
        yield Ours(server, world)


@contextmanager
def peers(names: Iterable[str]) -> Iterator[list[Peer]]:
    """The peers of these names. Raises RuntimeError if one cannot run here."""
    with ExitStack() as stack:
        started = []
        for name in names:
            if name.startswith("graphql_ws") and not NODE.exists():
                raise RuntimeError(
                    "The peers from npm are not there: `make bench-peers` brings them"
                )
            port = free_port()
            command = [*PEERS[name], str(port)]
            server = stack.enter_context(serving(name, command, port, folder=HERE))
            started.append(Peer(name, server))
        yield started
