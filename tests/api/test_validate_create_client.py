"""`validateCreateClient`: what a wizard is told at each step, with nothing written."""

from typing import Any

from app.auth.actor import PUBLIC
from tests.api.calls import Api, global_id
from tests.api.database_digest import digest
from tests.clients import add_advisor, leave_slots
from tests.world import World

CHECK = """query($input: ClientDraftInput!, $step: CreateClientStep) {
    validateCreateClient(input: $input, step: $step) {
        valid userErrors { code message field } slotsAvailable
        quote { planCode bracket interval price { amount currencyCode } trialDays billingStartsAt
            takesSlot }
    }
}"""


def wizard(**changes: Any) -> dict[str, Any]:
    """An input with which all is well, but for the changes."""
    return {
        "idempotencyKey": "wizard",
        "start": {"planCode": "FREE"},
        "name": "Newco",
        "domain": "newco.example",
        "size": {"employeeCount": 42},
        **changes,
    }


async def check(
    api: Api, actor: Any, input: dict[str, Any], step: str | None = None
) -> dict[str, Any]:
    before = await digest(api.world.database)
    told = (await api.data(actor, CHECK, input=input, step=step))["validateCreateClient"]
    assert await digest(api.world.database) == before
    told["problems"] = api.read("validateCreateClient", told.pop("userErrors"))
    assert told["valid"] is (not told["problems"])
    return told


async def test_all_is_well(api: Api, world: World):
    for actor in (world.acme.as_admin(), world.acme.as_advisor(), world.acme.as_app()):
        assert await check(api, actor, wizard()) == {
            "valid": True,
            "problems": [],
            "slotsAvailable": 2,
            "quote": {
                "planCode": "FREE",
                "bracket": "11-50",
                "interval": "MONTH",
                "price": None,
                "trialDays": 0,
                "billingStartsAt": None,
                "takesSlot": False,
            },
        }


async def test_what_a_licence_would_cost(api: Api, world: World):
    input = wizard(start={"planCode": "FULL_FEATURE"}, size={"bracket": "51-200"}, interval="YEAR")
    told = await check(api, world.acme.as_admin(), input)
    assert told["quote"] == {
        "planCode": "FULL_FEATURE",
        "bracket": "51-200",
        "interval": "YEAR",
        "price": {"amount": "3000.00", "currencyCode": "USD"},
        "trialDays": 0,
        "billingStartsAt": "2026-03-02T09:30:00Z",
        "takesSlot": False,
    }


async def test_all_steps_tell_all_that_is_wrong(api: Api, world: World):
    await leave_slots(world.acme, 0)
    input = wizard(
        start={"planCode": "ASSESSMENT_ONLY"},
        name=" ",
        domain="client.example",
        size={"employeeCount": 0},
        advisorIds=[global_id(world.acme.advisor), global_id(world.rival.advisor)],
        users=[{"name": "", "email": "a@b.example"}],
    )
    told = await check(api, world.acme.as_admin(), input)
    assert not told["valid"]
    assert set(told["problems"]) == {
        ("NO_SLOTS_AVAILABLE", ("start",)),
        ("REQUIRED", ("name",)),
        ("DOMAIN_TAKEN", ("domain",)),
        ("INVALID", ("size", "employeeCount")),
        ("UNKNOWN_ADVISOR", ("advisorIds", "1")),
        ("REQUIRED", ("users", "0", "name")),
    }
    assert (told["quote"], told["slotsAvailable"]) == (None, 0)
    for step, count in [("PLAN", 1), ("DETAILS", 4), ("USERS", 1)]:
        of_step = await check(api, world.acme.as_admin(), input, step)
        assert len(of_step["problems"]) == count
        assert set(of_step["problems"]) < set(told["problems"])


async def test_a_step_alone_is_fine_while_others_are_not(api: Api, world: World):
    input = wizard(name="", domain="", size={"employeeCount": 0})
    told = await check(api, world.acme.as_admin(), input, "PLAN")
    assert told["valid"] and told["slotsAvailable"] == 2


async def test_the_vendor_names_the_partner(api: Api, world: World):
    told = await check(api, world.as_vendor(), wizard())
    assert told["problems"] == [("REQUIRED", ("partnerId",))]
    assert told["quote"] is told["slotsAvailable"] is None
    acme = global_id(world.acme.partner)
    assert (await check(api, world.as_vendor(), wizard(partnerId=acme)))["valid"]
    told = await check(api, world.rival.as_admin(), wizard(partnerId=acme))
    assert told["problems"] == [("NOT_FOUND", ("partnerId",))]


async def test_an_invited_advisor_cannot_be_named(api: Api, world: World):
    invited = await add_advisor(world.acme, "Ina Invited", "INVITED")
    told = await check(api, world.acme.as_admin(), wizard(advisorIds=[global_id(invited)]))
    assert told["problems"] == [("UNKNOWN_ADVISOR", ("advisorIds", "0"))]


async def test_only_whoever_may_create_clients_may_check_one(api: Api, world: World):
    for actor, code in [
        (PUBLIC, "UNAUTHENTICATED"),
        (world.acme.as_client_user(), "FORBIDDEN"),
        (world.as_analyst(), "FORBIDDEN"),
    ]:
        assert await api.error(actor, CHECK, input=wizard()) == code


async def test_a_step_alone_needs_nothing_of_the_others(world: World, ask) -> None:
    document = """query($input: ClientDraftInput!, $step: CreateClientStep) {
      validateCreateClient(input: $input, step: $step) { valid userErrors { code field } } }"""
    admin = world.acme.as_admin()

    plan = await ask(admin, document, input={"start": {"planCode": "FREE"}}, step="PLAN")
    assert plan["data"]["validateCreateClient"] == {"valid": True, "userErrors": []}

    users = {"users": [{"name": "Half", "email": "half@"}]}
    typed = await ask(admin, document, input=users, step="USERS")
    assert typed["data"]["validateCreateClient"]["userErrors"] == [
        {"code": "INVALID", "field": ["users", "0", "email"]}
    ]

    empty = await ask(admin, document, input={})
    assert [e["field"] for e in empty["data"]["validateCreateClient"]["userErrors"]] == [
        ["start"],
        ["name"],
        ["domain"],
        ["size"],
    ]
