"""Who would move under another version: the same partners that do, once it is in force."""

from uuid import UUID

import pytest

from app.domain.errors import ErrorCode
from app.domain.ids import new_id
from app.domain.programs.parse import parse_program
from app.domain.programs.problems import ProgramError
from app.domain.programs.program_text import program_yaml
from app.persistence.models import Partner
from app.services.programs.import_program import import_program
from app.services.programs.preview_program import (
    BATCH,
    MOST_EXAMINED,
    Preview,
    PreviewProgram,
    preview_program,
)
from tests.contract.recorded_sql import statements
from tests.refusals import everything, refused
from tests.services.tier_programs import catch_up, certified, program, publish, sale, tell, tier
from tests.world import LONG_AGO, World


def easier(world: World, dollars: int, **more):
    """The ladder with another amount for gold."""
    file = program(world)
    file["tiers"][2]["requirement"]["of"][1]["threshold"] = dollars
    return file | more


async def draft(world: World, file) -> UUID:
    definition = parse_program(file)
    made = await world.database.transaction(
        lambda: import_program(definition, at=world.clock.now(), publish=False)
    )
    return made.version_id


async def preview(world: World, version_id=None, text=None, first=100, after=None) -> Preview:
    caller = world.caller(world.as_vendor())
    return await preview_program(caller, PreviewProgram(version_id, text, first, after))


async def add_partners(count: int) -> list[UUID]:
    rows = [
        Partner(
            id=new_id(),
            name=f"P{number}",
            name_key=f"p{number}",
            slug=f"p{number}",
            type="MSP",
            status="ACTIVE",
            currency_code="USD",
            billing_model="RESELLER",
            payment_method="CARD",
            created_at=LONG_AGO,
        )
        for number in range(count)
    ]
    await Partner.bulk_create(rows)
    return [row.id for row in rows]


def text_of(file) -> str:
    return program_yaml(parse_program(file))


@pytest.fixture
async def ladder(world: World) -> World:
    """Acme is in silver with 6,000 USD sold, its rival in bronze."""
    await publish(world, program(world))
    await tell(world, certified(world), sale(world, 6_000))
    assert await tier(world) == "silver"
    return world


async def test_who_moves_is_who_would(ladder: World):
    world = ladder
    world.clock.advance(hours=1)
    before = await everything()
    file = easier(world, 5_000, effectiveFrom=world.clock.now().isoformat())
    found = await preview(world, text=text_of(file))
    assert await everything() == before
    [mover] = found.movers
    assert mover.partner_id == world.acme.partner.id
    assert (mover.from_tier.key, mover.to_tier.key) == ("silver", "gold")
    assert (found.examined, found.up, found.down, found.more) == (2, 1, 0, False)

    await publish(world, file)
    await catch_up(world)
    assert await tier(world) == "gold"
    assert (await preview(world, text=text_of(file))).movers == []


async def test_a_draft_that_asks_for_more(ladder: World):
    world = ladder
    file = program(world)
    file["tiers"][1]["requirement"] |= {"threshold": 2, "label": "Two people"}
    found = await preview(world, await draft(world, file))
    [mover] = found.movers
    assert (mover.from_tier.key, mover.to_tier.key) == ("silver", "bronze")
    assert (found.up, found.down) == (0, 1)


async def test_a_new_program_takes_partners_in(world: World):
    inactive = world.rival.partner
    await Partner.filter(id=inactive.id).update(status="SUSPENDED")
    found = await preview(world, text=text_of(program(world)))
    assert [each.partner_id for each in found.movers] == [world.acme.partner.id]
    assert (found.movers[0].from_tier, found.movers[0].to_tier.key) == (None, "bronze")
    others = program(world) | {"partnerTypes": ["VAR"]}
    assert (await preview(world, text=text_of(others))).examined == 0


async def test_pages_meet(world: World):
    ids = sorted([world.acme.partner.id, world.rival.partner.id, *await add_partners(BATCH + 40)])
    text, after, seen, examined = text_of(program(world)), None, [], 0
    for _ in range(10):
        page = await preview(world, text=text, first=97, after=after)
        seen += [each.partner_id for each in page.movers]
        examined, after = examined + page.examined, page.last
        assert page.up == len(page.movers) <= 97
        if not page.more:
            break
    assert seen == ids and examined == len(ids)


async def test_a_page_looks_at_no_more_than_it_says(world: World):
    ids = sorted(
        [world.acme.partner.id, world.rival.partner.id, *await add_partners(MOST_EXAMINED)]
    )
    file = program(world)
    file["gate"] = {
        "metric": "ORGANISATION_CERTIFICATION",
        "label": "A certified partner",
        "filters": {"certification": "PARTNER_PROGRAM"},
        "operator": "IS_TRUE",
    }
    page = await preview(world, text=text_of(file))
    assert (page.movers, page.examined, page.more) == ([], MOST_EXAMINED, True)
    assert page.last == ids[MOST_EXAMINED - 1]
    rest = await preview(world, text=text_of(file), after=page.last)
    assert (rest.movers, rest.examined, rest.more) == ([], 2, False)


async def test_statements_do_not_grow_with_partners(ladder: World):
    world = ladder
    version = await draft(world, easier(world, 5_000))
    with statements() as few:
        await preview(world, version)
    await add_partners(BATCH - 10)
    with statements() as many:
        assert (await preview(world, version)).examined > 100
    assert len(few) == len(many) < 25


async def test_what_is_refused(ladder: World):
    world = ladder
    async with refused(ErrorCode.NOT_FOUND, "versionId"):
        await preview(world, new_id())
    with pytest.raises(ProgramError):
        await preview(world, text="key: ladder")
