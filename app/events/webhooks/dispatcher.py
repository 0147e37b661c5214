"""The dispatcher of webhooks: brings events to endpoints, and tries again what failed.

At least once, in no particular order: a receiver tells repeats by the event's id. Two dispatchers
at work for a moment may send an event twice; neither leaves one out.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import random

import structlog

from app.auth.webhook_secrets import WebhookSecrets
from app.domain.clock import Clock, real_clock
from app.domain.events import EventType
from app.domain.webhook_signing import signed_headers
from app.domain.webhooks import Message
from app.events import cursors
from app.events.webhooks.claims import InFlight, claim
from app.events.webhooks.fan_out import fan_out
from app.events.webhooks.outcomes import Moment, Rules, settle
from app.events.webhooks.sending import Attempt, Sender
from app.observability import metrics
from app.persistence.database import Database
from app.persistence.models import Event, WebhookDelivery, WebhookEndpoint
from app.settings import Settings

log = structlog.get_logger()

# Finds what other processes wrote, and what has become due.
POLL_SECONDS = 1.0
PAUSE_SECONDS = 5.0
# Commits come in crowds; one look serves those of this long.
GATHER_SECONDS = 0.02
# An attempt is over by then, and written down.
LEASE_MARGIN = timedelta(seconds=15)


class WebhookDispatcher:
    """Delivers until it is cancelled. Due times and signatures go by the real clock.

    A demo's clock may be a year ahead: receivers would refuse such a time, and what failed a moment
    ago would be given up at once.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Settings,
        secret: bytes,
        sender: Sender | None = None,
    ) -> None:
        """`secret` is the server's."""
        self._database = database
        self._clock = clock
        self._secrets = WebhookSecrets(secret)
        self._sender = sender or Sender(settings.webhook_timeout_seconds, settings.webhook_networks)
        self._rules = Rules(
            settings.webhook_schedule, timedelta(days=settings.webhook_disable_days)
        )
        self._lease = timedelta(seconds=settings.webhook_timeout_seconds) + LEASE_MARGIN
        self._in_flight = InFlight()
        self._attempts: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look soon; for `Database.after_commit`."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until cancelled. A failing database is asked again later: nothing is lost.

        Attempts under way are cut off in the end; they are made again when their leases run out.
        """
        try:
            while True:
                self._woken.clear()
                try:
                    more = await fan_out(self._database, self._now())
                    await self._begin_attempts()
                except Exception:
                    log.exception("webhooks_cannot_be_sent")
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                if not more:
                    await self._wait()
        finally:
            await self._stop()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._woken.wait()
            await asyncio.sleep(GATHER_SECONDS)
        except TimeoutError:
            pass

    async def _stop(self) -> None:
        for attempt in self._attempts:
            attempt.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)
        await self._sender.close()

    async def _begin_attempts(self) -> None:
        now = self._now()
        for delivery in await claim(self._database, self._in_flight, now, now + self._lease):
            attempt = asyncio.create_task(self._attempt(delivery))
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)

    async def _attempt(self, delivery: WebhookDelivery) -> None:
        rest = 0.0
        try:
            attempt = await self._send_safely(delivery)
            rest = self._in_flight.note(delivery.endpoint_id, failed=attempt.error is not None)
            metrics.webhook_attempts.labels("failed" if attempt.error else "delivered").inc()
            at = Moment(self._now(), self._clock.now())
            await self._database.transaction(
                lambda: settle(delivery, attempt, self._rules, at, random())
            )
        except Exception:
            # Nothing is written: the lease runs out, and it is tried again.
            log.exception("webhook_attempt_lost", delivery_id=str(delivery.id))
        finally:
            self._in_flight.end(delivery.id)
            self.wake()
            if rest:
                asyncio.get_running_loop().call_later(rest, self.wake)

    async def _send_safely(self, delivery: WebhookDelivery) -> Attempt:
        """A bug is a failed attempt too: it must not be repeated for ever."""
        try:
            return await self._send(delivery)
        except Exception:
            log.exception("webhook_cannot_be_sent", delivery_id=str(delivery.id))
            return Attempt(None, "The service could not send it.", 0)

    async def _send(self, delivery: WebhookDelivery) -> Attempt:
        endpoint, message, now = delivery.endpoint, _message(delivery.event), self._now()
        body = message.body
        headers = signed_headers(message.webhook_id, now, body, self._keys(endpoint))
        return await self._sender.send(endpoint.url, headers, body, now)

    def _keys(self, endpoint: WebhookEndpoint) -> Sequence[bytes]:
        """What signs now: the new one first, and the former one for a while."""
        keys = [self._secrets.key(endpoint.id, endpoint.secret_version)]
        if (
            endpoint.former_version
            and endpoint.former_until
            and endpoint.former_until > self._now()
        ):
            keys.append(self._secrets.key(endpoint.id, endpoint.former_version))
        return keys

    def _now(self) -> datetime:
        return real_clock(self._clock).now()


def _message(event: Event) -> Message:
    return Message(
        id=event.id,
        type=EventType(event.type),
        occurred_at=event.occurred_at,
        cursor=cursors.encode(event.sequence),
        sequence=event.partner_sequence,
        partner_id=event.partner_id,
        client_id=event.client_id,
        subject_id=event.subject_id,
        data=event.data,
    )
