"""The GraphQL endpoint: the schema with its limits and error masking, and both transports."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import strawberry
from graphql import GraphQLError
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionContext

from app.auth.authenticate import Authenticator
from app.context import Runtime
from app.graphql_documents import Documents, PreparedDocuments
from app.graphql_http import HttpEndpoint
from app.graphql_ws import Connection, TextAdapter, TransportHandler
from app.settings import Settings
from resolvers.error_mapping import present

INIT_TIMEOUT = timedelta(seconds=10)
MAX_OPERATIONS_PER_SOCKET = 100


class ApiSchema(strawberry.Schema):
    """A schema whose errors are fit to be seen by callers, wherever they arise."""

    suggestions: bool = True

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Put in place of each error what the caller is told of it. Called once a result."""
        context = execution_context.context if execution_context else None
        id = getattr(context, "correlation_id", "none")
        errors[:] = [present(error, id, self.suggestions) for error in errors]


def build_schema(
    query: type,
    mutation: type | None = None,
    subscription: type | None = None,
    types: Iterable[type] = (),
    *,
    settings: Settings,
    executor: type | None = None,
    scalars: Mapping[Any, Any] | None = None,
) -> ApiSchema:
    """A schema of these root types, with the limits of the settings.

    `executor` is a subclass of Strawberry's execution context. Without the explorer there is no
    introspection, and no error names parts of the schema that the caller did not.
    """
    documents = Documents()
    schema = ApiSchema(
        query,
        mutation,
        subscription,
        types=types,
        extensions=[lambda: PreparedDocuments(documents, settings)],
        execution_context_class=executor,
        config=StrawberryConfig(scalar_map=dict(scalars or {})),
    )
    schema.suggestions = settings.explorer
    return schema


def api_schema(settings: Settings) -> ApiSchema:
    """The product's schema."""
    # Late: commands that serve nothing do not wait for every type and resolver.
    from resolvers import root
    from schema.planned import PlannedExecutor
    from schema.scalars import SCALARS

    return build_schema(
        root.Query,
        root.Mutation,
        root.Subscription,
        (),
        settings=settings,
        executor=PlannedExecutor,
        scalars=SCALARS,
    )


class Endpoint(GraphQL[Connection, None]):
    """The ASGI application at `/graphql`: HTTP by `HttpEndpoint`, WebSockets by the library."""

    graphql_transport_ws_handler_class = TransportHandler
    websocket_adapter_class = TextAdapter  # type: ignore[assignment]

    def __init__(
        self, schema: strawberry.Schema, runtime: Runtime, authenticator: Authenticator
    ) -> None:
        """Raises ValueError if an origin in the settings is not one."""
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=INIT_TIMEOUT,
            max_subscriptions_per_connection=MAX_OPERATIONS_PER_SOCKET,
            allowed_origins=runtime.settings.cors_origins,
        )
        self.runtime = runtime
        self.authenticator = authenticator
        self.http = HttpEndpoint(schema, runtime, authenticator)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket."""
        if scope["type"] == "http":
            await self.http(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def get_context(self, request: Any, response: Any) -> Connection:
        """What is known of a WebSocket before its `connection_init`."""
        assert isinstance(request, WebSocket)
        return Connection(self.runtime, self.authenticator)

    async def on_ws_connect(self, context: Connection) -> Any:
        """Admit or reject whoever opens a WebSocket."""
        await context.admit()
        return await super().on_ws_connect(context)
