"""Importing a tier program: versions, idempotence, what is stored."""

import asyncio
from dataclasses import replace

import pytest

from app.domain.programs.canonical import checksum, program_json, requirement_json
from app.domain.programs.parse import parse_program
from app.domain.programs.vocabulary import VersionState
from app.persistence.models import Benefit, ProgramVersion, Tier, TierBenefit, TierProgram
from app.programs import load_preset
from app.services.programs.import_program import import_program


@pytest.fixture
def sixclicks():
    return parse_program(load_preset("sixclicks"))


async def _import(database, clock, definition, publish=True):
    async def work():
        return await import_program(definition, at=clock.now(), publish=publish)

    return await database.transaction(work)


async def _states(program_id):
    versions = await ProgramVersion.filter(program_id=program_id).order_by("number")
    return [(version.number, version.status) for version in versions]


async def test_the_first_import_publishes_version_one(database, clock, sixclicks):
    imported = await _import(database, clock, sixclicks)

    assert (imported.number, imported.created) == (1, True)
    program = await TierProgram.get(id=imported.program_id)
    assert (program.key, program.name) == ("sixclicks", "6clicks Partner Program")
    version = await ProgramVersion.get(id=imported.version_id)
    assert version.status == VersionState.PUBLISHED
    assert version.published_at == version.created_at
    assert version.effective_from == sixclicks.effective_from
    assert version.checksum == checksum(sixclicks)


async def test_the_stored_definition_reads_back_to_the_same_program(database, clock, sixclicks):
    imported = await _import(database, clock, sixclicks)

    version = await ProgramVersion.get(id=imported.version_id)
    assert parse_program(version.definition) == sixclicks
    assert version.gate == requirement_json(sixclicks.gate)
    assert version.policy == program_json(sixclicks)["policy"]


async def test_tiers_and_benefits_are_rows_in_program_order(database, clock, sixclicks):
    imported = await _import(database, clock, sixclicks)

    tiers = await Tier.filter(version_id=imported.version_id).order_by("rank")
    assert [(tier.rank, tier.key) for tier in tiers] == [
        (1, "silver"),
        (2, "gold"),
        (3, "platinum"),
    ]
    assert tiers[0].requirement is None
    assert tiers[1].requirement == requirement_json(sixclicks.tiers[1].requirement)
    benefits = await Benefit.filter(version_id=imported.version_id).order_by("position")
    assert [benefit.key for benefit in benefits] == [b.key for b in sixclicks.benefits]


@pytest.mark.parametrize("tier", ["silver", "gold", "platinum"])
async def test_a_tiers_benefits_are_stored_as_the_program_gives_them(
    database, clock, sixclicks, tier
):
    imported = await _import(database, clock, sixclicks)

    row = await Tier.get(version_id=imported.version_id, key=tier)
    stored = await TierBenefit.filter(tier_id=row.id).order_by("position")
    assert [(s.position, s.value, s.condition) for s in stored] == [
        (position, grant.value, requirement_json(benefit.condition_in(grant)))
        for position, benefit in enumerate(sixclicks.benefits, start=1)
        for grant in benefit.grants
        if grant.tier == tier
    ]


async def test_importing_the_same_again_creates_nothing(database, clock, sixclicks):
    first = await _import(database, clock, sixclicks)
    again = await _import(database, clock, parse_program(program_json(sixclicks)))

    assert again == replace(first, created=False)
    assert await _states(first.program_id) == [(1, "PUBLISHED")]
    assert await Tier.all().count() == 3


async def test_a_change_makes_the_next_version_and_supersedes(database, clock, sixclicks):
    first = await _import(database, clock, sixclicks)
    second = await _import(database, clock, replace(sixclicks, name="Renamed"))

    assert (second.program_id, second.number, second.created) == (first.program_id, 2, True)
    assert await _states(first.program_id) == [(1, "SUPERSEDED"), (2, "PUBLISHED")]
    assert (await TierProgram.get(id=first.program_id)).name == "Renamed"


async def test_going_back_to_a_former_text_is_a_new_version(database, clock, sixclicks):
    first = await _import(database, clock, sixclicks)
    await _import(database, clock, replace(sixclicks, name="Renamed"))
    third = await _import(database, clock, sixclicks)

    assert (third.number, third.created) == (3, True)
    assert await _states(first.program_id) == [
        (1, "SUPERSEDED"),
        (2, "SUPERSEDED"),
        (3, "PUBLISHED"),
    ]


async def test_a_draft_changes_nothing_until_it_is_published(database, clock, sixclicks):
    first = await _import(database, clock, sixclicks)
    renamed = replace(sixclicks, name="Renamed")

    draft = await _import(database, clock, renamed, publish=False)
    assert await _states(first.program_id) == [(1, "PUBLISHED"), (2, "DRAFT")]
    assert (await TierProgram.get(id=first.program_id)).name == sixclicks.name

    published = await _import(database, clock, renamed)
    assert published == replace(draft, created=False)
    assert await _states(first.program_id) == [(1, "SUPERSEDED"), (2, "PUBLISHED")]
    assert (await TierProgram.get(id=first.program_id)).name == "Renamed"


async def test_two_programs_live_side_by_side(database, clock, sixclicks):
    first = await _import(database, clock, sixclicks)
    other = await _import(database, clock, replace(sixclicks, key="other"))

    assert other.program_id != first.program_id
    assert await _states(first.program_id) == [(1, "PUBLISHED")]


async def test_imports_at_the_same_moment_make_one_version(database, clock, sixclicks):
    imports = await asyncio.gather(*(_import(database, clock, sixclicks) for _ in range(5)))

    assert sorted(each.created for each in imports) == [False] * 4 + [True]
    assert len({each.version_id for each in imports}) == 1


async def test_a_failed_unit_leaves_nothing(database, clock, sixclicks):
    async def work():
        await import_program(sixclicks, at=clock.now())
        raise RuntimeError("later in the same unit")

    with pytest.raises(RuntimeError):
        await database.transaction(work)
    assert await TierProgram.all().count() == 0
