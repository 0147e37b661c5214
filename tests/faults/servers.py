"""Servers that are killed and come back, as the tests see them: processes behind sockets."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.serving import ROOT

# For a machine that has much else to do; a server is there within a tenth of a second.
PATIENCE_SECONDS = 30


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds. Raises TimeoutError if it does not for long."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Place:
    """What servers, one after the other or several at once, have in common: folder, database."""

    data: Path
    database_url: str
    now: str = ""
    more: Mapping[str, Any] | None = None

    def order(self) -> dict[str, Any]:
        """What to start there."""
        settings = {"data_dir": str(self.data), "database_url": self.database_url}
        return {
            "now": self.now,
            "log": str(self.data / "server.log"),
            "settings": {**settings, **(self.more or {})},
        }

    def log(self) -> str:
        """What its servers had to say."""
        file = self.data / "server.log"
        return file.read_text(errors="replace") if file.exists() else ""


@dataclass
class Server:
    """A running server. `seconds` is how long it took from its start until it was ready."""

    pid: int
    url: str
    http: httpx2.AsyncClient
    seconds: float
    _death: int

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http://", "ws://") + "/graphql"

    async def state(self) -> dict[str, int]:
        """What it has in use."""
        state: dict[str, int] = (await self.http.get("/faults/state")).json()
        return state

    async def ready(self) -> int:
        """The status of /readyz."""
        return (await self.http.get("/readyz")).status_code

    async def gone(self) -> None:
        """Wait until the process has ended, and whatever it had open is closed."""
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(self._death, ended.set)
        try:
            await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)
        finally:
            loop.remove_reader(self._death)
        os.close(self._death)
        await self.http.aclose()

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        await self.end(signal.SIGKILL)

    async def end(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal that ends it, and wait until it has ended."""
        os.kill(self.pid, number)
        await self.gone()


class Servers:
    """Starts servers, one at a time."""

    def __init__(self, loaded: asyncio.subprocess.Process) -> None:
        self._loaded = loaded
        self._starting = asyncio.Lock()

    async def prepare(self, data: Path, database_url: str) -> None:
        """Fill a database for the calls of prepared_calls.py."""
        order = {"prepare": str(data), "database_url": database_url}
        assert await self._ordered(order) == b"prepared\n"

    async def start(self, place: Place) -> Server:
        """Start a server and wait until it is ready."""
        began = time.monotonic()
        told = json.loads(await self._ordered(place.order()))
        url = f"http://127.0.0.1:{told['port']}"
        http = httpx2.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS)
        death = os.pidfd_open(told["pid"])
        server = Server(told["pid"], url, http, 0.0, death)
        assert await server.ready() == 200, place.log()
        server.seconds = time.monotonic() - began
        return server

    @asynccontextmanager
    async def running(self, place: Place) -> AsyncIterator[Server]:
        """A server that is killed at the end."""
        server = await self.start(place)
        try:
            yield server
        finally:
            await server.kill()

    async def _ordered(self, order: Mapping[str, Any]) -> bytes:
        """Give an order; the line that its copy tells."""
        assert self._loaded.stdin and self._loaded.stdout
        async with self._starting:
            self._loaded.stdin.write(json.dumps(order).encode() + b"\n")
            line = await asyncio.wait_for(self._loaded.stdout.readline(), PATIENCE_SECONDS)
        assert line, "The process that servers are copies of has ended."
        return line


@asynccontextmanager
async def loaded_servers() -> AsyncIterator[Servers]:
    """Load the application once, for servers that start in no time; at the end none is left."""
    loaded = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.server"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # Its copies end with it, whatever state a test left them in.
        start_new_session=True,
    )
    try:
        assert loaded.stdout and (await loaded.stdout.readline()) == b"loaded\n"
        yield Servers(loaded)
    finally:
        os.killpg(loaded.pid, signal.SIGKILL)
        await loaded.wait()
