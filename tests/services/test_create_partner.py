"""createPartner: a team that is complete at once, or nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from app.domain.errors import ErrorCode
from app.domain.partners import BillingModel, PartnerType, PaymentMethod
from app.domain.programs.canonical import program_json
from app.domain.programs.parse import parse_program
from app.persistence.models import (
    Advisor,
    ContentLibrary,
    Partner,
    ProgramVersion,
    Standing,
    TierProgram,
)
from app.programs import load_preset
from app.services.partners.create_partner import CreatePartner, NewAdmin, create_partner
from tests.refusals import audited, everything, outcome, refused, told
from tests.world import World

ZENITH = CreatePartner(
    idempotency_key="key-1",
    name="  Zénith  Conseil ",
    type=PartnerType.VAR,
    currency_code="EUR",
    billing_model=BillingModel.NON_RESELLER,
    payment_method=PaymentMethod.BANK_TRANSFER,
    admin=NewAdmin("Zoé Martin", " Zoe@Zenith.example "),
    domain="https://www.Zenith.example/about",
    referral_rate=Decimal("0.25"),
)


async def create(world: World, input: CreatePartner = ZENITH) -> Partner:
    result = await create_partner(world.caller(world.as_vendor()), input)
    return await Partner.get(id=result["partner"])


async def add_program(
    world: World, key: str, *states: str, types: Sequence[str] = (), days: int = 0
) -> None:
    """A program for these partner types, with a version in each of these states, in `days` days."""
    now = world.clock.now()
    file = {**program_json(parse_program(load_preset("sixclicks"))), "partnerTypes": list(types)}
    program = await TierProgram.create(key=key, name=key, partner_types=list(types), created_at=now)
    for number, state in enumerate(states, start=1):
        await ProgramVersion.create(
            program=program,
            number=number,
            status=state,
            effective_from=now + timedelta(days=days),
            definition={name: value for name, value in file.items() if value != []},
            checksum="",
            created_at=now,
            published_at=None if state == "DRAFT" else now,
        )


async def test_a_partner_starts_active_with_what_was_agreed(world: World) -> None:
    partner = await create(world, replace(ZENITH, manager_id=world.vendor_analyst.id))

    assert (partner.name, partner.name_key, partner.slug) == (
        "Zénith Conseil",
        "zenith conseil",
        "zenith-conseil",
    )
    assert (partner.status, partner.type, partner.domain) == ("ACTIVE", "VAR", "zenith.example")
    assert (partner.currency_code, partner.referral_rate) == ("EUR", Decimal("0.25"))
    assert (partner.billing_model, partner.payment_method) == ("NON_RESELLER", "BANK_TRANSFER")
    assert partner.manager_id == world.vendor_analyst.id
    assert partner.created_at == world.clock.now()


async def test_its_first_admin_is_invited_and_its_library_is_there(world: World) -> None:
    partner = await create(world)

    admin = await Advisor.get(partner_id=partner.id)
    assert (admin.name, admin.email) == ("Zoé Martin", "zoe@zenith.example")
    assert (admin.role, admin.status, admin.active_from) == ("PARTNER_ADMIN", "INVITED", None)
    library = await ContentLibrary.get(partner_id=partner.id)
    assert library.kind == "EXCLUSIVE"


async def test_it_is_enrolled_in_the_programs_for_its_type(world: World) -> None:
    now = world.clock.now()
    for key, types in [("all", []), ("var", ["MSP", "VAR"]), ("msp", ["MSP"])]:
        await add_program(world, key, "SUPERSEDED", "PUBLISHED", "DRAFT", types=types)

    partner = await create(world)

    standings = await Standing.filter(partner_id=partner.id).select_related("program")
    assert {standing.program.key for standing in standings} == {"all", "var"}
    assert all(s.tier_id is None and s.tier_rank == 0 and s.since == now for s in standings)


async def test_it_is_not_enrolled_in_a_program_that_is_not_in_force(world: World) -> None:
    await add_program(world, "plans", "DRAFT")
    await add_program(world, "coming", "PUBLISHED", days=1)
    await add_program(world, "empty")

    partner = await create(world)

    assert not await Standing.exists(partner_id=partner.id)


async def test_what_is_optional_may_be_left_out(world: World) -> None:
    partner = await create(world, replace(ZENITH, domain=None, referral_rate=None))

    assert (partner.domain, partner.referral_rate, partner.manager_id) == (None, None, None)


async def test_names_alike_get_slugs_of_their_own(world: World) -> None:
    slugs = [
        (await create(world, replace(ZENITH, idempotency_key=str(n), name=name))).slug
        for n, name in enumerate(["Acme", "Acmé!", "acme 2", "株式会社", "!!", "!?!"])
    ]

    # The world has a partner with the slug acme.
    assert slugs == ["acme-2", "acme-3", "acme-2-2", "zhushihuishe", "partner", "partner-2"]


async def test_it_is_told_and_audited(world: World) -> None:
    partner = await create(world)

    (event,) = await told("PARTNER_CREATED")
    assert (event.subject_id, event.partner_id) == (partner.id, partner.id)
    assert event.data == {"name": "Zénith Conseil", "slug": "zenith-conseil", "type": "VAR"}
    assert event.actor_id == world.vendor_admin.id
    (invited,) = await told("ADVISOR_INVITED")
    assert invited.partner_id == partner.id
    (entry,) = await audited("createPartner")
    assert (entry.subject_id, entry.partner_id) == (partner.id, partner.id)
    assert entry.input["admin"]["name"] == "Zoé Martin"


async def test_a_repeat_gives_the_same_partner(world: World) -> None:
    first = await create(world)
    before = await everything()

    assert (await create(world)).id == first.id
    assert await everything() == before


async def test_a_key_is_not_used_for_another_partner(world: World) -> None:
    await create(world)

    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey"):
        await create(world, replace(ZENITH, name="Another"))


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": " "}, ErrorCode.REQUIRED, ("name",)),
        ({"name": "x" * 201}, ErrorCode.TOO_LONG, ("name",)),
        ({"name": "a\0b"}, ErrorCode.INVALID, ("name",)),
        ({"currency_code": "euro"}, ErrorCode.INVALID, ("currencyCode",)),
        ({"domain": "not a domain"}, ErrorCode.INVALID, ("domain",)),
        ({"domain": ""}, ErrorCode.INVALID, ("domain",)),
        ({"referral_rate": Decimal("1.5")}, ErrorCode.INVALID, ("referralRate",)),
        ({"referral_rate": Decimal("NaN")}, ErrorCode.INVALID, ("referralRate",)),
        ({"admin": NewAdmin("", "a@b.example")}, ErrorCode.REQUIRED, ("admin", "name")),
        ({"admin": NewAdmin("Ada", "nobody")}, ErrorCode.INVALID, ("admin", "email")),
        (
            {"admin": NewAdmin("Ada", "İ" * 130 + "@b.example.co")},
            ErrorCode.TOO_LONG,
            ("admin", "email"),
        ),
        ({"manager_id": uuid4()}, ErrorCode.NOT_FOUND, ("managerId",)),
        ({"idempotency_key": ""}, ErrorCode.INVALID, ("idempotencyKey",)),
    ],
)
async def test_wrong_input_is_refused(
    world: World, change: dict[str, object], code: ErrorCode, field: tuple[str, ...]
) -> None:
    async with refused(code, *field):
        await create(world, replace(ZENITH, **change))


async def test_a_manager_is_one_of_the_vendors_people(world: World) -> None:
    async with refused(ErrorCode.NOT_FOUND, "managerId"):
        await create(world, replace(ZENITH, manager_id=world.acme.admin.id))


async def test_all_problems_come_at_once(world: World) -> None:
    wrong = replace(ZENITH, name="", currency_code="€", domain="x", manager_id=uuid4())

    result = await outcome(create_partner(world.caller(world.as_vendor()), wrong))

    fields = {problem.field for problem in result.problems}  # type: ignore[union-attr]
    assert fields == {("name",), ("currencyCode",), ("domain",), ("managerId",)}


async def test_partners_of_one_name_at_once_are_all_created(world: World) -> None:
    names = ["Zénith Conseil"] * 4 + ["Zenith-Conseil 2", "Zenith Conseil 3"]
    calls = [
        create(world, replace(ZENITH, idempotency_key=str(number), name=name))
        for number, name in enumerate(names)
    ]
    created = await asyncio.gather(*calls)

    slugs = {partner.slug for partner in created}
    assert len(slugs) == len(names) == len(await told("PARTNER_CREATED"))
    assert {"zenith-conseil", "zenith-conseil-2", "zenith-conseil-3"} <= slugs


async def test_one_call_sent_twice_at_once_creates_one_partner(world: World) -> None:
    first, second = await asyncio.gather(*(create(world) for _ in range(2)))

    assert first.id == second.id
    assert await Partner.filter(slug__startswith="zenith").count() == 1
