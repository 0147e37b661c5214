"""Webhooks on their way: to receivers on real sockets, signed, again if need be, never too far."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook

from app.auth.actor import Actor
from app.auth.webhook_secrets import WebhookSecrets
from app.domain.clock import SandboxClock
from app.domain.errors import ErrorCode
from app.domain.events import EventType
from app.domain.ids import global_id
from app.domain.webhook_signing import secret_text
from app.events import cursors
from app.events.bus import Bus
from app.events.relay import Relay
from app.events.webhooks.claims import FIRST_REST, LONGEST_REST, InFlight
from app.events.webhooks.dispatcher import WebhookDispatcher
from app.events.webhooks.fan_out import fan_out
from app.events.webhooks.sending import Sender
from app.persistence.models import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.services.webhooks.create_webhook_endpoint import (
    CreateWebhookEndpoint,
    create_webhook_endpoint,
)
from app.services.webhooks.remove_webhook_endpoint import (
    RemoveWebhookEndpoint,
    remove_webhook_endpoint,
)
from app.services.webhooks.replay_webhook import ReplayWebhook, replay_webhook
from app.services.webhooks.retry_webhook_delivery import (
    RetryWebhookDelivery,
    retry_webhook_delivery,
)
from app.services.webhooks.rotate_webhook_secret import RotateWebhookSecret, rotate_webhook_secret
from app.services.webhooks.send_test_event import SendTestEvent, send_test_event
from app.services.webhooks.update_webhook_endpoint import (
    UpdateWebhookEndpoint,
    update_webhook_endpoint,
)
from app.settings import Settings
from tests.conftest import ManualClock
from tests.events import happen, patience, publish_all
from tests.receivers import LOOPBACK, Received, Receiver, receiving, to_loopback, trusting
from tests.refusals import refused, told
from tests.world import Team, World

SECRET = b"the secret of the server in tests"
SCHEDULE = (10, 100)


@pytest.fixture
def clock() -> ManualClock:
    # Receivers compare with their own: the real one, until a test moves it.
    return ManualClock(datetime.now(UTC).replace(microsecond=0))


class Webhooks:
    """A world with a dispatcher at work."""

    def __init__(self, world: World, clock: ManualClock) -> None:
        self.world, self.clock = world, clock
        self.relay = Relay(world.database, Bus())
        self.dispatcher: WebhookDispatcher | None = None

    async def endpoint(
        self, url: str, *types: EventType, actor: Actor | None = None, **values: Any
    ) -> UUID:
        """Make an endpoint, acme's unless an actor is named; what came before is published."""
        await publish_all(self.relay)
        input = CreateWebhookEndpoint(str(uuid4()), url, types=types, **values)
        caller = self.world.caller(actor or self.world.acme.as_admin())
        ids = await create_webhook_endpoint(caller, input, networks=LOOPBACK, most=100)
        return ids["webhook_endpoint"]

    async def happen(self, *teams: Team, **values: Any) -> list[str]:
        """Commit and publish an event for each team; their ids in the API."""
        ids = await happen(self.world, *teams, **values)
        await self.publish()
        return [global_id("Event", id) for id in ids]

    async def publish(self) -> None:
        await publish_all(self.relay)
        if self.dispatcher:
            self.dispatcher.wake()

    def move(self, **by: float) -> None:
        self.clock.advance(**by)
        if self.dispatcher:
            self.dispatcher.wake()

    def key(self, endpoint: WebhookEndpoint) -> str:
        return secret_text(WebhookSecrets(SECRET).key(endpoint.id, endpoint.secret_version))

    @asynccontextmanager
    async def dispatching(self, **settings: Any) -> AsyncIterator[WebhookDispatcher]:
        """Run a dispatcher, as the process that leads does."""
        clock = settings.pop("clock", self.clock)
        given = Settings(webhook_schedule=SCHEDULE, webhook_networks=LOOPBACK, **settings)
        sender = Sender(given.webhook_timeout_seconds, LOOPBACK, to_loopback, trusting())
        database = self.world.database
        made = WebhookDispatcher(database, clock, given, SECRET, sender)
        database.after_commit.append(made.wake)
        running = asyncio.create_task(made.run())
        self.dispatcher = made
        try:
            yield made
        finally:
            database.after_commit.remove(made.wake)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition that may have to ask the database."""
    async with patience():
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.005)


def settled(endpoint: UUID, status: str, count: int = 1) -> Callable[[], Any]:
    async def enough() -> bool:
        return await WebhookDelivery.filter(endpoint_id=endpoint, status=status).count() >= count

    return enough


def attempted(endpoint: UUID, count: int) -> Callable[[], Any]:
    async def enough() -> bool:
        return await WebhookAttempt.filter(delivery__endpoint_id=endpoint).count() >= count

    return enough


@pytest.fixture
def webhooks(world: World, clock: ManualClock) -> Webhooks:
    return Webhooks(world, clock)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


def _kind(request: Received) -> str:
    return request.json["type"]


async def test_what_is_sent_is_verified_by_the_official_library(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    async with webhooks.dispatching():
        [event] = await webhooks.happen(world.acme, client_id=world.acme.client.id)
        await until(settled(id, "DELIVERED"))

    [request] = receiver.received
    endpoint = await WebhookEndpoint.get(id=id)
    body = Webhook(webhooks.key(endpoint)).verify(request.body, request.headers)
    row = await Event.get(type="TIER_CHANGED")
    assert body == {
        "id": event,
        "type": "TIER_CHANGED",
        "timestamp": row.occurred_at.isoformat().replace("+00:00", "Z"),
        "sequence": row.partner_sequence,
        "cursor": cursors.encode(row.sequence),
        "partnerId": global_id("Partner", world.acme.partner.id),
        "clientId": global_id("Client", world.acme.client.id),
        "subjectId": global_id("TierDecision", row.subject_id),
        "data": {"of": "acme"},
    }
    assert request.headers["webhook-id"] == event
    assert request.headers["content-type"] == "application/json"
    delivery = await WebhookDelivery.get(endpoint_id=id)
    assert (delivery.attempts, delivery.next_attempt_at) == (1, None)
    attempt = await WebhookAttempt.get(delivery_id=delivery.id)
    assert (attempt.status_code, attempt.error) == (200, None)


async def test_each_gets_its_own(webhooks: Webhooks, world: World) -> None:
    acme, rival, vendor = world.acme.as_admin(), world.rival.as_admin(), world.as_vendor()
    tier, made = EventType.TIER_CHANGED, EventType.CLIENT_CREATED
    async with AsyncExitStack() as stack:
        receivers = [await stack.enter_async_context(receiving()) for _ in range(4)]
        urls = [each.url() for each in receivers]
        await webhooks.endpoint(urls[0], tier, made, actor=acme)
        await webhooks.endpoint(urls[1], tier, actor=rival)
        await webhooks.endpoint(urls[2], tier, made, actor=vendor)
        await webhooks.endpoint(urls[3], tier, actor=vendor, partner_id=world.acme.partner.id)
        await stack.enter_async_context(webhooks.dispatching())
        ours, theirs = await webhooks.happen(world.acme, world.rival)
        [other] = await webhooks.happen(world.acme, type=made)
        wanted = [{ours, other}, {theirs}, {ours, theirs, other}, {ours}]
        await until(lambda: [set(each.ids) for each in receivers] == wanted)
    assert [len(each.ids) for each in receivers] == [2, 1, 3, 1]


async def test_what_fails_is_tried_again_by_the_schedule(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    receiver.answer = lambda _: "500 Oh\r\nretry-after: 1"
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    async with webhooks.dispatching():
        [event] = await webhooks.happen(world.acme)
        await until(attempted(id, 1))
        waiting = await WebhookDelivery.get(endpoint_id=id)
        pause = waiting.next_attempt_at - webhooks.clock.now()
        assert timedelta(seconds=10) <= pause <= timedelta(seconds=12)
        assert (await WebhookEndpoint.get(id=id)).failing_since == webhooks.clock.now()

        receiver.answer = lambda _: "204 Fine"
        webhooks.move(seconds=12)
        await until(settled(id, "DELIVERED"))
    assert receiver.ids == [event, event]
    assert receiver.received[0].body == receiver.received[1].body
    assert (await WebhookEndpoint.get(id=id)).failing_since is None
    attempts = await WebhookAttempt.all().order_by("at")
    assert [(each.status_code, each.error) for each in attempts] == [
        (500, "The receiver answered 500."),
        (204, None),
    ]


async def test_a_receiver_may_ask_for_more_time(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    receiver.answer = lambda _: "429 Slow\r\nretry-after: 60"
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    async with webhooks.dispatching():
        await webhooks.happen(world.acme)
        await until(attempted(id, 1))
    waiting = await WebhookDelivery.get(endpoint_id=id)
    assert waiting.next_attempt_at - webhooks.clock.now() == timedelta(seconds=60)


async def test_after_the_last_attempt_it_is_dead_until_somebody_retries(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    receiver.answer = lambda _: "503 No"
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    admin = world.caller(world.acme.as_admin())
    async with webhooks.dispatching():
        await webhooks.happen(world.acme)
        for count in (1, 2, 3):
            await until(attempted(id, count))
            webhooks.move(seconds=200)
        await until(settled(id, "DEAD"))
        dead = await WebhookDelivery.get(endpoint_id=id)
        assert (dead.attempts, dead.next_attempt_at) == (3, None)

        receiver.answer = lambda _: "200 OK"
        await retry_webhook_delivery(admin, RetryWebhookDelivery("again", dead.id))
        await until(settled(id, "DELIVERED"))
        async with refused(ErrorCode.WRONG_STATE, "deliveryId"):
            await retry_webhook_delivery(admin, RetryWebhookDelivery("more", dead.id))
    assert len(set(receiver.ids)) == 1 and len(receiver.ids) == 4
    [event] = await told("WEBHOOK_DELIVERY_RETRIED")
    assert event.subject_id == dead.id


async def test_black_holes_hold_up_nobody_else(webhooks: Webhooks, world: World) -> None:
    async with receiving(lambda _: None) as hole, receiving() as fine:
        holes = [
            await webhooks.endpoint(hole.url(f"/{n}"), EventType.TIER_CHANGED) for n in range(4)
        ]
        id = await webhooks.endpoint(fine.url(), EventType.TIER_CHANGED)
        async with webhooks.dispatching(webhook_timeout_seconds=60):
            await webhooks.happen(*[world.acme] * 5)
            await until(settled(id, "DELIVERED", 5))
            # What never answers has its own share under way, and no more.
            await until(lambda: len(hole.received) == 8)
            await webhooks.happen(*[world.acme] * 5)
            await until(settled(id, "DELIVERED", 10))
            assert len(hole.received) == 8
    assert not await WebhookAttempt.filter(delivery__endpoint_id__in=holes).exists()


async def test_what_fails_at_once_does_not_take_the_time_of_others(
    webhooks: Webhooks, world: World
) -> None:
    async with receiving(lambda _: "500 No") as failing, receiving() as fine:
        paths = [f"/{number}" for number in range(4)]
        bad = [await webhooks.endpoint(failing.url(p), EventType.TIER_CHANGED) for p in paths]
        good = await webhooks.endpoint(fine.url(), EventType.TIER_CHANGED)
        await webhooks.happen(*[world.acme] * 30)
        async with webhooks.dispatching():
            await until(settled(good, "DELIVERED", 30))
            # They rest between their attempts, though all 120 are due.
            assert 4 <= len(failing.received) < 50
            # Once one has succeeded there is no more rest.
            failing.answer = lambda _: "200 OK"
            webhooks.move(seconds=12)
            await until(settled(bad[0], "DELIVERED", 10))


def test_a_failing_endpoint_is_tried_one_by_one_and_rests_longer_each_time() -> None:
    in_flight, endpoint, first, second = InFlight(), *(uuid4() for _ in range(3))
    assert in_flight.begin(first, endpoint, failing=True)
    assert not in_flight.begin(second, endpoint, failing=True)
    in_flight.end(first)
    rests = [in_flight.note(endpoint, failed=True) for _ in range(20)]
    assert rests[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST]
    assert rests[-1] == LONGEST_REST and in_flight.resting == [endpoint]
    assert in_flight.note(endpoint, failed=False) == 0
    assert in_flight.resting == []
    assert in_flight.note(endpoint, failed=True) == FIRST_REST


async def test_an_attempt_has_one_deadline(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    receiver.answer = lambda _: None
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    async with webhooks.dispatching(webhook_timeout_seconds=1):
        await webhooks.happen(world.acme)
        await until(attempted(id, 1))
    assert (await WebhookAttempt.all().first()).error == "No answer within 1 seconds."


async def test_redirects_are_not_followed(webhooks: Webhooks, world: World) -> None:
    async with receiving() as other:
        async with receiving(lambda _: f"307 There\r\nlocation: {other.url()}") as receiver:
            id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
            async with webhooks.dispatching():
                await webhooks.happen(world.acme)
                await until(attempted(id, 1))
        assert other.connections == 0
    assert (await WebhookAttempt.all().first()).error == "The receiver answered 307."


async def test_a_certificate_has_to_fit_the_name(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    id = await webhooks.endpoint(receiver.url(host="other.example"), EventType.TIER_CHANGED)
    async with webhooks.dispatching():
        await webhooks.happen(world.acme)
        await until(attempted(id, 1))
    attempt = await WebhookAttempt.all().first()
    assert attempt.error == "The TLS connection failed: check the host's certificate."
    assert receiver.received == []


async def test_what_says_it_is_gone_is_disabled(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    receiver.answer = lambda _: "410 Gone"
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED, description="Ours")
    async with webhooks.dispatching():
        await webhooks.happen(world.acme)
        await until(attempted(id, 1))
        endpoint = await WebhookEndpoint.get(id=id)
        assert endpoint.status == "DISABLED" and "410" in endpoint.disabled_reason
        [event] = await told("WEBHOOK_ENDPOINT_DISABLED")
        assert event.data == {"description": "Ours", "reason": endpoint.disabled_reason}
        assert (event.actor_role, event.partner_id) == ("SYSTEM", world.acme.partner.id)

        # Enabled again it goes on where it stopped, with what happened meanwhile.
        receiver.answer = lambda _: "200 OK"
        await webhooks.happen(world.acme)
        webhooks.move(seconds=12)
        assert await WebhookDelivery.filter(endpoint_id=id).count() == 1
        input = UpdateWebhookEndpoint("on", id, enabled=True)
        await update_webhook_endpoint(world.caller(world.acme.as_admin()), input, networks=LOOPBACK)
        await until(settled(id, "DELIVERED", 2))


async def test_webhooks_go_by_real_time_and_events_by_that_of_the_service(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    receiver.answer = lambda _: "410 Gone"
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    ahead = SandboxClock(webhooks.clock, offset_seconds=400 * 86_400)
    async with webhooks.dispatching(clock=ahead):
        await webhooks.happen(world.acme)
        await until(attempted(id, 1))
    [request] = receiver.received
    Webhook(webhooks.key(await WebhookEndpoint.get(id=id))).verify(request.body, request.headers)
    now = webhooks.clock.now()
    assert (await WebhookAttempt.get()).at == now
    assert (await WebhookDelivery.get()).next_attempt_at < now + timedelta(seconds=13)
    [event] = await told("WEBHOOK_ENDPOINT_DISABLED")
    assert event.occurred_at == now + timedelta(days=400)


async def test_what_fails_for_days_is_disabled(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    receiver.answer = lambda _: "500 No"
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    async with webhooks.dispatching(webhook_disable_days=2):
        await webhooks.happen(world.acme)
        await until(attempted(id, 1))
        webhooks.move(days=1)
        await until(attempted(id, 2))
        assert (await WebhookEndpoint.get(id=id)).status == "ENABLED"
        webhooks.move(days=1)
        await until(attempted(id, 3))
    endpoint = await WebhookEndpoint.get(id=id)
    assert endpoint.status == "DISABLED" and "2 days" in endpoint.disabled_reason


async def test_both_secrets_sign_for_a_while(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    former = webhooks.key(await WebhookEndpoint.get(id=id))
    admin = world.caller(world.acme.as_admin())
    input = RotateWebhookSecret("other", id)
    await rotate_webhook_secret(admin, input, overlap=timedelta(hours=24))
    present = webhooks.key(await WebhookEndpoint.get(id=id))
    assert present != former
    async with webhooks.dispatching():
        await webhooks.happen(world.acme)
        await until(settled(id, "DELIVERED"))
        [first] = receiver.received
        for key in (former, present):
            Webhook(key).verify(first.body, first.headers)

        webhooks.move(hours=24)
        await webhooks.happen(world.acme)
        await until(settled(id, "DELIVERED", 2))
    assert first.headers["webhook-signature"].count("v1,") == 2
    assert receiver.received[1].headers["webhook-signature"].count("v1,") == 1


async def test_a_replay_sends_everything_behind_a_cursor_again(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    admin = world.caller(world.acme.as_admin())
    async with webhooks.dispatching():
        events = await webhooks.happen(*[world.acme] * 5)
        await until(settled(id, "DELIVERED", 5))
        sent = sorted(receiver.received, key=lambda each: each.json["sequence"])
        after = sent[1].json["cursor"]
        receiver.received.clear()
        await replay_webhook(admin, ReplayWebhook("again", id, after))
        await until(settled(id, "DELIVERED", 8))
    assert set(receiver.ids) == set(events[2:])
    assert await WebhookDelivery.filter(round=1).count() == 3
    [event] = await told("WEBHOOK_REPLAYED")
    assert event.data["after"] == after


async def test_a_test_goes_to_its_endpoint_alone(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    id = await webhooks.endpoint(receiver.url("/this"), EventType.CLIENT_CREATED)
    await webhooks.endpoint(receiver.url("/all"), *EventType)
    async with webhooks.dispatching():
        admin = world.caller(world.acme.as_admin())
        await send_test_event(admin, SendTestEvent("test", id))
        await webhooks.publish()
        await until(settled(id, "DELIVERED"))
        await webhooks.happen(world.acme)
        await until(lambda: "TIER_CHANGED" in map(_kind, receiver.received))
    tests = [each for each in receiver.received if _kind(each) == "WEBHOOK_TEST_SENT"]
    assert [each.path for each in tests] == ["/this"]
    assert tests[0].json["subjectId"] == global_id("WebhookEndpoint", id)
    assert tests[0].json["cursor"]


async def test_a_test_does_not_wait_for_a_backlog(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    id = await webhooks.endpoint(receiver.url())
    await webhooks.happen(*[world.acme] * 12)
    # Nothing is sent yet, but all of it waits, and has for a while.
    await fan_out(world.database, webhooks.clock.now() - timedelta(hours=1))
    assert await WebhookDelivery.filter(endpoint_id=id, status="PENDING").count() > 12
    admin = world.caller(world.acme.as_admin())
    await send_test_event(admin, SendTestEvent("test", id))
    await webhooks.publish()
    async with webhooks.dispatching():
        await until(lambda: len(receiver.received) > 2)
    # Two are under way at once.
    assert "WEBHOOK_TEST_SENT" in map(_kind, receiver.received[:2])


async def test_what_was_cut_off_in_the_middle_is_sent_again(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    receiver.answer = lambda _: None
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    async with webhooks.dispatching():
        [event] = await webhooks.happen(world.acme)
        await until(lambda: receiver.received)
    # It was received, and nobody noted that: as after a kill between the answer and the write.
    assert not await WebhookAttempt.exists()
    receiver.answer = lambda _: "200 OK"
    async with webhooks.dispatching():
        webhooks.move(seconds=31)
        await until(settled(id, "DELIVERED"))
    assert receiver.ids == [event, event]


async def test_two_at_once_leave_nothing_out(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    async with webhooks.dispatching(), webhooks.dispatching():
        events = await webhooks.happen(*[world.acme] * 40)
        await until(settled(id, "DELIVERED", 40))
    assert set(receiver.ids) == set(events)
    # What one has claimed the other leaves alone.
    assert len(receiver.ids) == 40


async def test_nothing_is_sent_to_who_is_suspended_or_removed(
    webhooks: Webhooks, world: World, receiver: Receiver
) -> None:
    acme = world.acme.partner
    id = await webhooks.endpoint(receiver.url(), EventType.TIER_CHANGED)
    removed = await webhooks.endpoint(receiver.url("/removed"), EventType.TIER_CHANGED)
    other = await webhooks.endpoint(
        receiver.url("/rival"), EventType.TIER_CHANGED, actor=world.rival.as_admin()
    )
    await type(acme).filter(id=acme.id).update(status="SUSPENDED")
    async with webhooks.dispatching():
        await webhooks.happen(world.acme)
        await until(settled(removed, "PENDING"))
        input = RemoveWebhookEndpoint("away", removed)
        await remove_webhook_endpoint(world.caller(world.as_vendor()), input)
        await webhooks.happen(world.acme, world.rival)
        await until(settled(other, "DELIVERED"))
        assert {each.path for each in receiver.received} == {"/rival"}
        await type(acme).filter(id=acme.id).update(status="ACTIVE")
        webhooks.dispatcher.wake()
        await until(settled(id, "DELIVERED", 2))
    assert {each.path for each in receiver.received} == {"/rival", "/hooks"}
    assert (await WebhookDelivery.get(endpoint_id=removed)).status == "DEAD"
