"""A version of the actor's own item goes out: a draft that exists, or a new text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_text
from app.domain.content import (
    MAX_NOTES,
    VersionStatus,
    check_body,
    checksum,
    refuse_unpublishable,
)
from app.domain.errors import ErrorCode, Refused, refuse
from app.persistence.models import ContentItem, ContentVersion
from app.services.content.ownership import require_own_item
from app.services.content.versions import add_version, next_number, tell_published
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class PublishContentVersion:
    """What to publish: the draft `version_id`, or `body` (with `notes`) as the next number."""

    idempotency_key: str
    item_id: UUID
    version_id: UUID | None = None
    body: str | None = None
    notes: str = ""


async def publish_content_version(
    caller: Caller, input: PublishContentVersion
) -> Mapping[str, UUID]:
    """Publish a version, immutable from then on; gives `content_item` and `content_version`.

    Raises Refused with NOT_FOUND, INVALID (not both or neither of draft and text; an item that is
    another's or adopted), REQUIRED, TOO_LONG, VERSION_IMMUTABLE (published already),
    CONTENT_RETIRED, PARTNER_NOT_ACTIVE.
    """
    body = None if input.body is None else checksum(input.body)
    return await perform(
        caller,
        "publishContentVersion",
        input.idempotency_key,
        arguments(input, body=body),
        lambda now: _publish(caller, input, now),
    )


async def _publish(caller: Caller, input: PublishContentVersion, now: datetime) -> Done:
    item = await require_own_item(caller, input.item_id, "contentItemId")
    if input.body is not None and input.version_id is None:
        version = await _publish_text(item, input.body, input.notes, now)
    elif input.version_id is not None and input.body is None and not input.notes:
        version = await _publish_draft(item, input.version_id, now)
    else:
        raise refuse(
            ErrorCode.INVALID,
            "Give either the id of a draft, or a body (with notes) for a new version.",
            "body",
        )
    await tell_published(caller.actor, item, version, now)
    ids = {"content_item": item.id, "content_version": version.id}
    return Done(version.id, item.partner_id, ids)


async def _publish_text(item: ContentItem, body: str, notes: str, now: datetime) -> ContentVersion:
    problems = check_body(body) + check_text(notes, "notes", longest=MAX_NOTES)
    if problems:
        raise Refused(problems)
    return await add_version(item, await next_number(item.id), body, notes, now, publish=True)


async def _publish_draft(item: ContentItem, version_id: UUID, now: datetime) -> ContentVersion:
    # The actor's own item: all of its versions are the actor's to see.
    version = await ContentVersion.get_or_none(id=version_id, item_id=item.id)
    if version is None:
        raise refuse(
            ErrorCode.NOT_FOUND, "The item has no such version. Check the id.", "versionId"
        )
    refuse_unpublishable(VersionStatus(version.status), "versionId")
    changed = await ContentVersion.filter(id=version.id, status=VersionStatus.DRAFT).update(
        status=VersionStatus.PUBLISHED, published_at=now
    )
    if not changed:
        # Another call published it since it was read.
        refuse_unpublishable(VersionStatus.PUBLISHED, "versionId")
    return version
