"""SQLite on a disk that takes nothing more, or whose file somebody else holds.

No file of the process may grow: what a full disk and a read-only one come to. Its log cannot be
written either.
"""

import asyncio
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.database_templates import FILE
from tests.faults.database_copies import Origin
from tests.faults.operations import PAGE, named
from tests.faults.prepared_calls import Request, requests_of
from tests.faults.servers import Server, Servers, until
from tests.faults.state import outside
from tests.faults.write_points import answered

pytestmark = pytest.mark.parametrize("origin", ["sqlite"], indirect=True)


async def test_a_full_disk_refuses_writes_and_nothing_else(
    servers: Servers, origin: Origin, tmp_path: Path
) -> None:
    request = named(requests_of(origin.data), "createPartner")
    with origin.copy(tmp_path / "place") as place:
        async with outside(place) as view:
            server = await servers.start(place)
            await read(server, request)
            before = await view.rows()
            with full_disk(server):
                for key in ("one", "two"):
                    assert await refused(server, request, key) == ["INTERNAL"]
                await read(server, request)
                # Whoever only reads is served.
                assert await server.ready() == 200
                assert await view.rows() == before
            # By itself, with the keys that were refused.
            for key in ("one", "two"):
                answered(await write(server, request, key), request)
            await server.kill()
            assert await view.whole()


async def test_a_file_that_somebody_else_writes_is_waited_for(
    servers: Servers, origin: Origin, tmp_path: Path
) -> None:
    request = named(requests_of(origin.data), "createPartner")
    with origin.copy(tmp_path / "place") as place:
        async with servers.running(place) as server:
            with closing(sqlite3.connect(place.data / FILE, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                writing = asyncio.create_task(write(server, request, "key"))
                # It has got as far as it gets.
                await until(partial(at_work, server))
                await read(server, request)
                assert not writing.done()
                other.execute("COMMIT")
            answered(await writing, request)


async def at_work(server: Server) -> bool:
    """Whether a unit of work is open."""
    return (await server.state())["units"] > 0


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """No file that the process writes grows any more."""
    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)


async def write(server: Server, request: Request, key: str) -> Any:
    return await server.http.post(
        "/graphql", json=request.body(key, name=f"Disk {key}"), headers=request.headers()
    )


async def refused(server: Server, request: Request, key: str) -> list[str]:
    """The codes of the errors that a call comes to."""
    told = (await write(server, request, key)).json()
    return [each["extensions"]["code"] for each in told["errors"]]


async def read(server: Server, request: Request) -> None:
    answer = await server.http.post("/graphql", json={"query": PAGE}, headers=request.headers())
    assert answer.status_code == 200 and "errors" not in answer.json(), answer.text
