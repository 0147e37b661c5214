"""`quoteClient`: price, trial, first charge and slots, before anything else is known."""

from datetime import UTC, datetime
from typing import Any

from app.auth.actor import PUBLIC, Actor
from app.persistence.models import SubscriptionTerm
from tests.api.calls import Api, global_id, unknown_id
from tests.api.database_digest import digest
from tests.clients import add_template, leave_slots
from tests.world import World

QUOTE = """query($start: ClientStart!, $size: ClientSize!, $partnerId: ID,
    $interval: BillingInterval! = MONTH) {
    quoteClient(start: $start, size: $size, partnerId: $partnerId, interval: $interval) {
        userErrors { code message field } slotsAvailable slotsAfter
        quote { planCode bracket price { amount currencyCode } trialDays billingStartsAt
            firstCharge { amount { amount } startsAt endsAt days fullDays } }
    }
}"""


async def quote(api: Api, actor: Actor, **given: Any) -> dict[str, Any]:
    before = await digest(api.world.database)
    variables = {"start": {"planCode": "FULL_FEATURE"}, "size": {"employeeCount": 42}, **given}
    told = (await api.data(actor, QUOTE, **variables))["quoteClient"]
    assert await digest(api.world.database) == before
    problems = told.pop("userErrors")
    assert all(problem["message"].endswith(".") for problem in problems)
    told["problems"] = [(problem["code"], problem["field"]) for problem in problems]
    return told


async def test_the_rest_of_the_month_is_charged_first(api: Api, world: World):
    world.clock.at = datetime(2026, 3, 16, 23, 30, tzinfo=UTC)  # The 17th in Berlin.
    told = await quote(api, world.acme.as_admin())
    assert told["problems"] == []
    assert told["quote"] == {
        "planCode": "FULL_FEATURE",
        "bracket": "11-50",
        "price": {"amount": "200.00", "currencyCode": "USD"},
        "trialDays": 0,
        "billingStartsAt": "2026-03-16T23:30:00Z",
        "firstCharge": {
            "amount": {"amount": "96.77"},
            "startsAt": "2026-03-16T23:30:00Z",
            "endsAt": "2026-03-31T22:00:00Z",
            "days": 15,
            "fullDays": 31,
        },
    }
    year = (await quote(api, world.acme.as_admin(), interval="YEAR"))["quote"]
    assert year["firstCharge"]["amount"] == {"amount": "2000.00"}
    assert year["firstCharge"]["days"] == year["firstCharge"]["fullDays"] == 365


async def test_what_is_quoted_is_charged(api: Api, world: World):
    admin = world.acme.as_admin()
    quoted = (await quote(api, admin))["quote"]["firstCharge"]
    input = {
        "start": {"planCode": "FULL_FEATURE"},
        "name": "Newco",
        "domain": "newco.example",
        "size": {"employeeCount": 42},
    }
    await api.done(admin, "createClient", "client { id }", input)
    [term] = await SubscriptionTerm.all()
    assert term.amount_minor == round(float(quoted["amount"]["amount"]) * 100)
    assert (term.days, term.full_days) == (quoted["days"], quoted["fullDays"])


async def test_slots_now_and_after(api: Api, world: World):
    template = await add_template(world.acme, plan="ASSESSMENT_ONLY")
    start = {"templateId": global_id(template)}
    told = await quote(api, world.acme.as_advisor(), start=start, size={"bracket": "1-10"})
    assert (told["slotsAvailable"], told["slotsAfter"], told["problems"]) == (2, 1, [])
    assert told["quote"]["firstCharge"] is told["quote"]["price"] is None
    free = await quote(api, world.acme.as_admin(), start={"planCode": "FREE"})
    assert (free["slotsAvailable"], free["slotsAfter"]) == (2, 2)
    await leave_slots(world.acme, 0)
    told = await quote(api, world.acme.as_admin(), start=start)
    assert (told["slotsAvailable"], told["slotsAfter"]) == (0, None)
    assert told["problems"] == [("NO_SLOTS_AVAILABLE", ["start"])]


async def test_problems_are_those_of_creating(api: Api, world: World):
    acme = world.acme
    for actor, given, problem in [
        (acme.as_admin(), {"start": {}}, ("REQUIRED", ["start"])),
        (acme.as_admin(), {"size": {"employeeCount": 0}}, ("INVALID", ["size", "employeeCount"])),
        (
            acme.as_admin(),
            {"start": {"templateId": unknown_id("ClientTemplate")}},
            ("NOT_FOUND", ["start", "templateId"]),
        ),
        (world.as_vendor(), {}, ("REQUIRED", ["partnerId"])),
        (
            world.rival.as_admin(),
            {"partnerId": global_id(acme.partner)},
            ("NOT_FOUND", ["partnerId"]),
        ),
    ]:
        told = await quote(api, actor, **given)
        assert told["problems"] == [problem]
    for actor, code in [
        (PUBLIC, "UNAUTHENTICATED"),
        (acme.as_client_user(), "FORBIDDEN"),
        (world.as_analyst(), "FORBIDDEN"),
    ]:
        variables = {"start": {"planCode": "FREE"}, "size": {"employeeCount": 42}}
        assert await api.error(actor, QUOTE, **variables) == code
