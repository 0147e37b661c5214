"""Webhooks in the API: who may have which, what is refused, and what the log shows."""

from typing import Any

import pytest
from standardwebhooks import Webhook

from app.auth.actor import PUBLIC
from app.auth.webhook_secrets import WebhookSecrets
from app.domain.identity import Scope
from app.domain.webhook_signing import secret_text
from app.events import cursors
from app.persistence.models import Event, Vendor, WebhookDelivery, WebhookEndpoint
from tests.api.calls import Api, global_id, unknown_id
from tests.api.ladder import publish_events
from tests.contract.webhook_rows import delivery, endpoint
from tests.execute import SECRET
from tests.world import LONG_AGO, World

URL = "https://hooks.example/a"
MADE = "webhookEndpoint { id url description types status partner { slug } } secret"
LIST = "{ webhookEndpoints { totalCount nodes { id url } } }"
LOG = """query($id: ID!) { node(id: $id) { id ... on WebhookEndpoint {
    counts { pending dead }
    deliveries { nodes { type status attemptCount replay event { id } attempts { error } } }
} } }"""


async def create(api: Api, actor: Any, **values: Any) -> dict[str, Any]:
    return await api.done(actor, "createWebhookEndpoint", MADE, {"url": URL, **values})


async def test_an_endpoint_is_made_with_its_secret(api: Api, world: World) -> None:
    admin = world.acme.as_admin()
    types = ["TIER_CHANGED", "CLIENT_CREATED", "TIER_CHANGED"]
    made = await create(api, admin, url="https://Hooks.example", description=" CRM ", types=types)
    row = await WebhookEndpoint.get()
    assert made["webhookEndpoint"] == {
        "id": global_id(row),
        "url": "https://hooks.example/",
        "description": "CRM",
        "types": ["CLIENT_CREATED", "TIER_CHANGED"],
        "status": "ENABLED",
        "partner": {"slug": "acme"},
    }
    assert made["secret"] == secret_text(WebhookSecrets(SECRET).key(row.id, row.secret_version))
    Webhook(made["secret"])
    event = await Event.get(type="WEBHOOK_ENDPOINT_CREATED")
    assert event.data == {"description": "CRM", "types": ["CLIENT_CREATED", "TIER_CHANGED"]}
    assert (event.subject_id, event.partner_id) == (row.id, world.acme.partner.id)


async def test_the_vendor_has_its_own_and_makes_some_for_partners(api: Api, world: World) -> None:
    vendor = world.as_vendor()
    own = await create(api, vendor)
    assert own["webhookEndpoint"]["partner"] is None
    assert own["webhookEndpoint"]["types"] is None
    theirs = await create(api, vendor, partnerId=global_id(world.rival.partner))
    assert theirs["webhookEndpoint"]["partner"] == {"slug": "rival"}


async def test_everybody_sees_their_own(api: Api, world: World) -> None:
    acme, rival, vendor = world.acme.as_admin(), world.rival.as_admin(), world.as_vendor()
    made = [(await create(api, actor))["webhookEndpoint"]["id"] for actor in (acme, rival, vendor)]
    for actor, count in ((acme, 1), (rival, 1), (vendor, 3), (world.as_analyst(), 3)):
        assert (await api.data(actor, LIST))["webhookEndpoints"]["totalCount"] == count
    app = world.acme.as_app(Scope.EVENTS_READ)
    assert (await api.data(app, LIST))["webhookEndpoints"]["totalCount"] == 1
    for id in made[1:]:
        assert await api.data(acme, LOG, id=id) == {"node": None}
    for actor in (world.acme.as_advisor(), world.acme.as_client_user()):
        assert await api.error(actor, LIST) == "FORBIDDEN"
        assert await api.data(actor, LOG, id=made[0]) == {"node": None}
        nested = "{ viewer { partner { webhookEndpoints { totalCount } } } }"
        partner = (await api.data(actor, nested))["viewer"]["partner"]
        assert partner == {"webhookEndpoints": {"totalCount": 0}}
    assert await api.error(PUBLIC, LIST) == "UNAUTHENTICATED"
    assert await api.error(world.acme.as_app(Scope.CLIENTS_READ), LIST) == "FORBIDDEN"


INPUTS: dict[str, dict[str, Any]] = {
    "createWebhookEndpoint": {"url": URL},
    "updateWebhookEndpoint": {"endpointId": "endpoint", "enabled": False},
    "rotateWebhookSecret": {"endpointId": "endpoint"},
    "replayWebhook": {"endpointId": "endpoint", "after": cursors.encode(0)},
    "sendTestEvent": {"endpointId": "endpoint"},
    "retryWebhookDelivery": {"deliveryId": "delivery"},
    "removeWebhookEndpoint": {"endpointId": "endpoint"},
}


@pytest.fixture
async def ids(world: World) -> dict[str, str]:
    """An enabled endpoint of acme with a dead delivery."""
    row = endpoint("ours", partner_id=world.acme.partner.id, status="ENABLED", created_at=LONG_AGO)
    await row.save()
    event = await Event.create(
        partner=world.acme.partner,
        type="PARTNER_CREATED",
        subject_id=world.acme.partner.id,
        actor_role="SYSTEM",
        occurred_at=LONG_AGO,
    )
    await publish_events(world)
    dead = delivery(row, event, LONG_AGO)
    await dead.save()
    return {"endpoint": global_id(row), "delivery": global_id(dead), "event": global_id(event)}


@pytest.mark.parametrize("name", INPUTS)
async def test_who_may_not_changes_nothing(
    api: Api, world: World, ids: dict[str, str], name: str
) -> None:
    input = {key: ids.get(value, value) for key, value in INPUTS[name].items()}
    acme = world.acme
    for actor in (acme.as_advisor(), acme.as_client_user(), world.as_analyst()):
        assert await api.rejected(actor, name, input) == "FORBIDDEN"
    reader = acme.as_app(Scope.EVENTS_READ)
    assert await api.rejected(reader, name, input) == "FORBIDDEN"
    assert await api.rejected(PUBLIC, name, input) == "UNAUTHENTICATED"
    # Another partner's are not there.
    key, stranger = next(iter(INPUTS[name])), world.rival.as_admin()
    if name == "createWebhookEndpoint":
        key, input = "partnerId", {**input, "partnerId": global_id(acme.partner)}
    assert await api.refused(stranger, name, input) == [("NOT_FOUND", (key,))]


@pytest.mark.parametrize("name", [name for name in INPUTS if name != "createWebhookEndpoint"])
async def test_what_is_not_there_or_was_removed_is_refused(
    api: Api, world: World, ids: dict[str, str], name: str
) -> None:
    admin, key = world.acme.as_admin(), next(iter(INPUTS[name]))
    input = {key: ids.get(value, value) for key, value in INPUTS[name].items()}
    kind = "WebhookDelivery" if key == "deliveryId" else "WebhookEndpoint"
    for id in (unknown_id(kind), "nonsense"):
        assert await api.refused(admin, name, {**input, key: id}) == [("NOT_FOUND", (key,))]
    if name not in ("updateWebhookEndpoint", "rotateWebhookSecret", "removeWebhookEndpoint"):
        await WebhookEndpoint.all().update(status="DISABLED")
        assert await api.refused(admin, name, input) == [("WRONG_STATE", (key,))]
    await WebhookEndpoint.all().update(status="REMOVED")
    assert await api.refused(admin, name, input) == [("WRONG_STATE", (key,))]


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"url": "http://hooks.example/"}, "INVALID", "url"),
        ({"url": "https://10.0.0.1/"}, "INVALID", "url"),
        ({"url": f"https://hooks.example/{'x' * 2000}"}, "INVALID", "url"),
        ({"description": "x" * 201}, "TOO_LONG", "description"),
    ],
)
async def test_wrong_values_are_refused(
    api: Api, world: World, ids: dict[str, str], values: dict[str, str], code: str, field: str
) -> None:
    admin = world.acme.as_admin()
    new = {"url": URL, **values}
    assert await api.refused(admin, "createWebhookEndpoint", new) == [(code, (field,))]
    change = {"endpointId": ids["endpoint"], **values}
    assert await api.refused(admin, "updateWebhookEndpoint", change) == [(code, (field,))]


async def test_there_is_a_limit_for_each_owner(api: Api, world: World, ids: dict[str, str]) -> None:
    mine = {"partner_id": world.acme.partner.id, "created_at": LONG_AGO}
    await WebhookEndpoint.bulk_create([endpoint(f"{n}", **mine) for n in range(19)])
    admin = world.acme.as_admin()
    full = await api.refused(admin, "createWebhookEndpoint", {"url": URL})
    assert full == [("LIMIT_REACHED", ("partnerId",))]
    await create(api, world.as_vendor())
    await create(api, world.rival.as_admin())
    # One that is removed makes room.
    remove = {"endpointId": ids["endpoint"]}
    await api.done(admin, "removeWebhookEndpoint", "webhookEndpoint { status }", remove)
    await create(api, admin)


async def test_what_is_given_is_changed(api: Api, world: World, ids: dict[str, str]) -> None:
    admin, id = world.acme.as_admin(), ids["endpoint"]
    selection = "webhookEndpoint { url description types status disabledReason failingSince }"
    await WebhookEndpoint.all().update(
        status="DISABLED", disabled_reason="Failed.", failing_since=LONG_AGO
    )

    async def change(**values: Any) -> dict[str, Any]:
        input = {"endpointId": id, **values}
        done = await api.done(admin, "updateWebhookEndpoint", selection, input)
        return done["webhookEndpoint"]

    found = await change(enabled=True, types=[], description="New")
    assert found == {
        "url": "https://hooks.example/ours",
        "description": "New",
        "types": None,
        "status": "ENABLED",
        "disabledReason": None,
        "failingSince": None,
    }
    found = await change(url=URL, types=["TIER_CHANGED"], enabled=False)
    assert (found["url"], found["types"], found["status"]) == (URL, ["TIER_CHANGED"], "DISABLED")
    nothing = await api.refused(admin, "updateWebhookEndpoint", {"endpointId": id})
    assert nothing == [("REQUIRED", ())]
    events = await Event.filter(type="WEBHOOK_ENDPOINT_CHANGED").order_by("id")
    assert [event.data["changed"] for event in events] == [
        ["description", "types", "enabled"],
        ["url", "types", "enabled"],
    ]


async def test_cursors_that_lead_nowhere_are_refused(
    api: Api, world: World, ids: dict[str, str]
) -> None:
    admin, newest = world.acme.as_admin(), (await Event.all().order_by("-sequence").first())
    assert newest and newest.sequence

    async def replay(after: str) -> Any:
        input = {"endpointId": ids["endpoint"], "after": after}
        return await api.refused(admin, "replayWebhook", input)

    for after in ("nonsense", cursors.encode(newest.sequence + 1)):
        assert await replay(after) == [("INVALID", ("after",))]
    await Vendor.all().update(events_deleted_through=1)
    assert await replay(cursors.encode(0)) == [("INVALID", ("after",))]


async def test_the_log_shows_what_was_sent(api: Api, world: World, ids: dict[str, str]) -> None:
    admin, sent = world.acme.as_admin(), {"endpointId": ids["endpoint"]}
    done = await api.done(admin, "sendTestEvent", "webhookDelivery { type status }", sent)
    assert done["webhookDelivery"] == {"type": "WEBHOOK_TEST_SENT", "status": "PENDING"}
    node = (await api.data(admin, LOG, id=ids["endpoint"]))["node"]
    assert node["counts"] == {"pending": 1, "dead": 1}
    test, dead = node["deliveries"]["nodes"]
    assert (test["type"], test["status"]) == ("WEBHOOK_TEST_SENT", "PENDING")
    assert (dead["status"], dead["attemptCount"]) == ("DEAD", 10)
    assert dead["event"] == {"id": ids["event"]}

    retried = {"deliveryId": ids["delivery"]}
    selection = "webhookDelivery { status attemptCount }"
    done = await api.done(admin, "retryWebhookDelivery", selection, retried)
    assert done["webhookDelivery"] == {"status": "PENDING", "attemptCount": 0}


async def test_what_waits_for_a_removed_endpoint_is_dead(
    api: Api, world: World, ids: dict[str, str]
) -> None:
    admin, this = world.acme.as_admin(), {"endpointId": ids["endpoint"]}
    await api.done(admin, "sendTestEvent", "webhookDelivery { id }", this)
    await api.done(admin, "removeWebhookEndpoint", "webhookEndpoint { status }", this)
    assert {row.status for row in await WebhookDelivery.all()} == {"DEAD"}
    assert (await api.data(admin, LIST))["webhookEndpoints"]["totalCount"] == 0
    assert (await api.data(admin, LOG, id=ids["endpoint"]))["node"]["counts"]["dead"] == 2


async def test_a_repeat_gives_the_secret_that_is_in_force(api: Api, world: World) -> None:
    admin, key = world.acme.as_admin(), {"idempotencyKey": "once"}
    made = await create(api, admin, **key)
    rotate = {"endpointId": made["webhookEndpoint"]["id"]}
    rotated = await api.done(admin, "rotateWebhookSecret", MADE, rotate)
    assert rotated["secret"] != made["secret"]
    assert await create(api, admin, **key) == {**made, "secret": rotated["secret"]}
    turn = rotate | {"idempotencyKey": "turn"}
    first = await api.done(admin, "rotateWebhookSecret", MADE, turn)
    second = await api.done(admin, "rotateWebhookSecret", MADE, rotate)
    assert first["secret"] != second["secret"]
    again = await api.done(admin, "rotateWebhookSecret", MADE, turn)
    assert again["secret"] == second["secret"]
    assert await WebhookEndpoint.all().count() == 1
