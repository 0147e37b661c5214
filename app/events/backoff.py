"""Pauses between attempts at what fails for a while, such as a database that is away."""

import asyncio
from logging import Logger

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0


class Pauses:
    """They grow as long as it fails. One line in the log when that begins, one when it ends."""

    def __init__(self, log: Logger, fails: str, works: str) -> None:
        self._log = log
        self._fails = fails
        self._works = works
        self._pause = 0.0

    async def failed(self) -> None:
        """Wait before the next attempt; call it where the exception is handled."""
        if not self._pause:
            self._log.exception(self._fails)
        self._pause = min(max(self._pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(self._pause)

    def worked(self) -> None:
        """The attempt succeeded."""
        if self._pause:
            self._log.info(self._works)
            self._pause = 0.0
