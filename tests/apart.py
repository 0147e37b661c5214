"""Work in a process of its own, for tests that need a database of their own.

Tortoise keeps its state in the process, so one process has one open database; the suite's is open
all the time. What runs apart is an importable async function with plain arguments and results.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

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

    return asyncio.run(run())
