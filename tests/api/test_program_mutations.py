"""Tier programs by the API: import, check, publish; what a version says of itself."""

import asyncio
import json
from datetime import timedelta

import pytest

from app.auth.actor import PUBLIC
from app.domain.programs.parse import parse_program
from app.domain.programs.program_text import program_yaml, read_program
from app.persistence.models import ProgramVersion
from app.programs import load_preset, preset_text
from tests.api.calls import Api, global_id, unknown_id
from tests.api.database_digest import digest
from tests.api.ladder import draft_ladder, import_ladder
from tests.world import World

METAL = preset_text("metal")
BROKEN = METAL.replace("threshold: 750000", "threshold: 400000").replace("ONE_STEP", "ONE_STEPS")
PROBLEMS = "problems { line path kind value message remedy }"
IMPORT = """mutation($input: ImportTierProgramInput!) { importTierProgram(input: $input) {
    program { id key name } version { id number status changes } problems { line path kind value
    message remedy } userErrors { code field message } } }"""
PUBLISH = """mutation($input: PublishProgramVersionInput!) { publishProgramVersion(input: $input) {
    program { key } version { number status publishedAt changes }
    userErrors { code field message } } }"""
VERSIONS = """query($key: String!) { tierProgram(key: $key) { versions {
    number status createdAt definition yaml changes } } }"""


def strict(world: World, days: int = 1) -> str:
    """The preset with a higher threshold, in force from some days on."""
    start = (world.clock.now() + timedelta(days=days)).isoformat()
    return METAL.replace("threshold: 750000", "threshold: 800000").replace(
        "effectiveFrom: 2024-01-01", f'effectiveFrom: "{start}"'
    )


async def take_in(api: Api, text: str, key: str = "k", **more) -> dict:
    input = {"idempotencyKey": key, "text": text, **more}
    return (await api.data(api.world.as_vendor(), IMPORT, input=input))["importTierProgram"]


async def refusal(api: Api, document: str, input: dict) -> tuple[str, list[str]]:
    """The code and field of the one refusal; everything else is null, and nothing is written."""
    before = await digest(api.world.database)
    data = await api.data(api.world.as_vendor(), document, input={"idempotencyKey": "x", **input})
    assert await digest(api.world.database) == before
    [payload] = data.values()
    assert payload["program"] is payload["version"] is None
    [error] = payload["userErrors"]
    assert error["message"].endswith(".")
    return error["code"], error["field"]


async def test_a_draft_is_imported_then_published(api: Api, world: World):
    made = await take_in(api, METAL)
    assert made["userErrors"] == made["problems"] == []
    assert made["program"]["key"] == "metal"
    version = made["version"]
    assert (version["number"], version["status"], version["changes"]) == (1, "DRAFT", [])

    input = {"idempotencyKey": "p", "versionId": version["id"]}
    done = (await api.data(world.as_vendor(), PUBLISH, input=input))["publishProgramVersion"]
    assert done["userErrors"] == []
    assert (done["version"]["status"], done["program"]) == ("PUBLISHED", {"key": "metal"})


async def test_json_is_taken_as_well_as_yaml(api: Api):
    text = json.dumps(load_preset("metal"), default=str)
    assert (await take_in(api, text))["version"]["number"] == 1
    # The same program, however it is written, is the same version.
    assert (await take_in(api, METAL, "other"))["version"]["number"] == 1


async def test_everything_wrong_with_a_text_is_told_by_line(api: Api):
    assert await refusal(api, IMPORT, {"text": BROKEN}) == ("INVALID", ["text"])
    told = await take_in(api, BROKEN)
    line = BROKEN.splitlines().index("  demotion: ONE_STEPS") + 1
    assert told["problems"] == [
        {
            "line": line,
            "path": "policy.demotion",
            "kind": "UNKNOWN_VALUE",
            "value": '"ONE_STEPS"',
            "message": "'ONE_STEPS' is not known here.",
            "remedy": "Did you mean ONE_STEP?",
        }
    ]
    assert f"the first in line {line}." in told["userErrors"][0]["message"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "WRONG_TYPE"),
        ("a: b\na: c", "DUPLICATE"),
        ("a: !!python/name:os.system", "UNREADABLE"),
        ("x" * 200_001, "UNREADABLE"),
        ("? [a]\n: 1", "UNREADABLE"),
        ("2026-01-01: 1", "UNKNOWN_KEY"),
    ],
)
async def test_texts_of_every_sort_are_checked_and_never_break_anything(api: Api, text, kind):
    document = "query($text: String!) { validateTierProgram(text: $text) { kind line value } }"
    before = await digest(api.world.database)
    data = await api.data(api.world.as_vendor(), document, text=text)
    assert kind in {problem["kind"] for problem in data["validateTierProgram"]}
    assert await digest(api.world.database) == before


async def test_of_many_problems_the_first_are_told(api: Api):
    text = "\n".join(f"key-{number}: 1" for number in range(5000))
    told = await take_in(api, text)
    assert len(told["problems"]) == 200
    assert "5005 problems" in told["userErrors"][0]["message"]


async def test_a_check_finds_what_the_import_would(api: Api, world: World):
    document = f"query($text: String!) {{ validateTierProgram(text: $text) {PROBLEMS[9:]} }}"
    for text in (METAL, BROKEN, BROKEN.replace("ONE_STEPS", "ONE_STEP")):
        checked = (await api.data(world.as_vendor(), document, text=text))["validateTierProgram"]
        assert checked == (await take_in(api, text, str(hash(text))))["problems"]


async def test_what_may_not_be_published_is_refused(api: Api, world: World):
    first = (await take_in(api, METAL, "1"))["version"]["id"]
    await take_in(api, strict(world), "2", publish=True)
    assert await refusal(api, PUBLISH, {"versionId": first}) == ("DRAFT_OUTDATED", ["versionId"])
    second = await ProgramVersion.get(number=2)
    assert await refusal(api, PUBLISH, {"versionId": global_id(second)}) == (
        "VERSION_IMMUTABLE",
        ["versionId"],
    )
    late = {"text": strict(world, days=-1), "publish": True}
    assert await refusal(api, IMPORT, late) == ("INVALID", ["text"])
    missing = {"versionId": unknown_id("ProgramVersion")}
    assert await refusal(api, PUBLISH, missing) == ("NOT_FOUND", ["versionId"])


async def test_nobody_else_may_write_programs(api: Api, world: World):
    draft = await draft_ladder(world)
    document = "query($text: String!) { validateTierProgram(text: $text) { line } }"
    others = [
        world.as_analyst(),
        world.acme.as_admin(),
        world.acme.as_advisor(),
        world.acme.as_client_user(),
        world.acme.as_app(),
        PUBLIC,
    ]
    for actor in others:
        code = "UNAUTHENTICATED" if actor is PUBLIC else "FORBIDDEN"
        key = {"idempotencyKey": "k"}
        assert await api.error(actor, IMPORT, input={**key, "text": METAL}) == code
        assert await api.error(actor, PUBLISH, input={**key, "versionId": draft}) == code
        assert await api.error(actor, document, text=METAL) == code


async def test_a_version_says_what_it_is_as_yaml_and_json(api: Api, world: World):
    await take_in(api, METAL, publish=True)
    data = await api.data(PUBLIC, VERSIONS, key="metal")
    [version] = data["tierProgram"]["versions"]
    program = read_program(METAL)
    assert read_program(version["yaml"]) == program == parse_program(version["definition"])
    assert version["yaml"] == program_yaml(program)
    assert version["createdAt"].startswith("2026-03-02T09:30:00")


async def test_changes_are_told_against_the_version_published_before(api: Api, world: World):
    await take_in(api, METAL, "1", publish=True)
    secret = strict(world).replace("800000", "999999")
    await take_in(api, secret, "2")
    await take_in(api, strict(world), "3", publish=True)

    told = (await api.data(world.as_vendor(), VERSIONS, key="metal"))["tierProgram"]["versions"]
    changes = {version["number"]: version["changes"] for version in told}
    assert changes[1] == []
    assert any("rises from 750000 to 999999." in sentence for sentence in changes[2])
    assert any("rises from 750000 to 800000." in sentence for sentence in changes[3])

    # A draft, and what it says, is nobody else's to see.
    for actor in (PUBLIC, world.acme.as_admin()):
        seen = (await api.data(actor, VERSIONS, key="metal"))["tierProgram"]["versions"]
        assert [version["number"] for version in seen] == [3, 1]
        assert seen[0]["changes"] == changes[3]
        assert "999999" not in json.dumps(seen)


async def test_a_program_with_only_a_draft_is_not_there_for_others(api: Api, world: World):
    await take_in(api, METAL)
    assert (await api.data(PUBLIC, VERSIONS, key="metal"))["tierProgram"] is None


async def test_conditions_have_enums(api: Api, world: World):
    await import_ladder(world)
    document = """{ tierProgram(key: "sixclicks") { tiers { requirement { kind
        of { kind condition { metric operator } } } } } }"""
    data = await api.data(PUBLIC, document)
    gold = data["tierProgram"]["tiers"][1]["requirement"]
    assert gold["kind"] == "ALL"
    assert gold["of"][1] == {
        "kind": "CONDITION",
        "condition": {"metric": "CERTIFIED_PEOPLE", "operator": "GTE"},
    }


async def test_imports_at_once_make_one_version(api: Api):
    made = await asyncio.gather(*(take_in(api, METAL, str(n), publish=True) for n in range(4)))
    assert len({payload["version"]["id"] for payload in made}) == 1
