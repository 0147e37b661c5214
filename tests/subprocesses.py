"""Work in a process of its own, for tests that need a database of their own.

Tortoise keeps its state in the process, so one process has one open database; the suite's is open
all the time. What runs apart is an importable async function with plain arguments and results.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

import asyncpg

from app.server.collector import collect_rarely

T = TypeVar("T")
Apart = Callable[..., Awaitable[T]]


@contextmanager
def process_apart() -> Iterator[Apart]:
    """A function that awaits `work(*arguments)` in one other process, the same for all calls."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:

        async def run(work: Callable[..., Awaitable[T]], *arguments: object) -> T:
            return await asyncio.wrap_future(pool.submit(_run, work, arguments))

        yield run


def run_apart(work: Callable[..., Awaitable[T]], *arguments: object) -> T:
    """Run `work(*arguments)` in a process for it alone."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run, work, arguments).result()


def _run(work: Callable[..., Awaitable[T]], arguments: tuple[object, ...]) -> T:
    async def run() -> T:
        return await work(*arguments)

    collect_rarely()
    return asyncio.run(run())


async def count_rows(url: str, table: str) -> int:
    """How many rows of a table are committed, seen from outside of the process that writes."""
    sql = f"SELECT COUNT(*) FROM {table}"
    if url.startswith("sqlite://"):
        path = url.removeprefix("sqlite://")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as connection:
            return int(connection.execute(sql).fetchone()[0])
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(sql))
    finally:
        await connection.close()
