"""The background workers, all of which run in the leader process."""

from app.domain.clock import Clock
from app.events.bus import Bus
from app.events.leadership import Leadership, Worker
from app.events.relay import Relay
from app.events.retention import Retention
from app.events.webhooks.dispatcher import WebhookDispatcher
from app.persistence.database import Database
from app.services.billing.renewer import Renewer
from app.services.programs.evaluator import Evaluator
from app.settings import Settings


def background(
    settings: Settings, database: Database, clock: Clock, bus: Bus, secret: bytes
) -> Leadership:
    """Return this process's leadership, with all background workers. Call its `run` while serving.

    `secret` is the server's.
    """

    def workers() -> tuple[Worker, ...]:
        return (
            Relay(database, bus),
            Evaluator(database, clock),
            Renewer(database, clock),
            WebhookDispatcher(database, clock, settings, secret),
            Retention(settings, database, clock),
        )

    return Leadership(database, bus, workers)
