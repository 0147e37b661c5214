"""The application: where everything is put together, for `python -m app serve` and for any ASGI
server (`uvicorn --factory app.main:create_app`)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import strawberry
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from tortoise.connection import get_connection

from app.auth.authenticate import make_authenticator
from app.badges import Badges
from app.context import Runtime
from app.demo.examples import example_ids
from app.domain.clock import Clock, SandboxClock, SystemClock
from app.events.bus import Bus
from app.events.relay import Relay
from app.events.stream import EventStream
from app.explorer.config import explorer_config, read_demo_keys
from app.explorer.files import ExplorerFiles, index_page
from app.exports import Exports
from app.files import Files
from app.graphql_endpoint import Endpoint, api_schema
from app.invoice_documents import InvoiceDocuments
from app.logs import configure_logs
from app.middleware import Envelope
from app.persistence.database import WRITER, Database
from app.services.billing.renewer import Renewer
from app.services.programs.evaluator import Evaluator
from app.services.vendor.sandbox import catch_up, follow, stored_offset
from app.settings import Settings
from app.startup import require_migrated
from schema.catalogue import build_catalogue

READY_SECONDS = 5
DEMO_KEYS = "demo-keys.json"

log = structlog.get_logger()


def create_app(
    settings: Settings | None = None,
    database: Database | None = None,
    clock: Clock | None = None,
    schema: strawberry.Schema | None = None,
) -> Starlette:
    """The ASGI application.

    A `database` that is given must be open, and stays open afterwards. `clock` tells real time; a
    demo puts its sandbox clock on top of it. Without a `schema` it serves the product's.
    """
    settings = settings or Settings()
    service = Service(settings, database, clock or SystemClock(), schema or api_schema(settings))
    middleware = [Middleware(Envelope)]
    if settings.cors_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(settings.cors_origins),
                allow_methods=["POST"],
                allow_headers=["authorization", "content-type", "idempotency-key", "x-request-id"],
                expose_headers=["x-request-id"],
            )
        )
    app = Starlette(
        routes=_routes(service),
        middleware=middleware,
        exception_handlers={HTTPException: _http_error},
        lifespan=service.lifespan,
    )
    # Set by the server when it begins to stop: event streams end then.
    app.state.stopping = asyncio.Event()
    return app


class Service:
    """What lives as long as the process. Raises ValueError for settings that cannot work."""

    def __init__(
        self,
        settings: Settings,
        database: Database | None,
        clock: Clock,
        schema: strawberry.Schema,
    ) -> None:
        self.settings = settings
        self.opens_database = database is None
        self.database = database or Database(settings.resolved_database_url, settings.pool_size)
        bus = Bus()
        self.relay = Relay(self.database, bus)
        self.clock = SandboxClock(clock) if settings.demo else clock
        self.evaluator = Evaluator(self.database, self.clock)
        self.renewer = Renewer(self.database, self.clock)
        authenticator = make_authenticator(settings, self.database, self.clock)
        runtime = Runtime(
            settings=settings,
            database=self.database,
            clock=self.clock,
            stream=EventStream(self.database, bus),
            catalogue=build_catalogue(schema),
            secret=authenticator.secret,
        )
        self.endpoint = Endpoint(schema, runtime, authenticator)
        self.badges = Badges(self.database, self.clock, authenticator.secret)
        self.exports = Exports(self.database, self.clock, authenticator)
        self.files = Files(settings, self.database, self.clock, authenticator, runtime.urls)
        self.invoices = InvoiceDocuments(self.database, self.clock, authenticator, runtime.urls)
        # What the explorer's page reads; made when the service starts.
        self.explorer_config = b""

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Start and stop. Raises NotMigrated, DatabaseTooNew or DatabaseInUse."""
        async with AsyncExitStack() as stack:
            if self.opens_database:
                configure_logs(self.settings.log_level, self.settings.log_json)
                await self.database.open()
                stack.push_async_callback(self.database.close)
            await require_migrated(self.database)
            await self._set_clock()
            if self.settings.explorer:
                self.explorer_config = await self._explorer_config()
            for worker in (self.relay, self.evaluator, self.renewer):
                self.database.after_commit.append(worker.wake)
                stack.callback(self.database.after_commit.remove, worker.wake)
                stack.push_async_callback(_stop, asyncio.create_task(worker.run()))
            if isinstance(self.clock, SandboxClock):
                following = asyncio.create_task(follow(self.database, self.clock))
                stack.push_async_callback(_stop, following)
            yield

    async def _set_clock(self) -> None:
        if isinstance(self.clock, SandboxClock):
            await catch_up(self.database, self.clock)
        elif ahead := await stored_offset(self.database):
            # Only a demo's time is ever moved: here its records lie in the future.
            log.warning("sandbox_clock_ignored", seconds_ahead=ahead)

    async def _explorer_config(self) -> bytes:
        if not self.settings.demo:
            return explorer_config(None)
        keys = read_demo_keys(self.settings.data_dir / DEMO_KEYS)
        return explorer_config(keys, await example_ids(self.database))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve `/graphql`, every method of HTTP, and WebSocket."""
        await self.endpoint(scope, receive, send)

    async def ready(self, _: Request) -> Response:
        """Whether requests can be served: a transaction goes through, nothing is to be migrated."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self.database.transaction(
                    lambda: get_connection(WRITER).execute_query("SELECT 1")
                )
                await self.database.read(lambda: require_migrated(self.database))
        except Exception:
            log.warning("not_ready", exc_info=True)
            return JSONResponse({"status": "not ready"}, 503)
        return JSONResponse({"status": "ready"})

    async def configuration(self, _: Request) -> Response:
        """What the explorer's page reads when it starts."""
        headers = {"cache-control": "no-store"}
        return Response(self.explorer_config, 200, headers, "application/json")


def _routes(service: Service) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        Route("/graphql", service),
        WebSocketRoute("/graphql", service),  # type: ignore[arg-type]
        Route("/livez", _alive),
        Route("/readyz", service.ready),
        *service.badges.routes,
        *service.exports.routes,
        *service.files.routes,
        *service.invoices.routes,
    ]
    if service.settings.explorer:
        routes += [
            Route("/", _page),
            Route("/explorer/config.json", service.configuration),
            Mount("/explorer", ExplorerFiles()),
        ]
    return routes


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _page(_: Request) -> Response:
    return index_page()


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    content: dict[str, Any] = {"errors": [{"message": error.detail}]}
    return JSONResponse(content, error.status_code, error.headers)


async def _stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
