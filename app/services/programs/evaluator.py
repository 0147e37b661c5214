"""The evaluator: sees to standings as they become due."""

import asyncio
import logging
from uuid import UUID

from app.domain.clock import Clock
from app.persistence.database import Database
from app.services.programs.due import earliest_due, evaluate_next
from app.services.programs.enrolment import bring_up
from app.services.programs.versions import versions_in_force

log = logging.getLogger(__name__)

# Commits come in crowds; one look serves those of this long.
_GATHER_SECONDS = 0.05
# Finds a version whose day has come, and what a lost wake-up left.
_POLL_SECONDS = 15.0
_PAUSE_SECONDS = 30.0


class Evaluator:
    """Evaluates what is due, until it is cancelled. At work in the process that leads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._woken = asyncio.Event()
        # Versions that are applied: everybody enrolled, whom they concern due.
        self._applied: set[UUID] = set()

    def wake(self) -> None:
        """Look soon."""
        self._woken.set()

    async def run(self) -> None:
        """Evaluate until cancelled. A failure is logged and tried again later: nothing is lost."""
        while True:
            try:
                await self.catch_up()
                pause = await self._pause()
            except Exception:
                log.exception("Partners cannot be evaluated now; trying again later")
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            try:
                async with asyncio.timeout(pause):
                    await self._woken.wait()
                await asyncio.sleep(_GATHER_SECONDS)
            except TimeoutError:
                pass

    async def catch_up(self) -> int:
        """Evaluate all that is due now; gives how many partners were evaluated."""
        self._woken.clear()
        now = self._clock.now()
        for version in await self._database.read(lambda: versions_in_force(now)):
            if version.id not in self._applied:
                await bring_up(self._database, version, now)
                self._applied.add(version.id)
        looked_at = 0
        while batch := (await evaluate_next(self._database, now)).partners:
            looked_at += batch
        return looked_at

    async def _pause(self) -> float:
        """Seconds until the next standing is due."""
        due = await earliest_due(self._database)
        if due is None:
            return _POLL_SECONDS
        return min(max((due - self._clock.now()).total_seconds(), 0.0), _POLL_SECONDS)
