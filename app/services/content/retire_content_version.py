"""A published version of the actor's own item is given to nobody new; who has it keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.content import VersionStatus
from app.domain.errors import ErrorCode, refuse
from app.domain.events import EventType
from app.persistence.models import ContentVersion
from app.services.content.ownership import require_own_version
from app.services.content.versions import tell_version
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class RetireContentVersion:
    """The version to retire."""

    idempotency_key: str
    version_id: UUID


async def retire_content_version(caller: Caller, input: RetireContentVersion) -> Mapping[str, UUID]:
    """Retire a version; gives the ids `content_item` and `content_version`.

    An item of which all versions are retired is retired itself. Raises Refused with NOT_FOUND,
    INVALID, CONTENT_NOT_PUBLISHED (a draft), ALREADY_DONE, PARTNER_NOT_ACTIVE.
    """

    async def work(now: datetime) -> Done:
        item, version = await require_own_version(caller, input.version_id)
        if version.status == VersionStatus.DRAFT:
            raise refuse(
                ErrorCode.CONTENT_NOT_PUBLISHED,
                "This version is a draft: nobody has it. Change it instead.",
                "versionId",
            )
        published = ContentVersion.filter(id=version.id, status=VersionStatus.PUBLISHED)
        if not await published.update(status=VersionStatus.RETIRED, retired_at=now):
            raise refuse(ErrorCode.ALREADY_DONE, "This version is retired already.", "versionId")
        await tell_version(EventType.CONTENT_VERSION_RETIRED, caller.actor, item, version, now)
        ids = {"content_item": item.id, "content_version": version.id}
        return Done(version.id, item.partner_id, ids)

    given = arguments(input)
    return await perform(caller, "retireContentVersion", input.idempotency_key, given, work)
