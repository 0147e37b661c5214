"""The renewer: sees to subscriptions as they become due."""

import asyncio
import logging

from app.domain.clock import Clock
from app.persistence.database import Database
from app.persistence.models import Subscription
from app.services.billing.lifecycle import bring_to

log = logging.getLogger(__name__)

# Commits come in crowds; one look serves those of this long.
_GATHER_SECONDS = 0.05
# Finds what a lost wake-up left.
_POLL_SECONDS = 15.0
_PAUSE_SECONDS = 30.0


class Renewer:
    """Begins and ends terms when they are due. At work in the process that leads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look soon."""
        self._woken.set()

    async def run(self) -> None:
        """Renew until cancelled. A failure is logged and tried again later: nothing is lost."""
        while True:
            try:
                self._woken.clear()
                await bring_to(self._database, self._clock.now())
                pause = await self._pause()
            except Exception:
                log.exception("Subscriptions cannot be renewed now; trying again later")
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            try:
                async with asyncio.timeout(pause):
                    await self._woken.wait()
                await asyncio.sleep(_GATHER_SECONDS)
            except TimeoutError:
                pass

    async def _pause(self) -> float:
        """Seconds until the next subscription is due."""
        due = Subscription.filter(due_at__isnull=False).order_by("due_at").first().only("due_at")
        first = await self._database.read(lambda: due)
        if first is None or first.due_at is None:
            return _POLL_SECONDS
        return min(max((first.due_at - self._clock.now()).total_seconds(), 0.0), _POLL_SECONDS)
