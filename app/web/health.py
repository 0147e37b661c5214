"""Health checks and metrics, for machines that monitor the service."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tortoise.connection import get_connection

from app.domain.clock import Clock
from app.events.backlog import backlog
from app.observability import metrics
from app.persistence.database import WRITER, Database
from app.persistence.outages import is_away
from app.persistence.sql import bind
from app.server.startup import require_migrated
from app.settings import Settings

# A load balancer checks again soon, and a slower database is of no use to callers either.
READY_SECONDS = 5
FACTS_SECONDS = 5

_WAITING = "SELECT COUNT(*) AS waiting FROM webhook_delivery WHERE next_attempt_at IS NOT NULL"

log = structlog.get_logger()


class Health:
    """The routes `/livez`, `/readyz` and, if the operator set a token for it, `/metrics`.

    `clock` returns real time.
    """

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._ready = True

    @property
    def routes(self) -> list[Route]:
        """The routes."""
        routes = [Route("/livez", _alive), Route("/readyz", self.ready)]
        if self._settings.metrics_token:
            routes.append(Route("/metrics", self.metrics))
        return routes

    async def ready(self, request: Request) -> Response:
        """Report whether requests should be sent to this process, and which check fails."""
        if request.app.state.draining or request.app.state.stopping.is_set():
            return _readiness(503, {"stopping": "failed"})
        checks: dict[str, str] = {}
        lag: float | None = None
        try:
            async with asyncio.timeout(READY_SECONDS):
                for name, check in self._checks:
                    checks[name] = "failed"
                    await check()
                    checks[name] = "ok"
                lag = (await backlog(self._database, self._clock.now())).lag_seconds
        except Exception:
            self._tell(False, exc_info=self._ready, checks=checks)
            return _readiness(503, checks)
        longest = self._settings.ready_lag_seconds
        checks["relay"] = "failed" if longest and lag > longest else "ok"
        ready = checks["relay"] == "ok"
        self._tell(ready, checks=checks)
        return _readiness(200 if ready else 503, checks, lag)

    @property
    def _checks(self) -> Iterable[tuple[str, Callable[[], Awaitable[Any]]]]:
        yield "database", lambda: self._database.transaction(_round_trip)
        yield "migrations", lambda: self._database.read(lambda: require_migrated(self._database))

    def _tell(self, ready: bool, **details: Any) -> None:
        # Checks run every few seconds: log only changes.
        if ready is not self._ready:
            (log.info if ready else log.warning)("ready" if ready else "not_ready", **details)
        self._ready = ready

    async def metrics(self, request: Request) -> Response:
        """Return all metrics to a caller with the token."""
        assert self._settings.metrics_token
        expected = f"Bearer {self._settings.metrics_token.get_secret_value()}"
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            message, code = "Send the metrics token as a bearer token.", "UNAUTHENTICATED"
            content = {"errors": [{"message": message, "extensions": {"code": code}}]}
            return JSONResponse(content, 401, {"www-authenticate": "Bearer"})
        text = metrics.exposition(Facts(await self._facts()))
        return Response(text, 200, {"content-type": metrics.CONTENT_TYPE})

    async def _facts(self) -> dict[str, float]:
        """Return the values from the database, by metric. If it does not respond, only that."""
        try:
            async with asyncio.timeout(FACTS_SECONDS):
                standing = await backlog(self._database, self._clock.now())
                text, values = bind(_WAITING, {}, self._database.dialect)
                [row] = await self._database.read(lambda: self._database.rows(text, values))
        except Exception as error:
            log.warning("metrics_of_database_unknown", exc_info=not is_away(error))
            return {"up": 0}
        return {
            "up": 1,
            "numbered": standing.numbered,
            "lag": standing.lag_seconds,
            "waiting": row["waiting"],
        }


class Facts(Collector):
    """Metrics that are the same for all workers, read from the database for each request."""

    def __init__(self, known: dict[str, float]) -> None:
        self._known = known

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics whose values are known."""
        for key, (name, help) in FACTS.items():
            if key in self._known:
                yield GaugeMetricFamily(name, help, value=self._known[key])


FACTS = {
    "up": ("partnergraph_database_up", "1 if the database responds"),
    "lag": (
        "partnergraph_relay_lag_seconds",
        "Age in seconds of the oldest event that has no number yet",
    ),
    "numbered": ("partnergraph_events_numbered", "The number of the newest event"),
    "waiting": ("partnergraph_webhooks_waiting", "Webhook deliveries waiting for an attempt"),
}


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _round_trip() -> None:
    await get_connection(WRITER).execute_query("SELECT 1")


def _readiness(status: int, checks: dict[str, str], lag: float | None = None) -> Response:
    content: dict[str, Any] = {"status": "ready" if status == 200 else "not ready"}
    content["checks"] = checks
    if lag is not None:
        content["relayLagSeconds"] = round(lag, 3)
    return JSONResponse(content, status, {"cache-control": "no-store"})
