"""Close long connections when their credentials expire, are revoked, or change their rights."""

import asyncio
import time
from collections.abc import Callable
from contextvars import Context

import structlog

from app.auth.actor import Admitted
from app.auth.authenticate import Authenticator, Refusal
from app.auth.refusal import Reason, Unauthenticated
from app.domain.clock import real_clock
from app.domain.identity import Role
from app.persistence.outages import is_away

# How soon changes by other processes are noticed.
RECHECK_SECONDS = 3.0
# Changes by this process are noticed immediately, but checks take only a small part of the time.
PAUSE_SECONDS, PAUSE_RATIO = 0.05, 20
# Credentials checked by one statement. Other tasks get their turn before the next one.
BATCH = 500
# Credentials that expire sooner than this get a timer.
SOON_SECONDS = 60.0

log = structlog.get_logger()

Refuse = Callable[[Refusal], None]


class Joined:
    """The connections with equal credentials."""

    __slots__ = ("refuses", "timer")

    def __init__(self) -> None:
        self.refuses: set[Refuse] = set()
        self.timer: asyncio.TimerHandle | None = None


class Rechecks:
    """Ends connections whose key or person has lost the rights that they were opened with.

    One task serves all connections of a process while there are any. It checks equal credentials
    once, and hundreds of them with one statement.
    """

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._clock = real_clock(authenticator.clock)
        self._joined: dict[Admitted, Joined] = {}
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        authenticator.database.after_commit.append(self._news.set)

    def join(self, refuse: Refuse, admitted: Admitted) -> None:
        """Have `refuse` called once this actor is no longer admitted; never for the public."""
        if admitted.actor.role is Role.PUBLIC:
            return
        joined = self._joined.setdefault(admitted, Joined())
        joined.refuses.add(refuse)
        self._set_timer(admitted, joined)
        if self._task is None:
            # Do not inherit the context of the connection that happens to be the first.
            self._task = asyncio.create_task(self._run(), context=Context())

    def leave(self, refuse: Refuse, admitted: Admitted) -> None:
        """Undo `join`. Does nothing if it was not called."""
        joined = self._joined.get(admitted)
        if joined is None:
            return
        joined.refuses.discard(refuse)
        if not joined.refuses:
            del self._joined[admitted]
            if joined.timer:
                joined.timer.cancel()
        if self._task and not self._joined:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            await self._pause()
            self._news.clear()
            started = time.monotonic()
            everybody = list(self._joined)
            for first in range(0, len(everybody), BATCH):
                await self._ask(everybody[first : first + BATCH])
            took = time.monotonic() - started
            await asyncio.sleep(max(PAUSE_SECONDS, PAUSE_RATIO * took))

    async def _pause(self) -> None:
        """Wait for a commit in this process, or until another process may have committed."""
        try:
            async with asyncio.timeout(RECHECK_SECONDS):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _ask(self, some: list[Admitted]) -> None:
        try:
            refusals = await self._authenticator.recheck(some)
        except Exception as error:
            # The database is unavailable for a moment: no reason to drop subscribers.
            log.warning("recheck_failed", exc_info=not is_away(error))
            return
        for admitted, refusal in zip(some, refusals, strict=True):
            joined = self._joined.get(admitted)
            if joined is None:
                continue
            if refusal:
                _refuse(joined, refusal)
            else:
                self._set_timer(admitted, joined)

    def _set_timer(self, admitted: Admitted, joined: Joined) -> None:
        """If the credentials expire soon, end the connections at exactly that time."""
        if joined.timer or admitted.expires_at is None:
            return
        seconds = (admitted.expires_at - self._clock.now()).total_seconds()
        if seconds < SOON_SECONDS:
            reason = Reason.TOKEN_EXPIRED if admitted.token else Reason.KEY_EXPIRED
            refusal = Unauthenticated(reason)
            loop = asyncio.get_running_loop()
            joined.timer = loop.call_later(max(0.0, seconds), _refuse, joined, refusal)


def _refuse(joined: Joined, refusal: Refusal) -> None:
    for refuse in list(joined.refuses):
        refuse(refusal)
