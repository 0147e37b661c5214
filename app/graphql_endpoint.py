"""The GraphQL endpoint: the schema with its limits and error masking, and both transports."""

import inspect
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import strawberry
from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError, create_source_event_stream, execute_subscription_event
from starlette.types import Receive, Scope, Send
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from app.auth.authenticate import Authenticator
from app.context import Runtime
from app.graphql_documents import Document, Documents, Invalid
from app.graphql_http import HttpEndpoint
from app.graphql_rechecks import Rechecks
from app.graphql_sockets import Sockets
from app.graphql_ws import SocketRules
from app.settings import Settings
from resolvers.deliveries import Encoded
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
            executor = self._build(document, variable_values, context_value, operation_name)
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
        """Run any operation: a subscription's results as they come, of others the one there is.

        What a resolver gives as `Encoded` is passed on as it is.
        """
        try:
            document, kind = self._documents.prepare(query, operation_name)
            if kind is not OperationType.SUBSCRIPTION:
                return _only(
                    await self.execute(query, variable_values, context_value, operation_name)
                )
            executor = self._build(document, variable_values, context_value, operation_name)
            source: Any = create_source_event_stream(executor)
            if inspect.isawaitable(source):
                source = await source
        except Exception as error:
            return _only(self._refused(_errors(error), context_value))
        if isinstance(source, CoreResult):
            return _only(self._refused(source.errors or [], context_value))
        return self._results(executor, source, context_value)

    def _build(
        self,
        document: Document,
        variables: dict[str, Any] | None,
        context: Any,
        operation_name: str | None,
    ) -> Any:
        """The executor of one operation. Raises Invalid for variables that do not fit."""
        executor = self._executor.build(
            self._schema,
            document.ast,
            context_value=context,
            raw_variable_values=variables,
            operation_name=operation_name,
            is_awaitable=optimized_is_awaitable,
            operation_extensions=document,
        )
        if isinstance(executor, list):
            raise Invalid(*executor)
        return executor

    async def _results(
        self, executor: Any, source: AsyncGenerator[Any, None], context: Any
    ) -> AsyncGenerator[ExecutionResult, None]:
        try:
            async with aclosing(source):
                async for event in source:
                    if isinstance(event, Encoded):
                        yield event
                        continue
                    result = execute_subscription_event(executor.build_per_event_executor(event))
                    if inspect.isawaitable(result):
                        result = await result
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


async def _only(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    yield result


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


class Endpoint:
    """The ASGI application at `/graphql`, for HTTP and WebSocket."""

    def __init__(
        self, schema: strawberry.Schema, runtime: Runtime, authenticator: Authenticator
    ) -> None:
        """Raises ValueError if an origin in the settings is not one."""
        rechecks = Rechecks(authenticator)
        self.http = HttpEndpoint(schema, runtime, authenticator, rechecks)
        rules = SocketRules(
            schema,
            runtime,
            authenticator,
            rechecks,
            INIT_TIMEOUT,
            MAX_OPERATIONS_PER_SOCKET,
        )
        self.sockets = Sockets(rules)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket."""
        serve = self.http if scope["type"] == "http" else self.sockets
        await serve(scope, receive, send)
