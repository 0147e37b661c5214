"""What an actor may write to: its own library and the items in it.

A partner sees the vendor's open items but does not change them; the vendor sees what partners
keep in their exclusive libraries and does not change it either.
"""

from datetime import datetime
from uuid import UUID

from app.domain.content import LibraryKind
from app.domain.errors import ErrorCode, refuse
from app.persistence.models import ContentItem, ContentLibrary, ContentVersion
from app.services.partners.locking import acting_partner, lock_partner
from app.services.use_case import Caller
from app.services.visible import require


async def own_library(caller: Caller, now: datetime) -> ContentLibrary:
    """The open library for the vendor; for a partner's people and apps its exclusive one.

    The open one is made on first use. Raises Refused with PARTNER_NOT_ACTIVE.
    """
    if not caller.actor.is_vendor:
        partner = await acting_partner(caller)
        return await ContentLibrary.get(partner_id=partner.id)
    if library := await ContentLibrary.get_or_none(kind=LibraryKind.OPEN):
        return library
    library = ContentLibrary(kind=LibraryKind.OPEN, name="Open library", created_at=now)
    # Of two first uses at once, the second waits here and then finds the library of the first.
    await ContentLibrary.bulk_create([library], ignore_conflicts=True)
    return await ContentLibrary.get(kind=LibraryKind.OPEN)


async def require_own_item(caller: Caller, id: UUID, *field: str) -> ContentItem:
    """An item that the actor may write, with its versions.

    Raises Refused with NOT_FOUND for one that the actor does not see, with INVALID for one that it
    sees but that is another's or adopted (its versions are the open item's), and with
    PARTNER_NOT_ACTIVE.
    """
    item = await require(caller, ContentItem, id, *field)
    if not caller.actor.is_vendor:
        await acting_partner(caller)
    if item.partner_id != caller.actor.partner_id:
        owner = "the vendor" if item.partner_id is None else "a partner"
        raise refuse(
            ErrorCode.INVALID,
            f"This item is {owner}'s, who alone changes it. Give an item of your own library.",
            *field,
        )
    if item.adopted_item_id is not None:
        raise refuse(
            ErrorCode.INVALID,
            "This item is adopted: its text is the vendor's. Create an item for your own.",
            *field,
        )
    return item


async def require_own_version(caller: Caller, id: UUID) -> tuple[ContentItem, ContentVersion]:
    """A version that the actor may write, with its item. Raises Refused at `versionId`.

    NOT_FOUND, INVALID and PARTNER_NOT_ACTIVE are for the same reasons as for an item.
    """
    version = await require(caller, ContentVersion, id, "versionId")
    return await require_own_item(caller, version.item_id, "versionId"), version


async def lock_adopted_item(caller: Caller, id: UUID) -> ContentItem:
    """An item that the actor's team has adopted, as it is now, with the partner locked.

    Raises Refused at `contentItemId` with NOT_FOUND, or with INVALID for one that is not adopted,
    and with PARTNER_NOT_ACTIVE.
    """
    partner = await lock_partner((await acting_partner(caller)).id)
    item = await require(caller, ContentItem, id, "contentItemId")
    if item.partner_id != partner.id:
        raise refuse(
            ErrorCode.INVALID,
            "This item is in the open library. Adopt it first and give the adopted item.",
            "contentItemId",
        )
    if item.adopted_item_id is None:
        raise refuse(
            ErrorCode.INVALID,
            "This item is your team's own. Give one that was adopted from the open library.",
            "contentItemId",
        )
    return item
