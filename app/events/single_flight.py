"""One read at a time: a caller that asks for what is being read already shares its result."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class SingleFlight:
    """Questions under way. An answer goes to all who wait for it, and is not kept.

    So it is never older than the moment when the first of them asked. For use from one event loop.
    """

    __slots__ = ("_under_way", "_waiting")

    def __init__(self) -> None:
        # Plain futures: thousands wait at a time, and asyncio.shield takes ten times as long.
        self._waiting: dict[Hashable, list[asyncio.Future[Any]]] = {}
        self._under_way: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    async def ask(
        self,
        key: Hashable,
        question: Callable[P, Awaitable[T]],
        *arguments: P.args,
        **named: P.kwargs,
    ) -> T:
        """The answer to the question of this key. What it raises is raised to all who wait.

        Who is cancelled stops waiting; the question goes on for the others.
        """
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.append(waiter)
        else:
            self._waiting[key] = [waiter]
            asking: asyncio.Task[T] = asyncio.ensure_future(question(*arguments, **named))  # type: ignore[assignment]
            self._under_way.add(asking)
            asking.add_done_callback(lambda done: self._answer(key, done))
        return await waiter

    def _answer(self, key: Hashable, done: "asyncio.Task[Any]") -> None:
        self._under_way.discard(done)
        waiting = [waiter for waiter in self._waiting.pop(key) if not waiter.done()]
        if done.cancelled():
            for waiter in waiting:
                waiter.cancel()
        elif (error := done.exception()) is not None:
            for waiter in waiting:
                waiter.set_exception(error)
        else:
            answer = done.result()
            for waiter in waiting:
                waiter.set_result(answer)
