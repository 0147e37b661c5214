"""Cost budgets: a token bucket of values for each actor.

Buckets are in memory, so each worker has its own. They use real time, since a demo's clock may be
moved.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

# The least recently seen actors are evicted, and start again with a full bucket. Takes a few
# megabytes.
REMEMBERED = 50_000


class BudgetExceeded(Exception):
    """The budget does not suffice. It will in `retry_after` whole seconds."""

    def __init__(self, cost: int, remaining: int, retry_after: int) -> None:
        super().__init__(
            f"This costs {cost} values and {remaining} are left. Try again in {retry_after}"
            f" {'second' if retry_after == 1 else 'seconds'}, or ask for less."
        )
        self.remaining = remaining
        self.retry_after = retry_after


class Budgets:
    """One bucket for each actor: at most `size` values, and `rate` more each second.

    `now` is a monotonic clock, in seconds.
    """

    def __init__(self, size: int, rate: int, now: Callable[[], float] = time.monotonic) -> None:
        self.size = size
        self.rate = rate
        self._now = now
        # The values left, and when that was.
        self._left: LRUCache[str, tuple[float, float]] = LRUCache(REMEMBERED)

    def charge(self, actor: str, cost: int, reserve: int = 0) -> int:
        """Charge the cost of an operation before it runs. Return what is left, in whole values.

        `reserve` values must be left afterwards. Raises BudgetExceeded, and charges nothing, if
        they would not be. A cost above the size of a bucket less the reserve counts as exactly that
        much.
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
    """Charges an actor's budget for past events, each at the same cost."""

    budgets: Budgets
    actor: str
    cost: int

    def pay(self, answers: int) -> int:
        """Charge for some events, at least one. Return for how many. Raises BudgetExceeded.

        Charges at most what is restored in a second, so that events are sent at an even rate. Half
        of the bucket is reserved for the actor's other requests.
        """
        reserve = self.budgets.size // 2
        affordable = min(self.budgets.rate, self.budgets.size - reserve) // self.cost
        count = min(answers, max(1, affordable))
        self.budgets.charge(self.actor, count * self.cost, reserve)
        return count
