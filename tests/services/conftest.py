"""Fixtures: another process to work in, databases of their own; a relay and a stream."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from app.events.bus import Bus
from app.events.relay import Relay
from app.events.stream import EventStream
from tests.database_templates import own_postgres
from tests.subprocesses import Apart, process_apart
from tests.world import World


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    with process_apart() as run:
        yield run


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database of its own."""
    if request.param == "sqlite":
        copy = copyfile(request.getfixturevalue("migrated_sqlite"), tmp_path / "own.sqlite3")
        yield f"sqlite://{copy}"
        return
    server, template = map(request.getfixturevalue, ("postgres_server", "migrated_postgres"))
    with own_postgres(server, template) as url:
        yield url


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def relay(world: World, bus: Bus) -> Relay:
    return Relay(world.database, bus)


@pytest.fixture
def stream(world: World, bus: Bus) -> EventStream:
    return EventStream(world.database, bus)
