"""A new version of the actor's own item that is not out yet: seen by its owner and the vendor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.checks import check_text
from app.domain.content import MAX_NOTES, check_body, checksum
from app.domain.errors import Refused
from app.domain.events import EventType
from app.services.content.ownership import require_own_item
from app.services.content.versions import add_version, next_number, tell_version
from app.services.inputs import arguments
from app.services.use_case import Caller, Done, perform


@dataclass(frozen=True, slots=True)
class DraftContentVersion:
    """The text of the next version, and what is new in it."""

    idempotency_key: str
    item_id: UUID
    body: str
    notes: str = ""


async def draft_content_version(caller: Caller, input: DraftContentVersion) -> Mapping[str, UUID]:
    """Write a DRAFT with the next number; gives the ids `content_item` and `content_version`.

    Raises Refused with NOT_FOUND, INVALID (an item that is another's or adopted), REQUIRED,
    TOO_LONG, PARTNER_NOT_ACTIVE.
    """

    async def work(now: datetime) -> Done:
        item = await require_own_item(caller, input.item_id, "contentItemId")
        problems = check_body(input.body) + check_text(input.notes, "notes", longest=MAX_NOTES)
        if problems:
            raise Refused(problems)
        number = await next_number(item.id)
        version = await add_version(item, number, input.body, input.notes, now, publish=False)
        await tell_version(EventType.CONTENT_VERSION_DRAFTED, caller.actor, item, version, now)
        ids = {"content_item": item.id, "content_version": version.id}
        return Done(version.id, item.partner_id, ids)

    given = arguments(input, body=checksum(input.body))
    return await perform(caller, "draftContentVersion", input.idempotency_key, given, work)
