"""What a resolver needs: the process's runtime, and for whom this request is."""

from dataclasses import dataclass
from typing import Any

from app.auth.actor import Actor
from app.domain.clock import Clock
from app.persistence.database import Database
from app.services.use_case import Caller
from app.settings import Settings


@dataclass(slots=True)
class Runtime:
    """What lives as long as the process."""

    settings: Settings
    database: Database
    clock: Clock


@dataclass(slots=True)
class Context:
    """One request, or one operation of a WebSocket."""

    runtime: Runtime
    actor: Actor
    correlation_id: str
    request: Any = None
    response: Any = None

    @property
    def caller(self) -> Caller:
        """The caller that services run for."""
        return Caller(self.actor, self.runtime.database, self.runtime.clock, self.correlation_id)
