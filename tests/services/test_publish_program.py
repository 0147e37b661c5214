"""The life of a program version: imported, published, superseded; what was is never rewritten."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
import yaml

from app.domain.errors import ErrorCode, Refused
from app.domain.ids import new_id
from app.domain.programs.canonical import program_json
from app.domain.programs.parse import parse_program
from app.domain.programs.problems import ProblemKind, ProgramError
from app.domain.programs.program_text import program_yaml
from app.persistence.models import AuditEntry, Event, ProgramVersion, TierProgram
from app.programs import preset_text
from app.services.programs.import_program import import_program
from app.services.programs.program_versions import (
    ImportTierProgram,
    PublishProgramVersion,
    import_tier_program,
    publish_program_version,
)
from tests.api.database_digest import digest

METAL = preset_text("metal")


@pytest.fixture
def caller(world):
    return world.caller(world.as_vendor())


def text(world, *, days=1, name="Metal Partner Program"):
    """The preset, in force some days from now on."""
    start = (world.clock.now() + timedelta(days=days)).isoformat()
    changed = METAL.replace("effectiveFrom: 2024-01-01", f'effectiveFrom: "{start}"')
    return changed.replace("name: Metal Partner Program", f"name: {name}")


async def take_in(caller, text, publish=False):
    ids = await import_tier_program(caller, ImportTierProgram(str(new_id()), text, publish))
    return await ProgramVersion.get(id=ids["program_version"])


async def publish(caller, version):
    await publish_program_version(caller, PublishProgramVersion(str(new_id()), version.id))
    return await ProgramVersion.get(id=version.id)


async def states():
    return [(v.number, v.status) for v in await ProgramVersion.all().order_by("number")]


async def told():
    events = await Event.all().order_by("id")
    return [(event.type, event.data, event.partner_id) for event in events]


async def refused(world, work):
    """The code and field of a refusal that leaves nothing behind."""
    before = await digest(world.database)
    with pytest.raises(Refused) as caught:
        await work
    assert await digest(world.database) == before
    [problem] = caught.value.problems
    assert problem.message.endswith(".")
    return problem.code, problem.field


async def test_an_import_is_a_draft_that_changes_nothing_yet(world, caller):
    version = await take_in(caller, METAL)

    assert (version.number, version.status, version.published_at) == (1, "DRAFT", None)
    assert await told() == [("PROGRAM_VERSION_IMPORTED", {"program": "metal", "number": 1}, None)]
    entry = await AuditEntry.get(action="importTierProgram")
    assert entry.subject_id == version.id
    assert entry.input["program"] == "metal"
    assert entry.input["text"].startswith("sha256:")


async def test_publishing_a_draft_puts_it_in_force(world, caller):
    draft = await take_in(caller, METAL)
    world.clock.advance(hours=1)
    version = await publish(caller, draft)

    assert (version.status, version.published_at) == ("PUBLISHED", world.clock.now())
    assert [type for type, _, _ in await told()] == [
        "PROGRAM_VERSION_IMPORTED",
        "PROGRAM_VERSION_PUBLISHED",
    ]
    event = await Event.get(type="PROGRAM_VERSION_PUBLISHED")
    assert (event.subject_id, event.partner_id) == (version.id, None)
    assert event.data == {"program": "metal", "number": 1}
    assert (await AuditEntry.get(action="publishProgramVersion")).subject_id == version.id


async def test_an_import_may_publish_at_once(world, caller):
    version = await take_in(caller, METAL, publish=True)
    assert version.status == "PUBLISHED"
    assert [type for type, _, _ in await told()] == [
        "PROGRAM_VERSION_IMPORTED",
        "PROGRAM_VERSION_PUBLISHED",
    ]


async def test_the_same_text_again_makes_no_other_version_and_no_event(world, caller):
    first = await take_in(caller, METAL, publish=True)
    events = await told()
    again = await take_in(caller, program_yaml(parse_program(first.definition)), publish=True)
    assert again.id == first.id
    assert await told() == events
    assert await states() == [(1, "PUBLISHED")]


async def test_a_repeat_with_the_same_key_gives_the_first_answer(world, caller):
    input = ImportTierProgram("key", METAL, publish=True)
    first = await import_tier_program(caller, input)
    before = await digest(world.database)
    assert await import_tier_program(caller, input) == first
    assert await digest(world.database) == before


async def test_another_text_under_the_same_key_is_refused(world, caller):
    await import_tier_program(caller, ImportTierProgram("key", METAL))
    other = import_tier_program(caller, ImportTierProgram("key", text(world)))
    assert await refused(world, other) == (ErrorCode.IDEMPOTENCY_KEY_REUSED, ("idempotencyKey",))


async def test_the_next_version_supersedes_the_one_before(world, caller):
    await take_in(caller, METAL, publish=True)
    await publish(caller, await take_in(caller, text(world, name="Renamed")))
    assert await states() == [(1, "SUPERSEDED"), (2, "PUBLISHED")]
    assert (await TierProgram.get(key="metal")).name == "Renamed"


async def test_a_published_version_is_not_published_again(world, caller):
    version = await take_in(caller, METAL, publish=True)
    assert await refused(world, publish(caller, version)) == (
        ErrorCode.VERSION_IMMUTABLE,
        ("versionId",),
    )


async def test_a_draft_older_than_what_is_published_is_refused(world, caller):
    first = await take_in(caller, METAL)
    await take_in(caller, text(world), publish=True)
    assert await states() == [(1, "DRAFT"), (2, "PUBLISHED")]
    assert await refused(world, publish(caller, first)) == (
        ErrorCode.DRAFT_OUTDATED,
        ("versionId",),
    )


async def test_the_first_version_may_take_effect_in_the_past_and_no_other(world, caller):
    first = await take_in(caller, METAL, publish=True)
    assert first.effective_from < world.clock.now()
    late = await take_in(caller, text(world, days=-1))
    assert await refused(world, publish(caller, late)) == (ErrorCode.INVALID, ("versionId",))
    at_once = import_tier_program(caller, ImportTierProgram("k", text(world, days=-2), True))
    assert await refused(world, at_once) == (ErrorCode.INVALID, ("text",))
    now = await publish(caller, await take_in(caller, text(world, days=0)))
    assert now.effective_from == now.published_at == world.clock.now()


async def test_a_version_may_take_effect_before_another_that_is_not_in_force_yet(world, caller):
    await take_in(caller, METAL, publish=True)
    await take_in(caller, text(world, days=30), publish=True)
    sooner = await take_in(caller, text(world, days=10), publish=True)
    assert (sooner.number, sooner.status) == (3, "PUBLISHED")


async def test_a_text_with_problems_is_refused_as_a_whole(world, caller):
    before = await digest(world.database)
    broken = METAL.replace("threshold: 750000", "threshold: 400000")
    with pytest.raises(ProgramError) as caught:
        await take_in(caller, broken)
    assert await digest(world.database) == before
    [problem] = caught.value.problems
    assert problem.kind is ProblemKind.FALLING_THRESHOLD
    assert "400000" in broken.splitlines()[problem.line - 1]


async def test_a_draft_that_makes_no_sense_by_a_later_rule_is_not_published(world, caller):
    falling = parse_program(
        program_json(parse_program_text(METAL.replace("threshold: 750000", "threshold: 400000")))
    )
    made = await world.database.transaction(
        lambda: import_program(falling, at=world.clock.now(), publish=False)
    )
    draft = await ProgramVersion.get(id=made.version_id)
    assert await refused(world, publish(caller, draft)) == (ErrorCode.INVALID, ("versionId",))
    # What is stored can be read all the same.
    assert parse_program(draft.definition) == falling


def parse_program_text(text):
    return parse_program(yaml.safe_load(text))


async def test_a_version_that_is_not_there_is_not_found(world, caller):
    missing = publish_program_version(caller, PublishProgramVersion("k", uuid4()))
    assert await refused(world, missing) == (ErrorCode.NOT_FOUND, ("versionId",))


async def test_drafts_published_at_once_are_published_in_order(world, caller):
    drafts = [await take_in(caller, text(world, days=n)) for n in (1, 2, 3)]
    results = await asyncio.gather(
        *(publish(caller, draft) for draft in drafts), return_exceptions=True
    )
    numbers = [number for number, state in await states() if state == "PUBLISHED"]
    assert numbers == [3]
    codes = {each.problems[0].code for each in results if isinstance(each, Refused)}
    assert codes <= {ErrorCode.DRAFT_OUTDATED}
