"""Places for servers to fail at: copies of a database in which all mutations are possible."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile, copytree
from typing import Any

from tests.database_templates import FILE, name_of, own_postgres
from tests.faults.prepared_calls import prepared_place
from tests.faults.servers import Place, Servers


@dataclass(frozen=True)
class Origin:
    """A prepared folder, and the database to be copied: on SQLite a file in the folder."""

    data: Path
    postgres_server: str = ""
    postgres_name: str = ""

    @contextmanager
    def copy(self, data: Path, **more: Any) -> Iterator[Place]:
        """A place of its own for servers, with settings beside the usual ones."""
        copytree(self.data, data)
        if not self.postgres_server:
            yield prepared_place(data, "", **more)
            return
        with own_postgres(self.postgres_server, self.postgres_name) as url:
            yield prepared_place(data, url, **more)


@asynccontextmanager
async def sqlite_origin(servers: Servers, migrated: Path, data: Path) -> AsyncIterator[Origin]:
    """Prepare a copy of a migrated, empty file in a new folder."""
    os.mkdir(data)
    copyfile(migrated, data / FILE)
    await servers.prepare(data, "")
    yield Origin(data)


@asynccontextmanager
async def postgres_origin(
    servers: Servers, server: str, migrated: str, data: Path
) -> AsyncIterator[Origin]:
    """Prepare a copy of a migrated, empty database on a server."""
    os.mkdir(data)
    with own_postgres(server, migrated) as url:
        await servers.prepare(data, url)
        yield Origin(data, server, name_of(url))
