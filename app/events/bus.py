"""Wake-ups for the subscribers of one process: that there is news, never what it is."""

import asyncio
from collections.abc import Iterable
from typing import Self
from uuid import UUID

from app.events.notifications import News


class Wakeup:
    """One subscriber's bell: any number of rings before it looks are one.

    A context manager: leaving it takes the bell off the bus.
    """

    # There are thousands: an asyncio.Event is several times as large.
    __slots__ = ("_bus", "_partner_id", "_rung", "_waiter")

    def __init__(self, bus: "Bus", partner_id: UUID | None) -> None:
        self._bus = bus
        self._partner_id = partner_id
        self._rung = False
        self._waiter: asyncio.Future[None] | None = None

    @property
    def rung(self) -> bool:
        """Whether it rang since the last `wait`."""
        return self._rung

    def ring(self) -> None:
        """Wake who waits, or spare the next `wait` its waiting."""
        self._rung = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Return once it has rung since the last call: read the table after, not before.

        For one task at a time.
        """
        if not self._rung:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self._rung = False

    def close(self) -> None:
        """Take it off the bus; twice is harmless."""
        self._bus.detach(self, self._partner_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Bus:
    """Who wants to know of which partner's events. In memory; used from one event loop."""

    def __init__(self) -> None:
        self._wakeups: dict[UUID | None, set[Wakeup]] = {}
        # How often there was news. What is read after it grew is as new as any ring until then.
        self.rings = 0
        # The newest sequence that whoever listens here has been told of; None before the first.
        self.told: int | None = None

    @property
    def attached(self) -> int:
        """How many wake-ups are on the bus."""
        return sum(len(wakeups) for wakeups in self._wakeups.values())

    def subscribe(self, partner_id: UUID | None) -> Wakeup:
        """A wake-up for the events of one partner, or of all (None). Close it."""
        wakeup = Wakeup(self, partner_id)
        self._wakeups.setdefault(partner_id, set()).add(wakeup)
        return wakeup

    def detach(self, wakeup: Wakeup, partner_id: UUID | None) -> None:
        """Forget a wake-up; `Wakeup.close` calls this."""
        wakeups = self._wakeups.get(partner_id, set())
        wakeups.discard(wakeup)
        if not wakeups:
            self._wakeups.pop(partner_id, None)

    def tell(self, news: News) -> None:
        """Wake whom the news concerns."""
        self.told = news.newest
        if news.partner_ids is None:
            self.notify_all()
        else:
            self.notify(news.partner_ids)

    def hear(self, news: News) -> None:
        """The same for news of another process: it may come twice, and what came before be lost."""
        if self.told is None or news.behind == self.told:
            self.tell(news)
        elif news.newest > self.told:
            self.tell(News(news.behind, news.newest, None))

    def notify(self, partner_ids: Iterable[UUID | None]) -> None:
        """Wake the subscribers of these partners, and those of all if there is any news.

        None represents events of no partner.
        """
        news = set(partner_ids)
        self.rings += 1
        for partner_id in news | {None} if news else news:
            for wakeup in self._wakeups.get(partner_id, ()):
                wakeup.ring()

    def notify_all(self) -> None:
        """Wake every subscriber."""
        self.notify(list(self._wakeups))
