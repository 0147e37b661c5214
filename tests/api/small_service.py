"""The real application over a schema of a few fields, on a real socket."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import strawberry
from websockets.asyncio.client import ClientConnection, connect

from app.auth.secrets import server_secret
from app.domain.clock import Clock
from app.graphql.endpoint import build_schema
from app.main import create_app
from app.persistence.database import Database
from app.reads.errors import BadArgument
from app.server.serving import server
from app.settings import Settings
from resolvers.error_mapping import ApiError, Code

SECRET_DETAIL = "password=hunter2"


class Streams:
    """What tests want to know of subscriptions."""

    def __init__(self) -> None:
        self.open = 0
        self.ended = asyncio.Event()


streams = Streams()


class Lingering:
    """A mutation that takes as long as a test wants it to."""

    def __init__(self) -> None:
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()


lingering = Lingering()


@strawberry.type
class Thing:
    name: str

    @strawberry.field
    def child(self) -> "Thing":
        return Thing(name=f"{self.name}'")


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"Hello {name}"

    @strawberry.field
    def add(self, a: int, b: int) -> int:
        return a + b

    @strawberry.field
    def whoami(self, info: strawberry.Info) -> str:
        actor = info.context.actor
        return f"{actor.role} {actor.name}"

    @strawberry.field
    def correlation(self, info: strawberry.Info) -> str:
        return info.context.correlation_id

    @strawberry.field
    def thing(self) -> Thing:
        return Thing(name="thing")

    @strawberry.field
    def bug(self) -> str | None:
        raise RuntimeError(SECRET_DETAIL)

    @strawberry.field
    def denied(self) -> str | None:
        raise ApiError("Not yours.", Code.FORBIDDEN, action="READ")

    @strawberry.field
    def wrong_page(self) -> str | None:
        raise BadArgument("Ask for 1 to 100.")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def touch(self) -> str:
        return "touched"

    @strawberry.mutation
    async def linger(self) -> str:
        lingering.begun.set()
        await lingering.may_end.wait()
        return "done at last"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncGenerator[int, None]:
        for number in range(1, to + 1):
            yield number

    @strawberry.subscription
    async def forever(self, size: int = 1) -> AsyncGenerator[str, None]:
        streams.open += 1
        try:
            while True:
                yield "x" * size
                await asyncio.sleep(0.01)
        finally:
            streams.open -= 1
            streams.ended.set()

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError(SECRET_DETAIL)


@dataclass
class SmallService:
    """The running service: an HTTP client for it, and the way to open sockets."""

    settings: Settings
    database: Database
    clock: Any
    http: httpx2.AsyncClient
    port: int
    secret: bytes
    stop: Callable[[], None]

    async def post(self, query: Any, headers: dict[str, str] | None = None, **more: Any) -> Any:
        return await self.http.post("/graphql", json={"query": query, **more}, headers=headers)

    def socket(self, **options: Any) -> Any:
        options.setdefault("subprotocols", ["graphql-transport-ws"])
        return connect(f"ws://127.0.0.1:{self.port}/graphql", **options)

    @asynccontextmanager
    async def session(self, payload: Any = None) -> AsyncIterator[ClientConnection]:
        """A socket that has been acknowledged."""
        async with self.socket() as socket:
            init = {"type": "connection_init"}
            await send(socket, init if payload is None else {**init, "payload": payload})
            assert (await receive(socket))["type"] == "connection_ack"
            yield socket


async def send(socket: ClientConnection, message: Any) -> None:
    await socket.send(json.dumps(message))


async def receive(socket: ClientConnection) -> Any:
    async with asyncio.timeout(10):
        text = await socket.recv()
    assert isinstance(text, str), "frames are text"
    return json.loads(text)


@asynccontextmanager
async def small_service(
    database: Database, clock: Clock, folder: Path, **settings: Any
) -> AsyncIterator[SmallService]:
    """Run the application on a free port, in this event loop. Without budgets unless asked for."""
    made = Settings(_env_file=None, data_dir=folder, port=0, **{"cost_budget": 0, **settings})
    schema = build_schema(Query, Mutation, Subscription, settings=made)
    ports: asyncio.Queue[int] = asyncio.Queue()
    running = server(create_app(made, database, clock, schema), made, ports.put_nowait)
    task = asyncio.create_task(running.serve())
    try:
        port = await asyncio.wait_for(ports.get(), 30)
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            yield SmallService(made, database, clock, http, port, server_secret(made), running.stop)
    finally:
        running.should_exit = True
        await task
