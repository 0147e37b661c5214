"""What createClient refuses: each with its code and field, and nothing written."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.domain.clients import NewClientUser
from app.domain.errors import ErrorCode, Refused
from app.domain.plans import PlanCode
from app.persistence.models import AdvisorAssignment, ContentVersion, Partner, PriceBook
from app.services.clients.create_client import CreateClient, create_client
from tests.clients import (
    USER,
    add_advisor,
    add_item,
    add_template,
    add_version,
    created,
    leave_slots,
    new_client,
)
from tests.refusals import everything, refused
from tests.world import World


async def as_admin(world: World, input: CreateClient) -> None:
    await create_client(world.caller(world.acme.as_admin()), input)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"plan_code": None}, ErrorCode.REQUIRED, "start"),
        ({"name": "  "}, ErrorCode.REQUIRED, "name"),
        ({"name": "x" * 201}, ErrorCode.TOO_LONG, "name"),
        ({"domain": "no domain"}, ErrorCode.INVALID, "domain"),
        ({"domain": "localhost"}, ErrorCode.INVALID, "domain"),
        ({"employee_count": None}, ErrorCode.REQUIRED, "size"),
        ({"bracket_code": "1-10"}, ErrorCode.REQUIRED, "size"),
        ({"employee_count": 0}, ErrorCode.INVALID, "size.employeeCount"),
        (
            {"employee_count": None, "bracket_code": "3-4"},
            ErrorCode.INVALID,
            "size.bracket",
        ),
        (
            {"employee_count": None, "bracket_code": "1\0"},
            ErrorCode.INVALID,
            "size.bracket",
        ),
        ({"users": (NewClientUser("A", "a"),)}, ErrorCode.INVALID, "users.0.email"),
        ({"users": (USER, NewClientUser("", "a@b.example"))}, ErrorCode.REQUIRED, "users.1.name"),
        ({"idempotency_key": ""}, ErrorCode.INVALID, "idempotencyKey"),
    ],
)
async def test_wrong_values(
    world: World, changes: dict[str, object], code: ErrorCode, field: str
) -> None:
    async with refused(code, *field.split(".")):
        await as_admin(world, new_client(**changes))


async def test_an_advisor_does_not_create_a_client_that_they_would_not_see(world: World) -> None:
    acme = world.acme
    for named in ((), (acme.admin.id,)):
        async with refused(ErrorCode.INVALID, "advisorIds"):
            await create_client(world.caller(acme.as_advisor()), new_client(advisor_ids=named))

    both = new_client(advisor_ids=(acme.admin.id, acme.advisor.id))
    ids = await create_client(world.caller(acme.as_advisor()), both)
    assignments = await AdvisorAssignment.filter(client_id=ids["client"])
    assert {each.advisor_id for each in assignments} == {acme.admin.id, acme.advisor.id}


async def test_the_problems_of_all_steps_are_told_at_once(world: World) -> None:
    input = new_client(
        plan_code=None, name="", domain="x", employee_count=-1, users=(NewClientUser("", ""),)
    )
    with pytest.raises(Refused) as caught:
        await as_admin(world, input)
    assert [".".join(problem.field) for problem in caught.value.problems] == [
        "start",
        "name",
        "domain",
        "size.employeeCount",
        "users.0.name",
        "users.0.email",
    ]


async def test_a_plan_that_the_template_does_not_have(world: World) -> None:
    template = await add_template(world.acme, plan=PlanCode.ASSESSMENT_ONLY)
    async with refused(ErrorCode.PLAN_CONFLICT, "start", "planCode"):
        await as_admin(world, new_client(plan_code=PlanCode.FREE, template_id=template.id))


async def test_no_slot_left(world: World) -> None:
    await leave_slots(world.acme, 0)
    async with refused(ErrorCode.NO_SLOTS_AVAILABLE, "start"):
        await as_admin(world, new_client(plan_code=PlanCode.ASSESSMENT_ONLY, users=(USER,)))


async def test_no_slot_left_for_a_template(world: World) -> None:
    await leave_slots(world.acme, 0)
    template = await add_template(world.acme, plan=PlanCode.ASSESSMENT_ONLY)
    async with refused(ErrorCode.NO_SLOTS_AVAILABLE, "start"):
        await as_admin(world, new_client(plan_code=None, template_id=template.id))


async def test_no_price_in_the_currency(world: World) -> None:
    await Partner.filter(id=world.acme.partner.id).update(currency_code="CHF")
    async with refused(ErrorCode.NO_PRICE, "size"):
        await as_admin(world, new_client(plan_code=PlanCode.FULL_FEATURE))


async def test_no_price_before_the_first_price_book(world: World) -> None:
    await PriceBook.all().update(effective_from=world.clock.now().replace(year=2030))
    async with refused(ErrorCode.NO_PRICE, "size"):
        await as_admin(world, new_client(plan_code=PlanCode.FULL_FEATURE))


@pytest.mark.parametrize("domain", ["newco.example", "HTTPS://www.NEWCO.example/x"])
async def test_a_domain_that_the_partner_has(world: World, domain: str) -> None:
    await created(world, world.acme)
    async with refused(ErrorCode.DOMAIN_TAKEN, "domain"):
        await as_admin(world, new_client(domain=domain))


async def test_a_domain_of_a_client_that_the_advisor_does_not_see(world: World) -> None:
    await created(world, world.acme, advisor_ids=())
    async with refused(ErrorCode.DOMAIN_TAKEN, "domain"):
        await create_client(world.caller(world.acme.as_advisor()), new_client())


async def test_advisors_who_are_not_of_the_team_all_get_one_answer(world: World) -> None:
    invited = await add_advisor(world.acme, "Ina Invited", status="INVITED")
    revoked = await add_advisor(world.acme, "Rob Revoked", status="REVOKED")
    ids = (world.acme.advisor.id, world.rival.advisor.id, uuid4(), invited.id, revoked.id)

    with pytest.raises(Refused) as caught:
        await as_admin(world, new_client(advisor_ids=ids))

    problems = caught.value.problems
    assert [problem.field for problem in problems] == [
        ("advisorIds", str(position)) for position in (1, 2, 3, 4)
    ]
    assert {problem.code for problem in problems} == {ErrorCode.UNKNOWN_ADVISOR}
    assert len({problem.message for problem in problems}) == 1


async def test_a_rivals_advisor_writes_nothing(world: World) -> None:
    async with refused(ErrorCode.UNKNOWN_ADVISOR, "advisorIds", "0"):
        await as_admin(world, new_client(advisor_ids=(world.rival.advisor.id,)))


async def test_too_many_advisors(world: World) -> None:
    async with refused(ErrorCode.INVALID, "advisorIds"):
        await as_admin(world, new_client(advisor_ids=tuple(uuid4() for _ in range(101))))


async def test_a_template_that_is_missing_or_a_rivals(world: World) -> None:
    theirs = await add_template(world.rival)
    for id in (theirs.id, uuid4()):
        async with refused(ErrorCode.NOT_FOUND, "start", "templateId"):
            await as_admin(world, new_client(plan_code=None, template_id=id))
        async with refused(ErrorCode.NOT_FOUND, "start", "templateId"):
            await as_admin(world, new_client(template_id=id))


async def test_the_vendor_uses_no_template_of_another_partner(world: World) -> None:
    theirs = await add_template(world.rival)
    input = new_client(plan_code=None, template_id=theirs.id, partner_id=world.acme.partner.id)
    async with refused(ErrorCode.NOT_FOUND, "start", "templateId"):
        await create_client(world.caller(world.as_vendor()), input)


async def test_a_retired_template(world: World) -> None:
    template = await add_template(world.acme, status="RETIRED")
    async with refused(ErrorCode.TEMPLATE_RETIRED, "start", "templateId"):
        await as_admin(world, new_client(plan_code=None, template_id=template.id))


async def test_retired_and_unpublished_content(world: World) -> None:
    retired = await add_version(await add_item(world.acme.library, "Old rules"), 1, "RETIRED")
    draft = await add_item(world.acme.library, "New rules")
    await add_version(draft, 1, "DRAFT")
    empty = await add_item(world.acme.library, "Empty")
    template = await add_template(world.acme, retired, draft, empty)
    before = await everything()

    with pytest.raises(Refused) as caught:
        await as_admin(world, new_client(plan_code=None, template_id=template.id))

    problems = caught.value.problems
    assert [(problem.code, problem.field) for problem in problems] == [
        (ErrorCode.CONTENT_RETIRED, ("start", "templateId")),
        (ErrorCode.CONTENT_NOT_PUBLISHED, ("start", "templateId")),
        (ErrorCode.CONTENT_NOT_PUBLISHED, ("start", "templateId")),
    ]
    assert "Old rules" in problems[0].message
    assert await everything() == before


async def test_an_adopted_version_that_was_retired(world: World) -> None:
    adopted = await add_item(
        world.acme.library,
        "Adopted",
        adopted_item=world.open_item,
        adopted_version=world.open_version,
    )
    template = await add_template(world.acme, adopted)
    await ContentVersion.filter(id=world.open_version.id).update(
        status="RETIRED", retired_at=world.clock.now()
    )
    await add_version(world.open_item, 2)

    async with refused(ErrorCode.CONTENT_RETIRED, "start", "templateId"):
        await as_admin(world, new_client(plan_code=None, template_id=template.id))


@pytest.mark.parametrize("status", ["APPLIED", "SUSPENDED", "CLOSED", "REJECTED"])
async def test_a_partner_that_is_not_active(world: World, status: str) -> None:
    await Partner.filter(id=world.acme.partner.id).update(status=status)
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE, "partnerId"):
        await as_admin(world, new_client())


async def test_the_vendor_must_name_a_partner(world: World) -> None:
    vendor = world.caller(world.as_vendor())
    async with refused(ErrorCode.REQUIRED, "partnerId"):
        await create_client(vendor, new_client())
    async with refused(ErrorCode.NOT_FOUND, "partnerId"):
        await create_client(vendor, new_client(partner_id=uuid4()))


async def test_a_partner_does_not_act_for_another(world: World) -> None:
    for actor in (world.acme.as_admin(), world.acme.as_advisor(), world.acme.as_app()):
        async with refused(ErrorCode.NOT_FOUND, "partnerId"):
            await create_client(world.caller(actor), new_client(partner_id=world.rival.partner.id))


async def test_a_key_that_was_used_for_another_client(world: World) -> None:
    input = new_client()
    await as_admin(world, input)
    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey"):
        await as_admin(world, replace(input, domain="other.example"))


async def test_the_key_of_a_refused_call_may_be_used_again(world: World) -> None:
    input = new_client(name="")
    async with refused(ErrorCode.REQUIRED, "name"):
        await as_admin(world, input)
    await as_admin(world, replace(input, name="Newco"))
