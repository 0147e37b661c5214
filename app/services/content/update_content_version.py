"""The text or the notes of a draft change; a published version never does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.checks import check_text
from app.domain.content import (
    MAX_NOTES,
    VersionStatus,
    check_body,
    checksum,
    refuse_unpublishable,
)
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.events import EventType
from app.persistence.models import ContentVersion
from app.services.content.ownership import require_own_version
from app.services.content.versions import tell_version
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class UpdateContentVersion:
    """What to change of a draft; None leaves a value as it is."""

    idempotency_key: str
    version_id: UUID
    body: str | None = None
    notes: str | None = None


async def update_content_version(caller: Caller, input: UpdateContentVersion) -> Mapping[str, UUID]:
    """Change a draft; gives the ids `content_item` and `content_version`.

    Raises Refused with NOT_FOUND, INVALID, REQUIRED (nothing to change, a blank text), TOO_LONG,
    VERSION_IMMUTABLE (it is published), CONTENT_RETIRED, PARTNER_NOT_ACTIVE.
    """

    async def work(now: datetime) -> Done:
        item, version = await require_own_version(caller, input.version_id)
        refuse_unpublishable(VersionStatus(version.status), "versionId")
        if problems := _problems(input):
            raise Refused(problems)
        draft = ContentVersion.filter(id=version.id, status=VersionStatus.DRAFT)
        if not await draft.update(**_columns(input)):
            raise refuse(
                ErrorCode.VERSION_IMMUTABLE,
                "Someone published this version at the same moment. Draft a new one.",
                "versionId",
            )
        await tell_version(EventType.CONTENT_VERSION_DRAFTED, caller.actor, item, version, now)
        ids = {"content_item": item.id, "content_version": version.id}
        return Done(version.id, item.partner_id, ids)

    body = None if input.body is None else checksum(input.body)
    given = arguments(input, body=body)
    return await perform(caller, "updateContentVersion", input.idempotency_key, given, work)


def _problems(input: UpdateContentVersion) -> list[Problem]:
    if input.body is None and input.notes is None:
        return [Problem(ErrorCode.REQUIRED, "Give a text or notes to change.", ("body",))]
    return [
        *(check_body(input.body) if input.body is not None else ()),
        *check_text(input.notes or "", "notes", longest=MAX_NOTES),
    ]


def _columns(input: UpdateContentVersion) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if input.body is not None:
        columns |= {"body": input.body, "checksum": checksum(input.body)}
    if input.notes is not None:
        columns["notes"] = input.notes.strip()
    return columns
