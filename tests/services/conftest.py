"""Fixtures for tests of processes: another process to work in, and databases of their own."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

import pytest

from tests.apart import Apart, process_apart
from tests.prepared import own_postgres


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
