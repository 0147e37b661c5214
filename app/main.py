"""Assemble the application, for `python -m app serve` and for any ASGI server (`uvicorn --factory
app.main:create_app`).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from app.auth.authenticate import make_authenticator
from app.context import Runtime
from app.demo.examples import example_ids
from app.domain.clock import Clock, SandboxClock, SystemClock
from app.events.bus import Bus
from app.events.stream import EventStream
from app.explorer.config import (
    OPERATION_NAME,
    explorer_config,
    load_operations,
    read_demo_keys,
)
from app.explorer.files import ExplorerFiles, index_page
from app.graphql.endpoint import ApiSchema, Endpoint, api_schema
from app.graphql.trusted_documents import Trusted
from app.observability import metrics
from app.observability.logs import configure_logs
from app.persistence.database import Database
from app.server.background import background
from app.server.middleware import Envelope
from app.server.process_gauges import sample
from app.server.startup import require_migrated
from app.services.vendor.sandbox import catch_up, follow, stored_offset
from app.settings import Settings
from app.web.badges import Badges
from app.web.exports import Exports
from app.web.files import Files
from app.web.health import Health
from app.web.invoice_documents import InvoiceDocuments
from resolvers.error_mapping import Code
from schema.type_catalogue import build_catalogue

if TYPE_CHECKING:
    from app.observability.trace_export import Traces

DEMO_KEYS = "demo-keys.json"

log = structlog.get_logger()


def create_app(
    settings: Settings | None = None,
    database: Database | None = None,
    clock: Clock | None = None,
    schema: ApiSchema | None = None,
) -> Starlette:
    """Create the ASGI application.

    A `database` that is passed in must be open, and is not closed on shutdown. `clock` returns real
    time; a demo wraps it in its sandbox clock. Without a `schema`, the product's schema is served.
    """
    settings = settings or Settings()
    service = Service(settings, database, clock or SystemClock(), schema or api_schema(settings))
    middleware = [Middleware(Envelope, log_share=settings.log_request_share)]
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
    if service.traces:
        middleware.insert(0, service.traces.middleware)
    app = Starlette(
        routes=_routes(service),
        middleware=middleware,
        exception_handlers={HTTPException: _http_error},
        lifespan=service.lifespan,
    )
    # Do not redirect paths that differ by a slash: the target would be built from client input.
    app.router.redirect_slashes = False
    # Set by the server: `draining` once it is about to stop and no longer ready, `stopping` when it
    # stops and event streams have to end.
    app.state.draining = False
    app.state.stopping = asyncio.Event()
    return app


class Service:
    """Everything that lives as long as the process. Raises ValueError for invalid settings."""

    def __init__(
        self,
        settings: Settings,
        database: Database | None,
        clock: Clock,
        schema: ApiSchema,
    ) -> None:
        self.settings = settings
        self.opens_database = database is None
        self.database = database or Database(
            settings.resolved_database_url, settings.pool_size, settings.operation_timeout_seconds
        )
        bus = Bus()
        self.clock = SandboxClock(clock) if settings.demo else clock
        authenticator = make_authenticator(settings, self.database, self.clock)
        self.leadership = background(settings, self.database, self.clock, bus, authenticator.secret)
        runtime = Runtime(
            settings=settings,
            database=self.database,
            clock=self.clock,
            stream=EventStream(self.database, bus),
            catalogue=build_catalogue(schema),
            secret=authenticator.secret,
        )
        self.endpoint = Endpoint(schema, runtime, authenticator)
        self.health = Health(settings, self.database, clock)
        self.badges = Badges(self.database, self.clock, authenticator.secret)
        self.exports = Exports(self.database, self.clock, authenticator, settings.clock_tolerance)
        self.files = Files(settings, self.database, self.clock, authenticator, runtime.urls)
        self.invoices = InvoiceDocuments(self.database, self.clock, authenticator, runtime.urls)
        self.traces = _traces() if settings.tracing else None
        # The configuration that the explorer page reads; built when the service starts.
        self.explorer_config = b""

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Start and stop. Raises NotMigrated, DatabaseTooNew or DatabaseInUse."""
        async with AsyncExitStack() as stack:
            if self.traces:
                stack.push_async_callback(self.traces.close)
            if self.opens_database:
                configure_logs(self.settings.log_level, self.settings.log_json)
                await self.database.open()
                stack.push_async_callback(self.database.close)
            await require_migrated(self.database)
            await self._set_clock()
            if self.settings.shows_schema:
                self.explorer_config = await self._explorer_config()
            self.database.after_commit.append(self.leadership.wake)
            stack.callback(self.database.after_commit.remove, self.leadership.wake)
            stack.push_async_callback(_stop, asyncio.create_task(self.leadership.run()))
            if isinstance(self.clock, SandboxClock):
                following = asyncio.create_task(follow(self.database, self.clock))
                stack.push_async_callback(_stop, following)
            if self.settings.metrics_token:
                metrics.count_by_name(_known_operations(self.settings))
                sampling = asyncio.create_task(sample(self.database, lambda: self.leadership.leads))
                stack.push_async_callback(_stop, sampling)
            yield

    async def _set_clock(self) -> None:
        if isinstance(self.clock, SandboxClock):
            await catch_up(self.database, self.clock)
        elif ahead := await stored_offset(self.database):
            # Only a demo may move its clock. Here the records of one would lie in the future.
            log.warning("sandbox_clock_ignored", seconds_ahead=ahead)

    async def _explorer_config(self) -> bytes:
        if not self.settings.demo:
            return explorer_config(None)
        keys = read_demo_keys(self.settings.data_dir / DEMO_KEYS)
        return explorer_config(keys, await example_ids(self.database))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve `/graphql`: all HTTP methods, and WebSocket."""
        await self.endpoint(scope, receive, send)

    async def configuration(self, _: Request) -> Response:
        """Return the configuration that the explorer page reads when it starts."""
        headers = {"cache-control": "no-store"}
        return Response(self.explorer_config, 200, headers, "application/json")


def _routes(service: Service) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        Route("/graphql", service),
        WebSocketRoute("/graphql", service),  # type: ignore[arg-type]
        *service.health.routes,
        *service.badges.routes,
        *service.exports.routes,
        *service.files.routes,
        *service.invoices.routes,
    ]
    if service.settings.shows_schema:
        routes += [
            Route("/", _page),
            Route("/explorer/config.json", service.configuration),
            Mount("/explorer", ExplorerFiles()),
        ]
    return routes


async def _page(_: Request) -> Response:
    return index_page()


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, message = Code.BAD_REQUEST, error.detail
    if error.status_code == 404:
        code = Code.NOT_FOUND
        message = "There is nothing at this URL." if message == "Not Found" else message
    elif error.status_code == 405:
        code = Code.METHOD_NOT_ALLOWED
        message = f"Send one of: {(error.headers or {}).get('Allow', 'GET')}."
    content = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return JSONResponse(content, error.status_code, error.headers)


def _known_operations(settings: Settings) -> set[str]:
    """Return the names of the shipped operations and of the trusted documents."""
    texts = [each.document for each in load_operations()]
    texts += Trusted(settings).documents.values()
    return {name for text in texts for name in OPERATION_NAME.findall(text)}


def _traces() -> "Traces":
    # Imported late, so that starting without tracing does not pay for it.
    from app.observability.trace_export import Traces

    return Traces()


async def _stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
