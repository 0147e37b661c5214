"""Checking a new client step by step: the answers of createClient, and nothing written."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.auth.actor import Actor
from app.domain.clients import CreateClientStep, NewClientUser
from app.domain.errors import ErrorCode, Refused
from app.domain.money import Money
from app.domain.plans import BillingInterval, PlanCode
from app.persistence.models import Partner
from app.services.clients.check_create_client import CreateClientCheck, check_create_client
from app.services.clients.create_client import CreateClient, create_client
from tests.clients import add_template, created, leave_slots, new_client
from tests.refusals import everything
from tests.world import World

PLAN, DETAILS, USERS = CreateClientStep


async def check(
    world: World,
    input: CreateClient,
    step: CreateClientStep | None = None,
    actor: Actor | None = None,
) -> CreateClientCheck:
    before = await everything()
    caller = world.caller(actor or world.acme.as_admin())
    result = await check_create_client(caller, input, step)
    assert await everything() == before
    return result


def found(result: CreateClientCheck) -> dict[CreateClientStep, list[tuple[str, str]]]:
    return {
        step: [(problem.code, ".".join(problem.field)) for problem in problems]
        for step, problems in result.problems.items()
    }


async def test_a_good_client(world: World) -> None:
    result = await check(world, new_client(plan_code=PlanCode.ASSESSMENT_ONLY))

    assert found(result) == {PLAN: [], DETAILS: [], USERS: []}
    assert result.offered.slots_available == 2
    assert result.offered.quote
    assert (result.offered.quote.plan, result.offered.quote.takes_slot) == (
        PlanCode.ASSESSMENT_ONLY,
        True,
    )
    assert result.offered.quote.money is None


async def test_the_quote_of_a_subscription(world: World) -> None:
    input = new_client(plan_code=PlanCode.FULL_FEATURE, interval=BillingInterval.YEAR)
    result = await check(world, input, DETAILS)

    assert result.offered.quote
    assert result.offered.quote.money == Money(200_000, "USD")
    assert (result.offered.quote.bracket, result.offered.quote.interval) == ("11-50", "YEAR")
    assert (result.offered.quote.trial_days, result.offered.quote.trial_ends_at) == (0, None)
    assert result.offered.quote.billing_starts_at == world.clock.now()


@pytest.mark.parametrize(
    ("step", "problems"),
    [
        (PLAN, {PLAN: [("REQUIRED", "start")]}),
        (DETAILS, {DETAILS: [("REQUIRED", "name"), ("INVALID", "domain"), ("REQUIRED", "size")]}),
        (USERS, {USERS: [("INVALID", "users.0.email")]}),
    ],
)
async def test_a_step_tells_only_of_itself(
    world: World, step: CreateClientStep, problems: dict[CreateClientStep, list[tuple[str, str]]]
) -> None:
    input = new_client(
        plan_code=None,
        name="",
        domain="x",
        employee_count=None,
        users=(NewClientUser("A", "a"),),
    )
    assert found(await check(world, input, step)) == problems


async def test_no_quote_while_the_size_is_not_known(world: World) -> None:
    result = await check(world, new_client(employee_count=None), PLAN)
    assert (found(result), result.offered.quote) == ({PLAN: []}, None)


async def test_no_slot_left_shows_with_the_plan(world: World) -> None:
    await leave_slots(world.acme, 0)
    result = await check(world, new_client(plan_code=PlanCode.ASSESSMENT_ONLY), PLAN)
    assert found(result) == {PLAN: [("NO_SLOTS_AVAILABLE", "start")]}
    assert result.offered.slots_available == 0


async def test_a_missing_price_shows_with_the_details(world: World) -> None:
    await Partner.filter(id=world.acme.partner.id).update(currency_code="CHF")
    result = await check(world, new_client(plan_code=PlanCode.FULL_FEATURE))
    assert found(result) == {PLAN: [], DETAILS: [("NO_PRICE", "size")], USERS: []}


async def test_another_partner_is_no_partner(world: World) -> None:
    input = new_client(partner_id=world.rival.partner.id, users=(NewClientUser("A", "a"),))
    result = await check(world, input)
    assert found(result) == {
        PLAN: [("NOT_FOUND", "partnerId")],
        DETAILS: [],
        USERS: [("INVALID", "users.0.email")],
    }
    assert (result.offered.quote, result.offered.slots_available) == (None, None)


async def test_an_advisor_is_told_that_they_would_not_see_the_client(world: World) -> None:
    acme = world.acme
    for named, problems in [
        ((), [("INVALID", "advisorIds")]),
        ((acme.admin.id,), [("INVALID", "advisorIds")]),
        ((acme.advisor.id,), []),
        (None, []),
    ]:
        result = await check(world, new_client(advisor_ids=named), DETAILS, acme.as_advisor())
        assert found(result) == {DETAILS: problems}


async def test_it_finds_what_create_client_refuses(world: World) -> None:
    await created(world, world.acme)
    template = await add_template(world.acme, plan=PlanCode.FULL_FEATURE)
    wrong = [
        new_client(),
        new_client(template_id=template.id),
        new_client(template_id=uuid4(), domain="free.example"),
        new_client(domain="free.example", advisor_ids=(world.rival.admin.id,)),
        new_client(name="", domain="", plan_code=None, employee_count=0),
    ]
    for input in wrong:
        checked = await check(world, input)
        with pytest.raises(Refused) as caught:
            await create_client(world.caller(world.acme.as_admin()), input)
        assert caught.value.problems == [
            problem for problems in checked.problems.values() for problem in problems
        ]


async def test_the_key_is_not_looked_at(world: World) -> None:
    result = await check(world, replace(new_client(), idempotency_key=""))
    assert ErrorCode.INVALID not in [code for each in found(result).values() for code, _ in each]
