"""The real schema, executed for any actor."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from app.auth.actor import Actor
from app.context import Context, Runtime
from app.domain.clock import SandboxClock
from app.encoding import to_json
from app.events.bus import Bus
from app.events.stream import EventStream
from app.graphql.endpoint import ApiSchema, api_schema
from app.settings import Settings
from schema.type_catalogue import build_catalogue
from tests.world import World

# What tokens and signed addresses are made with.
SECRET = b"the secret of the server in tests"
Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(scope="session")
def schema() -> ApiSchema:
    return api_schema(Settings(explorer=True, cost_budget=0))


@pytest.fixture(scope="session")
def closed_schema() -> ApiSchema:
    """As a server without the explorer has it; for applications, as building one takes longer
    than most tests.
    """
    return api_schema(Settings(_env_file=None, explorer=False))


@pytest.fixture
def runtime(world: World, schema: ApiSchema) -> Runtime:
    return Runtime(
        Settings(),
        world.database,
        # As on a demo server; a test of another makes its own runtime.
        SandboxClock(world.clock),
        stream=EventStream(world.database, Bus()),
        secret=SECRET,
        catalogue=build_catalogue(schema),
    )


@pytest.fixture
def ask(runtime: Runtime, schema: ApiSchema) -> Ask:
    """Executes a document for an actor and gives `{"data": ..., "errors": [...]}`."""

    async def run(
        actor: Actor, document: str, operation_name: str | None = None, **variables: Any
    ) -> dict[str, Any]:
        context = Context(runtime, actor, "test-correlation")
        result = await schema.execute(
            document,
            variable_values=variables,
            context_value=context,
            operation_name=operation_name,
        )
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        # As it is sent.
        return orjson.loads(to_json(answer))

    return run
