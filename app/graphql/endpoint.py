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
from app.graphql.credential_checks import Rechecks
from app.graphql.document import Document, Invalid
from app.graphql.document_cache import Documents
from app.graphql.execution import Running, Spent
from app.graphql.http import HttpEndpoint
from app.graphql.instrumentation import Observed
from app.graphql.limits.connections import Places
from app.graphql.limits.documents import values_excess
from app.graphql.websocket import SocketRules
from app.graphql.websocket_upgrade import Sockets
from app.observability import metrics, tracing
from app.settings import Settings
from resolvers.error_mapping import ApiError, Code, present
from resolvers.subscription_payloads import Encoded, extended

INIT_TIMEOUT = timedelta(seconds=10)
MAX_OPERATIONS_PER_SOCKET = 100


class ApiSchema(strawberry.Schema):
    """A schema that runs prepared documents and masks internal errors."""

    def __init__(self, *arguments: Any, settings: Settings, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.documents = Documents(self._schema, settings)
        self._running = Running(settings)
        self._suggestions = settings.shows_schema
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

        Calls graphql-core directly. Strawberry's own path runs extensions, which this service does
        not use, and takes as long as a small query.
        """
        spent: Spent = None
        try:
            document, kind = self._prepare(query, variable_values, operation_name)
            if kind not in allowed_operation_types:
                raise InvalidOperationTypeError(kind)
            with Observed(kind, document.name(operation_name)):
                executor = self._build(document, variable_values, context_value, operation_name)
                cost = self.documents.cost(document, operation_name, variable_values)
                spent = self._running.charge(cost.values, context_value)
                result = await self._running.run(executor, kind, cost.aside)
                return self._result(result, context_value, spent)
        except Exception as error:
            return self._refused(_errors(error), context_value, spent)

    async def stream(  # type: ignore[override]
        self,
        query: str,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        operation_name: str | None = None,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Run any operation, and yield its results: many of a subscription, one of others.

        `Encoded` values that a resolver returns are passed on unchanged.
        """
        try:
            document, kind = self._prepare(query, variable_values, operation_name)
            if kind is not OperationType.SUBSCRIPTION:
                return _only(
                    await self.execute(query, variable_values, context_value, operation_name)
                )
            with Observed(kind, document.name(operation_name)):
                executor = self._build(document, variable_values, context_value, operation_name)
                cost = self.documents.cost(document, operation_name, variable_values)
                spent = self._running.charge(cost.values, context_value)
                context_value.tab = self._running.tab(cost.values, context_value)
                source: Any = create_source_event_stream(executor)
                if inspect.isawaitable(source):
                    source = await source
        except Exception as error:
            return _only(self._refused(_errors(error), context_value, None))
        if isinstance(source, CoreResult):
            return _only(self._refused(source.errors or [], context_value, spent))
        return self._results(executor, source, context_value, spent)

    def _prepare(
        self, query: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> tuple[Document, OperationType]:
        """Return the document and the kind of operation. Raises ApiError for too many variable
        values.
        """
        if variables and (problem := values_excess(variables)):
            raise ApiError(problem, Code.BAD_REQUEST)
        return self.documents.prepare(query, operation_name)

    def _build(
        self,
        document: Document,
        variables: dict[str, Any] | None,
        context: Any,
        operation_name: str | None,
    ) -> Any:
        """Return the executor of one operation. Raises Invalid for invalid variables."""
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
        self, executor: Any, source: AsyncGenerator[Any, None], context: Any, spent: Spent
    ) -> AsyncGenerator[ExecutionResult, None]:
        metrics.subscriptions.inc()
        try:
            async with aclosing(source):
                async for event in source:
                    metrics.delivered.inc()
                    if isinstance(event, Encoded):
                        # Only the first result reports the cost, which is for the whole
                        # subscription.
                        yield event if spent is None else extended(event, spent)
                    else:
                        made = executor.build_per_event_executor(event)
                        result = execute_subscription_event(made)
                        if inspect.isawaitable(result):
                            result = await result
                        yield self._result(result, context, spent)
                    spent = None
        except Exception as error:
            yield self._refused(_errors(error), context, None)
        finally:
            metrics.subscriptions.dec()

    def _result(self, result: CoreResult, context: Any, spent: Spent) -> ExecutionResult:
        errors = self._presented(result.errors, context) if result.errors else None
        return ExecutionResult(result.data, errors, spent)

    def _refused(self, errors: list[GraphQLError], context: Any, spent: Spent) -> PreExecutionError:
        return PreExecutionError(None, self._presented(errors, context), spent)

    def _presented(self, errors: list[GraphQLError], context: Any) -> list[GraphQLError]:
        presented = [present(error, context.correlation_id, self._suggestions) for error in errors]
        tracing.failed(error.extensions["code"] for error in presented if error.extensions)
        return presented


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
    """Build a schema of these root types, with the limits of the settings.

    `executor` is a subclass of Strawberry's execution context. Without the explorer, introspection
    is off, and errors do not suggest names from the schema.
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
    """Return the product's schema."""
    # Imported late, so that commands that do not serve need not load every type and resolver.
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

    def __init__(self, schema: ApiSchema, runtime: Runtime, authenticator: Authenticator) -> None:
        """Raises ValueError for an invalid origin in the settings."""
        rechecks, places = Rechecks(authenticator), Places(runtime.settings)
        self.http = HttpEndpoint(schema, schema.documents, runtime, authenticator, rechecks, places)
        rules = SocketRules(
            schema,
            runtime,
            authenticator,
            rechecks,
            places,
            INIT_TIMEOUT,
            MAX_OPERATIONS_PER_SOCKET,
        )
        self.sockets = Sockets(rules)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket."""
        serve = self.http if scope["type"] == "http" else self.sockets
        await serve(scope, receive, send)
