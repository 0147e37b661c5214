"""The GraphQL endpoint: the schema with its limits and error masking, and both transports."""

import inspect
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import strawberry
from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError, subscribe
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from app.auth.authenticate import Authenticator
from app.context import Runtime
from app.graphql_documents import Documents, Invalid
from app.graphql_http import HttpEndpoint
from app.graphql_ws import Connection, TextAdapter, TransportHandler
from app.settings import Settings
from resolvers.error_mapping import present

INIT_TIMEOUT = timedelta(seconds=10)
MAX_OPERATIONS_PER_SOCKET = 100


class ApiSchema(strawberry.Schema):
    """A schema that runs prepared documents, and whose errors are fit to be seen by callers."""

    def __init__(self, *arguments: Any, settings: Settings, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._documents = Documents(self._schema, settings)
        self._suggestions = settings.explorer
        self._executor: Any = self.execution_context_class or StrawberryGraphQLCoreExecutionContext

    async def execute(  # type: ignore[override]
        self,
        query: str,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Collection[OperationType] = tuple(OperationType),
    ) -> ExecutionResult:
        """Run a query or a mutation. `context_value` has a `correlation_id`.

        Straight to graphql-core: Strawberry's own way there passes through extensions, which this
        service has none of, and takes as long as a small query does.
        """
        try:
            document, kind = self._documents.prepare(query, operation_name)
            if kind not in allowed_operation_types:
                raise InvalidOperationTypeError(kind)
            executor = self._executor.build(
                self._schema,
                document.ast,
                context_value=context_value,
                raw_variable_values=variable_values,
                operation_name=operation_name,
                is_awaitable=optimized_is_awaitable,
                operation_extensions=document,
            )
            if isinstance(executor, list):
                return self._refused(executor, context_value)
            result = executor.execute_operation()
            if not isinstance(result, CoreResult):
                result = await result
        except Exception as error:
            return self._refused(_errors(error), context_value)
        return self._result(result, context_value)

    async def stream(  # type: ignore[override]
        self,
        query: str,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        operation_name: str | None = None,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Run any operation: a subscription's results as they come, of others the one there is."""
        return self._results(query, variable_values, context_value, operation_name)

    async def _results(
        self, query: str, variables: dict[str, Any] | None, context: Any, operation_name: str | None
    ) -> AsyncGenerator[ExecutionResult, None]:
        try:
            document, kind = self._documents.prepare(query, operation_name)
            if kind is not OperationType.SUBSCRIPTION:
                yield await self.execute(query, variables, context, operation_name)
                return
            results: Any = subscribe(
                self._schema,
                document.ast,
                context_value=context,
                variable_values=variables,
                operation_name=operation_name,
                executor_class=self._executor,
                operation_extensions=document,
            )
            if inspect.isawaitable(results):
                results = await results
            if isinstance(results, CoreResult):
                yield self._refused(results.errors or [], context)
                return
            async with aclosing(results):
                async for result in results:
                    yield self._result(result, context)
        except Exception as error:
            yield self._refused(_errors(error), context)

    def _result(self, result: CoreResult, context: Any) -> ExecutionResult:
        errors = self._presented(result.errors, context) if result.errors else None
        return ExecutionResult(result.data, errors)

    def _refused(self, errors: list[GraphQLError], context: Any) -> PreExecutionError:
        return PreExecutionError(None, self._presented(errors, context))

    def _presented(self, errors: list[GraphQLError], context: Any) -> list[GraphQLError]:
        return [present(error, context.correlation_id, self._suggestions) for error in errors]


def _errors(error: Exception) -> list[GraphQLError]:
    if isinstance(error, Invalid):
        return error.errors
    if isinstance(error, GraphQLError):
        return [error]
    return [GraphQLError(str(error), original_error=error)]


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
    return ApiSchema(
        query,
        mutation,
        subscription,
        types=types,
        execution_context_class=executor,
        config=StrawberryConfig(scalar_map=dict(scalars or {})),
        settings=settings,
    )


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
