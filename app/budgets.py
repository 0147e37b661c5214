"""What each actor may have answered: values, in a bucket that fills up again by itself.

In the memory of one process: of several workers each has buckets of its own. Real time, since a
demo's may be moved.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

# Whoever was not seen for the longest time is forgotten, and begins anew with a full bucket. A few
# megabytes.
REMEMBERED = 50_000


class BudgetExceeded(Exception):
    """There is not enough left: there will be in `retry_after` whole seconds."""

    def __init__(self, cost: int, remaining: int, retry_after: int) -> None:
        super().__init__(
            f"This costs {cost} values and {remaining} are left. Try again in {retry_after}"
            f" {'second' if retry_after == 1 else 'seconds'}, or ask for less."
        )
        self.remaining = remaining
        self.retry_after = retry_after


class Budgets:
    """One bucket for each actor: at most `size` values, and `rate` more each second.

    `now` tells seconds that only ever grow.
    """

    def __init__(self, size: int, rate: int, now: Callable[[], float] = time.monotonic) -> None:
        self.size = size
        self.rate = rate
        self._now = now
        # What was left, and when.
        self._left: LRUCache[str, tuple[float, float]] = LRUCache(REMEMBERED)

    def charge(self, actor: str, cost: int, reserve: int = 0) -> int:
        """Take the cost of an operation before it runs; gives what is left, in whole values.

        Raises BudgetExceeded, and takes nothing, if there is not enough: `reserve` has to be left.
        What costs more than a bucket holds beyond that takes all of it from a full one.
        """
        now = self._now()
        left, since = self._left.get(actor, (self.size, now))
        left = min(self.size, left + (now - since) * self.rate)
        cost = min(cost, self.size - reserve)
        missing = cost + reserve - left
        if missing > 0:
            raise BudgetExceeded(cost, int(left), max(1, math.ceil(missing / self.rate)))
        self._left[actor] = (left - cost, now)
        return int(left - cost)


@dataclass(frozen=True, slots=True)
class Tab:
    """What an actor's answers to past events are charged to, each at the same cost."""

    budgets: Budgets
    actor: str
    cost: int

    def pay(self, answers: int) -> int:
        """Charge some answers, one at least; gives how many. Raises BudgetExceeded.

        At most what a second brings back, so that they come evenly. Half of a bucket is left for
        what the actor asks meanwhile.
        """
        reserve = self.budgets.size // 2
        affordable = min(self.budgets.rate, self.budgets.size - reserve) // self.cost
        count = min(answers, max(1, affordable))
        self.budgets.charge(self.actor, count * self.cost, reserve)
        return count
