"""The life of a program version: imported as a draft, published, superseded by the next one.

What was in force at a moment must not change afterwards: a published version never changes, and no
version but a program's first takes effect before it is published.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.domain.programs.lints import lint
from app.domain.programs.model import ProgramDefinition
from app.domain.programs.parse import parse_program
from app.domain.programs.program_text import read_program
from app.domain.programs.times import moment_text
from app.domain.programs.vocabulary import VersionState
from app.events.outbox import append
from app.persistence.models import ProgramVersion, TierProgram
from app.services.inputs import arguments
from app.services.programs.enrolment import mark_before
from app.services.programs.import_program import import_program, publish_version
from app.services.use_case import Caller, Done, perform
from app.services.visible import require


@dataclass(frozen=True, slots=True)
class ImportTierProgram:
    """The text of a program file, YAML or JSON, and whether to publish it at once."""

    idempotency_key: str
    text: str
    publish: bool = False


@dataclass(frozen=True, slots=True)
class PublishProgramVersion:
    """A draft to publish."""

    idempotency_key: str
    version_id: UUID


async def import_tier_program(caller: Caller, input: ImportTierProgram) -> Mapping[str, UUID]:
    """Import a program file as its next version; gives the ids `tier_program`, `program_version`.

    If the newest version says the same, that one is given, and no other is made. Raises
    ProgramError, with everything that is wrong and its lines, for the text; and Refused as
    `publish_program_version` does, if it is to be published.
    """
    # Reading a long text takes a while: not on the loop that serves all others.
    definition = await asyncio.to_thread(read_program, input.text)
    digest = hashlib.sha256(input.text.encode()).hexdigest()
    return await perform(
        caller,
        "importTierProgram",
        input.idempotency_key,
        arguments(input, text=f"sha256:{digest}") | {"program": definition.key},
        lambda now: _import(caller, definition, input.publish, now),
    )


async def publish_program_version(
    caller: Caller, input: PublishProgramVersion
) -> Mapping[str, UUID]:
    """Publish a draft; gives the ids `tier_program` and `program_version`.

    Raises Refused with NOT_FOUND, VERSION_IMMUTABLE (it is published), DRAFT_OUTDATED (a later
    number is), and INVALID for a draft that makes no sense, or that would take effect before now
    though it is not the program's first.
    """
    return await perform(
        caller,
        "publishProgramVersion",
        input.idempotency_key,
        arguments(input),
        lambda now: _publish_by_id(caller, input.version_id, now),
    )


async def _import(
    caller: Caller, definition: ProgramDefinition, publish: bool, now: datetime
) -> Done:
    imported = await import_program(definition, at=now, publish=False)
    version = await ProgramVersion.get(id=imported.version_id)
    if imported.created:
        await _tell(EventType.PROGRAM_VERSION_IMPORTED, caller, definition, version, now)
    if publish and version.status == VersionState.DRAFT:
        await _publish(caller, definition, version, now, "text")
    return _done(version)


async def _publish_by_id(caller: Caller, id: UUID, now: datetime) -> Done:
    version = await require(caller, ProgramVersion, id, "versionId")
    # Imports and publications of one program wait for each other; read again what they changed.
    await TierProgram.select_for_update().get(id=version.program_id)
    await version.refresh_from_db()
    definition = parse_program(version.definition)
    if problems := lint(definition):
        # It was imported before there was this rule.
        said = " ".join(str(problem) for problem in problems)
        raise refuse(ErrorCode.INVALID, f"The draft makes no sense: {said}", "versionId")
    await _publish(caller, definition, version, now, "versionId")
    return _done(version)


async def _publish(
    caller: Caller,
    definition: ProgramDefinition,
    version: ProgramVersion,
    now: datetime,
    field: str,
) -> None:
    await _check(definition, version, now, field)
    await publish_version(definition, version.program_id, version.id, now)
    # Whatever else makes them evaluated after that moment, the version's own comes first.
    at = max(definition.effective_from, now)
    await mark_before(caller.database, version.program_id, at)
    await _tell(EventType.PROGRAM_VERSION_PUBLISHED, caller, definition, version, now)


async def _check(
    definition: ProgramDefinition, version: ProgramVersion, now: datetime, field: str
) -> None:
    if version.status != VersionState.DRAFT:
        raise refuse(
            ErrorCode.VERSION_IMMUTABLE,
            f"Version {version.number} is published and never changes. Import the next one.",
            field,
        )
    published = ProgramVersion.filter(program_id=version.program_id).exclude(
        status=VersionState.DRAFT
    )
    newest = await published.order_by("-number").first()
    if newest and newest.number > version.number:
        raise refuse(
            ErrorCode.DRAFT_OUTDATED,
            f"Version {newest.number} is published, which is newer than {version.number}. Import "
            "the text again: that makes the next version.",
            field,
        )
    if newest and definition.effective_from < now:
        raise refuse(
            ErrorCode.INVALID,
            f"effectiveFrom is {moment_text(definition.effective_from)}, which is past: what was "
            f"in force until now would change. Give a date from tomorrow on, or a moment from "
            f"{moment_text(now.replace(microsecond=0))} on, and import the text again.",
            field,
        )


async def _tell(
    type: EventType,
    caller: Caller,
    definition: ProgramDefinition,
    version: ProgramVersion,
    now: datetime,
) -> None:
    await append(
        type,
        subject_id=version.id,
        actor=caller.actor,
        at=now,
        partner_id=None,
        data={"program": definition.key, "number": version.number},
    )


def _done(version: ProgramVersion) -> Done:
    ids = {"tier_program": version.program_id, "program_version": version.id}
    return Done(version.id, None, ids)
