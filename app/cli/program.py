"""`program`: tier programs as files: validate, import, export, diff, publish, schema."""

import re
from pathlib import Path
from typing import Annotated

import typer

from app.auth.actor import Actor
from app.cli.shared import Wrong, migrated, out, read_settings, run_loop, service_clock
from app.domain.errors import Refused
from app.domain.identity import Role
from app.domain.ids import new_id
from app.domain.programs.difference import differences
from app.domain.programs.json_schema import json_schema_text
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.parse import parse_program
from app.domain.programs.problems import ProgramError
from app.domain.programs.program_text import problems_of, program_yaml, read_program
from app.domain.programs.vocabulary import VersionState
from app.persistence.database import Database
from app.persistence.models import ProgramVersion
from app.services.programs.program_versions import (
    ImportTierProgram,
    PublishProgramVersion,
    import_tier_program,
    publish_program_version,
)
from app.services.use_case import Caller
from app.settings import Settings

program = typer.Typer(
    no_args_is_help=True, help="Tier programs: validate, import, export, diff, publish, schema."
)
# Whoever may run commands on the server acts for the vendor.
_OPERATOR = Actor(Role.VENDOR_ADMIN, name="Command line")
_VERSION = re.compile(r"([a-z][a-z0-9-]*)@(\d+)")
Key = Annotated[str, typer.Argument(help="The key of the program.")]
Number = Annotated[int | None, typer.Option("--version", min=1, help="The number of the version.")]


@program.command("validate")
def validate_command(
    files: Annotated[list[Path], typer.Argument(help="Program files, YAML or JSON.")],
) -> None:
    """Check program files: every problem with file, line, place and remedy."""
    told = [problem.in_file(str(file)) for file in files for problem in problems_of(_text(file))]
    for line in told:
        print(line)
    if told:
        raise Wrong(f"{_count(len(told), 'problem')} in {_count(len(files), 'file')}.")
    out.print(f"{_count(len(files), 'file')} without problems.")


@program.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="A program file, YAML or JSON.")],
    publish: Annotated[bool, typer.Option("--publish", help="Publish it at once.")] = False,
) -> None:
    """Import a program file as the next version of its program, a draft at first."""
    text = _text(file)

    async def work() -> None:
        settings = read_settings()
        async with migrated(settings) as database:
            input = ImportTierProgram(str(new_id()), text, publish)
            try:
                ids = await import_tier_program(await _caller(settings, database), input)
            except ProgramError as error:
                raise Wrong("\n".join(each.in_file(str(file)) for each in error.problems)) from None
            except Refused as refused:
                raise Wrong(str(refused)) from refused
            await _tell(database, ids["program_version"])

    run_loop(work())


@program.command("export")
def export_command(
    key: Key,
    version: Number = None,
    output: Annotated[Path | None, typer.Option(help="A file; else standard output.")] = None,
) -> None:
    """Write a version as YAML: the one in force, or the one with the number."""

    async def work() -> str:
        settings = read_settings()
        async with migrated(settings) as database:
            row = await _version(settings, database, key, version)
            return program_yaml(parse_program(row.definition))

    text = run_loop(work())
    if output:
        output.write_text(text, encoding="utf-8")
        out.print(f"Wrote {output}.")
    else:
        print(text, end="")


@program.command("diff")
def diff_command(
    before: Annotated[str, typer.Argument(help="A file, or KEY@NUMBER for a version.")],
    after: Annotated[str, typer.Argument(help="Another one.")],
) -> None:
    """Say in words what changes from one program to another."""
    told = differences(_program(before), _program(after))
    for sentence in told:
        print(sentence)
    if not told:
        print("No differences.")


@program.command("publish")
def publish_command(key: Key, version: Number = None) -> None:
    """Publish a draft: the newest, or the one with the number. It never changes from then on."""

    async def work() -> None:
        settings = read_settings()
        async with migrated(settings) as database:
            drafts = ProgramVersion.filter(program__key=key, status=VersionState.DRAFT)
            chosen = ProgramVersion.filter(program__key=key, number=version) if version else drafts
            row = await database.read(lambda: chosen.order_by("-number").first())
            if row is None:
                what = f"version {version}" if version else "draft"
                raise Wrong(f"There is no {what} of the program {key}. Import one first.")
            try:
                await publish_program_version(
                    await _caller(settings, database), PublishProgramVersion(str(new_id()), row.id)
                )
            except Refused as refused:
                raise Wrong(str(refused)) from refused
            await _tell(database, row.id)

    run_loop(work())


@program.command("schema")
def schema_command(
    output: Annotated[Path | None, typer.Option(help="A file; else standard output.")] = None,
) -> None:
    """Write the JSON Schema of program files, for editors."""
    if output:
        output.write_text(json_schema_text(), encoding="utf-8")
        out.print(f"Wrote {output}.")
    else:
        print(json_schema_text(), end="")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Wrong(f"{file} is not a text in UTF-8.") from None


def _program(named: str) -> ProgramDefinition:
    found = _VERSION.fullmatch(named)
    if not found or Path(named).exists():
        try:
            return read_program(_text(Path(named)))
        except ProgramError as error:
            raise Wrong("\n".join(each.in_file(named) for each in error.problems)) from None

    async def work() -> ProgramDefinition:
        settings = read_settings()
        async with migrated(settings) as database:
            row = await _version(settings, database, found[1], int(found[2]))
            return parse_program(row.definition)

    definition: ProgramDefinition = run_loop(work())
    return definition


async def _version(
    settings: Settings, database: Database, key: str, number: int | None
) -> ProgramVersion:
    versions = ProgramVersion.filter(program__key=key)
    if number is None:
        now = (await service_clock(settings, database)).now()
        published = versions.exclude(status=VersionState.DRAFT)
        chosen = published.filter(effective_from__lte=now).order_by("-number")
    else:
        chosen = versions.filter(number=number)
    row = await database.read(lambda: chosen.first())
    if row is None:
        numbers = await database.read(lambda: versions.order_by("number").values_list("number"))
        known = ", ".join(str(each) for (each,) in numbers) or "none"
        what = "version in force" if number is None else f"version {number}"
        raise Wrong(f"The program {key} has no {what}. Its versions: {known}.")
    return row


async def _caller(settings: Settings, database: Database) -> Caller:
    return Caller(_OPERATOR, database, await service_clock(settings, database), "command-line")


async def _tell(database: Database, id: object) -> None:
    row = await database.read(lambda: ProgramVersion.get(id=id).select_related("program"))
    state = row.status.lower()
    out.print(f"{row.program.key}@{row.number}: {state}, effective {row.effective_from:%Y-%m-%d}.")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
