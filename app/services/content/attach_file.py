"""Attach a file to a draft of the actor's own item.

The bytes are stored first, under the id that the row will have; the row is written last. What is
refused is deleted again. What a process leaves that was killed in between, `files sweep` finds.
"""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.attachments import HEAD, MAX_ATTACHMENTS, check_begins, clean_name
from app.domain.content import VersionStatus, refuse_unpublishable
from app.domain.errors import ErrorCode, Refused, refuse
from app.domain.events import EventType
from app.domain.ids import global_id, new_id
from app.events.outbox import append
from app.persistence.models import Attachment, ContentVersion
from app.services.content.ownership import require_own_item
from app.services.use_case import Caller, Done, perform
from app.services.visible import require
from app.storage import Storage

FOLDER = "attachments"


@dataclass(frozen=True, slots=True)
class AttachFile:
    """Where a file is to belong. Without a key, name and bytes tell a repeat."""

    version_id: UUID
    name: str
    media_type: str
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    id: UUID
    size: int
    checksum: str


def key_of(attachment_id: UUID) -> str:
    """What the bytes of an attachment are stored under."""
    return f"{FOLDER}/{attachment_id}"


async def attach_file(
    caller: Caller, storage: Storage, input: AttachFile, chunks: AsyncIterator[bytes]
) -> tuple[UUID, bool]:
    """Attach the bytes as they come in; gives the attachment's id, and whether this call made it.

    Raises Refused with NOT_FOUND, INVALID (an item that is another's or adopted; bytes that are
    not of the media type, or none; a version that has as many files as it can), REQUIRED, TOO_LONG,
    VERSION_IMMUTABLE, CONTENT_RETIRED, DUPLICATE (the version has another file of this name),
    PARTNER_NOT_ACTIVE, IDEMPOTENCY_KEY_REUSED; StorageFailed; and what `chunks` raises. Nothing is
    kept then.
    """
    name = clean_name(input.name)
    # Before any byte is taken; again, under a lock, when the row is written.
    await caller.database.read(lambda: _draft(caller, input.version_id))
    stored = await _store(storage, input.media_type, chunks)
    arguments = {
        "version_id": input.version_id,
        "name": name,
        "media_type": input.media_type,
        "size": stored.size,
        "checksum": stored.checksum,
    }
    same = hashlib.sha256(f"{input.version_id} {name} {stored.checksum}".encode()).hexdigest()
    try:
        made = await perform(
            caller,
            "attachFile",
            same if input.idempotency_key is None else input.idempotency_key,
            arguments,
            lambda now: _attach(caller, input, name, stored, now),
        )
    except Refused:
        # Whatever else goes wrong may have gone wrong after the row was written.
        await storage.delete(key_of(stored.id))
        raise
    is_new = made["attachment"] == stored.id
    if not is_new:
        await storage.delete(key_of(stored.id))
    return made["attachment"], is_new


async def _store(storage: Storage, media_type: str, chunks: AsyncIterator[bytes]) -> _Stored:
    id = new_id()
    digest = hashlib.sha256()
    size = 0
    head = b""

    async def passing() -> AsyncIterator[bytes]:
        nonlocal size, head
        async for chunk in chunks:
            if len(head) < HEAD:
                head += chunk[: HEAD - len(head)]
                if len(head) == HEAD:
                    check_begins(media_type, head)
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        check_begins(media_type, head)

    await storage.put(key_of(id), passing())
    return _Stored(id, size, digest.hexdigest())


async def _draft(caller: Caller, version_id: UUID, *, lock: bool = False) -> ContentVersion:
    version = await require(caller, ContentVersion, version_id, "versionId")
    await require_own_item(caller, version.item_id, "versionId")
    if lock:
        version = await ContentVersion.select_for_update().get(id=version_id)
    refuse_unpublishable(VersionStatus(version.status), "versionId")
    return version


async def _attach(
    caller: Caller, input: AttachFile, name: str, stored: _Stored, now: datetime
) -> Done:
    version = await _draft(caller, input.version_id, lock=True)
    others = await Attachment.filter(version_id=version.id)
    if any(other.name == name for other in others):
        message = "The version has another file of this name. Give this one its own."
        raise refuse(ErrorCode.DUPLICATE, message, "name")
    if len(others) >= MAX_ATTACHMENTS:
        message = f"The version has {MAX_ATTACHMENTS} files already. Send several as one archive."
        raise refuse(ErrorCode.INVALID, message, "versionId")
    await Attachment.create(
        id=stored.id,
        item_id=version.item_id,
        version_id=version.id,
        partner_id=version.partner_id,
        name=name,
        media_type=input.media_type,
        size=stored.size,
        checksum=stored.checksum,
        created_at=now,
        created_by=caller.actor.user_id,
    )
    await append(
        EventType.ATTACHMENT_ADDED,
        subject_id=stored.id,
        partner_id=version.partner_id,
        actor=caller.actor,
        at=now,
        data={
            "contentVersionId": global_id("ContentVersion", version.id),
            "name": name,
            "size": stored.size,
        },
    )
    return Done(stored.id, version.partner_id, {"attachment": stored.id})
