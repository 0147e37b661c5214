"""Long connections are asked again and again whether their credentials still let them in."""

import asyncio
from collections.abc import Callable

import structlog

from app.auth.actor import Actor
from app.auth.authenticate import Authenticator
from app.auth.refusal import ActorChanged, Unauthenticated

RECHECK_SECONDS = 60.0

log = structlog.get_logger()

Refusal = Unauthenticated | ActorChanged
Refuse = Callable[[Refusal], None]


class Rechecks:
    """Ends connections that would go on with rights which their key or their person lost.

    One task for all of a process, while there are any: it asks once for all with equal credentials,
    and never two questions at a time.
    """

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._joined: dict[tuple[str, Actor], set[Refuse]] = {}
        self._task: asyncio.Task[None] | None = None

    def join(self, refuse: Refuse, authorization: str | None, actor: Actor) -> None:
        """Have `refuse` called once the value does not let this actor in; never for the public."""
        if authorization is None:
            return
        self._joined.setdefault((authorization, actor), set()).add(refuse)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def leave(self, refuse: Refuse, authorization: str | None, actor: Actor) -> None:
        """Take back what was joined; harmless if it was not."""
        if authorization is None or (authorization, actor) not in self._joined:
            return
        equal = self._joined[authorization, actor]
        equal.discard(refuse)
        if not equal:
            del self._joined[authorization, actor]
        if self._task and not self._joined:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            for authorization, actor in list(self._joined):
                refusal = await self._refusal(authorization, actor)
                if refusal:
                    for refuse in list(self._joined.get((authorization, actor), ())):
                        refuse(refusal)

    async def _refusal(self, authorization: str, actor: Actor) -> Refusal | None:
        try:
            await self._authenticator.confirm(authorization, actor)
        except (Unauthenticated, ActorChanged) as refusal:
            return refusal
        except Exception:
            # The database is away for a moment: no reason to drop a subscriber.
            log.warning("recheck_failed", exc_info=True)
        return None
