"""Answers of the database that are shared for a moment, by all who ask the same."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from cachetools import LRUCache

from app.domain.clock import Clock
from app.persistence.database import Database

T = TypeVar("T")

# How soon a change that another process made is seen. One of this process is seen at once.
LONGEST = timedelta(seconds=1)


class Recent(Generic[T]):
    """What was asked last: no answer is older than this process's last commit, nor than a second.

    Who asks while another's question is under way waits for that answer.
    """

    def __init__(self, database: Database, clock: Clock, size: int) -> None:
        """`size` is how many answers are kept at most."""
        self._clock = clock
        self._answers: LRUCache[Hashable, tuple[datetime, asyncio.Task[T]]] = LRUCache(size)
        database.after_commit.append(self._answers.clear)

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer to a question. What `ask` raises is raised, and not kept.

        Not for use inside a unit of work, whose rows are nobody else's business yet.
        """
        now = self._clock.now()
        kept = self._answers.get(key)
        if kept is None or not timedelta(0) <= now - kept[0] < LONGEST:
            task = asyncio.ensure_future(ask())
            self._answers[key] = now, task
            task.add_done_callback(lambda done: self._forget_failure(key, done))
        else:
            task = kept[1]
        if task.done():
            return task.result()
        return await asyncio.shield(task)

    def _forget_failure(self, key: Hashable, done: "asyncio.Task[T]") -> None:
        if done.cancelled() or done.exception() is not None:
            kept = self._answers.get(key)
            if kept is not None and kept[1] is done:
                del self._answers[key]
