"""`upgradeClient`: to a higher plan, once, with a trial the first time."""

import asyncio
from typing import Any
from uuid import uuid4

from app.auth.actor import PUBLIC
from app.persistence.models import Client, Partner, Subscription, Trial
from tests.api.calls import Api, global_id, unknown_id
from tests.clients import leave_slots
from tests.world import World

NAME = "upgradeClient"
SELECTION = """client {
    plan { code } subscription { status payer price { amount } }
    trial { endsAt formerPlan { code } } partner { slots { available } }
}"""


def to(world: World, plan: str, **changes: Any) -> dict[str, Any]:
    return {"clientId": global_id(world.acme.client), "planCode": plan, **changes}


async def upgrade(api: Api, actor: Any, input: dict[str, Any]) -> dict[str, Any]:
    return (await api.done(actor, NAME, SELECTION, input))["client"]


async def test_an_advisor_upgrades_a_client_it_works_in(api: Api, world: World):
    made = await upgrade(api, world.acme.as_advisor(), to(world, "FULL_FEATURE"))
    assert made == {
        "plan": {"code": "FULL_FEATURE"},
        "subscription": {"status": "TRIALING", "payer": "PARTNER", "price": {"amount": "200.00"}},
        "trial": {"endsAt": "2026-03-16T09:30:00Z", "formerPlan": {"code": "FREE"}},
        "partner": {"slots": {"available": 2}},
    }


async def test_by_way_of_the_assessment_plan(api: Api, world: World):
    made = await upgrade(api, world.acme.as_admin(), to(world, "ASSESSMENT_ONLY"))
    assert made["plan"] == {"code": "ASSESSMENT_ONLY"} and made["subscription"] is None
    assert made["partner"]["slots"] == {"available": 1}
    made = await upgrade(api, world.acme.as_app(), to(world, "FULL_FEATURE", interval="YEAR"))
    assert made["trial"]["formerPlan"] == {"code": "ASSESSMENT_ONLY"}
    assert made["subscription"]["price"] == {"amount": "2000.00"}
    assert made["partner"]["slots"] == {"available": 1}


async def test_what_is_wrong_is_told_at_its_field(api: Api, world: World):
    acme = world.acme
    await Client.filter(id=acme.client.id).update(plan_id="ASSESSMENT_ONLY")
    for changes, refusal in [
        ({"planCode": "ASSESSMENT_ONLY"}, ("ALREADY_ON_PLAN", ("planCode",))),
        ({"planCode": "FREE"}, ("DOWNGRADE_NOT_ALLOWED", ("planCode",))),
        ({"clientId": global_id(world.rival.client)}, ("NOT_FOUND", ("clientId",))),
        ({"clientId": unknown_id("Client")}, ("NOT_FOUND", ("clientId",))),
        ({"clientId": "nonsense"}, ("NOT_FOUND", ("clientId",))),
    ]:
        refusals = await api.refused(acme.as_admin(), NAME, to(world, "FULL_FEATURE", **changes))
        assert refusals == [refusal]


async def test_without_a_slot(api: Api, world: World):
    await leave_slots(world.acme, 0)
    refusals = await api.refused(world.acme.as_admin(), NAME, to(world, "ASSESSMENT_ONLY"))
    assert refusals == [("NO_SLOTS_AVAILABLE", ("planCode",))]


async def test_an_archived_client_and_a_suspended_partner(api: Api, world: World):
    acme = world.acme
    await Client.filter(id=acme.client.id).update(status="SUSPENDED")
    refusals = await api.refused(acme.as_admin(), NAME, to(world, "FULL_FEATURE"))
    assert refusals == [("CLIENT_NOT_ACTIVE", ("clientId",))]
    await Client.filter(id=acme.client.id).update(status="ACTIVE")
    await Partner.filter(id=acme.partner.id).update(status="SUSPENDED")
    refusals = await api.refused(acme.as_admin(), NAME, to(world, "FULL_FEATURE"))
    assert refusals == [("PARTNER_NOT_ACTIVE", ("clientId",))]


async def test_whoever_may_not_is_refused(api: Api, world: World):
    input = to(world, "FULL_FEATURE")
    assert await api.rejected(PUBLIC, NAME, input) == "UNAUTHENTICATED"
    assert await api.rejected(world.acme.as_client_user(), NAME, input) == "FORBIDDEN"
    assert await api.rejected(world.as_analyst(), NAME, input) == "FORBIDDEN"
    for actor in (world.rival.as_admin(), world.rival.as_advisor(), world.rival.as_app()):
        assert await api.refused(actor, NAME, input) == [("NOT_FOUND", ("clientId",))]


async def test_of_many_upgrades_at_once_one_is_done(api: Api, world: World):
    document = (
        "mutation($input: UpgradeClientInput!) { upgradeClient(input: $input)"
        " { client { plan { code } } userErrors { code field } } }"
    )
    inputs = [{"idempotencyKey": str(uuid4()), **to(world, "FULL_FEATURE")} for _ in range(5)]
    answers = await asyncio.gather(
        *(api.data(world.acme.as_admin(), document, input=input) for input in inputs)
    )
    payloads = [answer[NAME] for answer in answers]
    done = [payload for payload in payloads if not payload["userErrors"]]
    assert [payload["client"] for payload in done] == [{"plan": {"code": "FULL_FEATURE"}}]
    codes = [error["code"] for payload in payloads for error in payload["userErrors"]]
    assert len(codes) == 4 and set(codes) <= {"ALREADY_ON_PLAN", "CONFLICT"}
    assert await Subscription.all().count() == await Trial.all().count() == 1
