"""A serving process that is killed in the middle of webhooks: what was cut off is sent again."""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.domain.clock import SystemClock
from app.domain.events import EventType
from app.domain.webhook_addresses import Networks
from app.events.webhooks.dispatcher import WebhookDispatcher
from app.events.webhooks.sending import Sender
from app.persistence.database import Database
from app.persistence.models import WebhookDelivery
from app.services.webhooks.create_webhook_endpoint import (
    CreateWebhookEndpoint,
    create_webhook_endpoint,
)
from app.settings import Settings
from tests import database_templates
from tests.events import happen, patience
from tests.receivers import LOOPBACK, receiving, tls, to_loopback, trusting
from tests.subprocesses import Apart, count_rows
from tests.world import make_world

ROOT = Path(__file__).parents[2]
EVENTS = 3


class Later:
    """A clock that is a minute ahead: every lease of the process that was killed has run out."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=1)


async def fill(url: str, receiver_url: str, networks: Networks) -> None:
    """An endpoint of a partner, and events that wait for their numbers."""
    database = Database(url)
    await database.open()
    try:
        world = await make_world(database, SystemClock())
        input = CreateWebhookEndpoint("make", receiver_url, types=(EventType.TIER_CHANGED,))
        caller = world.caller(world.acme.as_admin())
        await create_webhook_endpoint(caller, input, networks=networks, most=1)
        await happen(world, *[world.acme] * EVENTS)
    finally:
        await database.close()


async def deliver(url: str, secret: bytes, certificate: str) -> int:
    """Dispatch a minute later until everything is delivered; how many deliveries there are."""
    database = Database(url)
    await database.open()
    sender = Sender(5, LOOPBACK, to_loopback, trusting(certificate))
    dispatcher = WebhookDispatcher(database, Later(), Settings(), secret, sender)
    running = asyncio.create_task(dispatcher.run())
    try:
        async with patience():
            while await WebhookDelivery.filter(status="DELIVERED").count() < EVENTS:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return await WebhookDelivery.all().count()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await database.close()


async def test_what_a_killed_process_had_under_way_is_sent_again(
    deployment: Path, apart: Apart
) -> None:
    url = f"sqlite://{deployment / database_templates.FILE}"
    certificate = deployment / "receiver.pem"
    certificate.write_text(tls().certificate)
    two = asyncio.Event()

    def keep_silent(_: object) -> None:
        if len(receiver.received) == 2:
            two.set()

    async with receiving(keep_silent) as receiver:
        await apart(fill, url, receiver.url(host="localhost"), LOOPBACK)
        serving = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "serve", "--port", "0"),
            cwd=ROOT,
            env=os.environ
            | {
                "PARTNERGRAPH_DATA_DIR": str(deployment),
                "PARTNERGRAPH_WEBHOOK_NETWORKS": "127.0.0.0/8,::1/128",
                "SSL_CERT_FILE": str(certificate),
            },
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(60):
                await two.wait()
        finally:
            serving.kill()
            await serving.wait()
        # Received, and nobody noted it.
        cut_off = list(receiver.ids)
        assert await count_rows(url, "webhook_attempt") == 0

        receiver.answer = lambda _: "200 OK"
        secret = (deployment / "secret").read_bytes()
        assert await apart(deliver, url, secret, tls().certificate) == EVENTS
    assert len(set(receiver.ids)) == EVENTS
    assert sorted(receiver.ids[2:]) == sorted(set(receiver.ids))
    assert set(cut_off) < set(receiver.ids[2:])
