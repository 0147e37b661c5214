"""Bring a version to where its item is used, with a log of what came of it (S1).

The vendor pushes to the items that partners have adopted; a partner to its templates and clients.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.content import VersionFacts, VersionStatus, usable_version
from app.domain.errors import ErrorCode, Problem, Refused, refuse
from app.domain.pushes import MAX_PLACES, Place
from app.persistence.models import ContentItem, ContentVersion
from app.services.content.ownership import require_own_item
from app.services.content.push_storage import write_push
from app.services.content.push_targets import Places, PushTargets
from app.services.inputs import arguments
from app.services.partners.locking import acting_partner, lock_partner
from app.services.use_case import Caller, Done, perform
from app.services.visible import require

__all__ = ["PushContent", "PushTargets", "preview_push", "push_content"]


@dataclass(frozen=True, slots=True)
class PushContent:
    """A published version, and where it is to go; None for nowhere of that kind.

    `partners` (whose adopted items) is for the vendor, the others are for partners. Named clients
    get the item even if they do not have it yet.
    """

    idempotency_key: str
    version_id: UUID
    templates: PushTargets | None = None
    clients: PushTargets | None = None
    partners: PushTargets | None = None


async def push_content(caller: Caller, input: PushContent) -> Mapping[str, UUID]:
    """Push a version; gives the id `content_push`. What is locked stays at its version.

    Raises Refused with NOT_FOUND, REQUIRED (nowhere to go), INVALID (another's item, one that is
    not adopted at this version, a target of the other side, more than MAX_PLACES places),
    CONTENT_NOT_PUBLISHED, CONTENT_RETIRED, CLIENT_NOT_ACTIVE, ROLE_TOO_LOW, PARTNER_NOT_ACTIVE.
    """

    async def work(now: datetime) -> Done:
        await _keep_still(caller, input)
        item, version, places = await _plan(caller, input)
        push = await write_push(caller.actor, item, version, places, now)
        return Done(push.id, push.partner_id, {"content_push": push.id})

    return await perform(caller, "pushContent", input.idempotency_key, arguments(input), work)


async def preview_push(caller: Caller, input: PushContent) -> Sequence[Place]:
    """What `push_content` would do now, place by place; it raises the same. Writes nothing."""

    async def work() -> Sequence[Place]:
        _, _, places = await _plan(caller, input)
        return places

    return await caller.database.read(work)


async def _keep_still(caller: Caller, input: PushContent) -> None:
    """Lock what is about to change: what is planned then still holds when it is written."""
    if not caller.actor.is_vendor:
        await lock_partner((await acting_partner(caller)).id)
        return
    # In the order of their ids, as every push does; those of one partner also change under its
    # lock, for which nobody who waits here has to wait.
    version = await require(caller, ContentVersion, input.version_id, "versionId")
    rows = ContentItem.filter(adopted_item_id=version.item_id).order_by("id")
    await rows.select_for_update(no_key=True).only("id")


async def _plan(
    caller: Caller, input: PushContent
) -> tuple[ContentItem, ContentVersion, Sequence[Place]]:
    if problems := _target_problems(caller, input):
        raise Refused(problems)
    version = await require(caller, ContentVersion, input.version_id, "versionId")
    item = await _pushed_item(caller, version)
    facts = VersionFacts(version.id, version.number, VersionStatus(version.status))
    usable_version([facts], version.id)
    rows = await ContentVersion.filter(item_id=version.item_id).values("id", "number")
    places = Places(caller, item, version, {row["id"]: row["number"] for row in rows})
    if input.partners:
        await places.add_adopted(input.partners)
    if input.templates:
        await places.add_templates(input.templates)
    if input.clients:
        await places.add_clients(input.clients)
    if len(places.found) > MAX_PLACES:
        raise refuse(
            ErrorCode.INVALID,
            f"This goes to more than {MAX_PLACES:,} places. Name some of them, and push again.",
            next(name for name in ("partners", "clients", "templates") if getattr(input, name)),
        )
    return item, version, places.found


def _target_problems(caller: Caller, input: PushContent) -> list[Problem]:
    vendors, partners = ("partners",), ("templates", "clients")
    given = [name for name in (*vendors, *partners) if getattr(input, name) is not None]
    if not given:
        message = "Say where it is to go: all places of a kind, or some by their ids."
        return [
            Problem(ErrorCode.REQUIRED, message, (name,))
            for name in (vendors if caller.actor.is_vendor else partners)
        ]
    others = partners if caller.actor.is_vendor else vendors
    side = "a partner" if caller.actor.is_vendor else "the vendor"
    message = f"Only {side} pushes to these. Leave this out."
    nowhere = "Give true for all, or at least one id."
    return [
        *(Problem(ErrorCode.INVALID, message, (name,)) for name in given if name in others),
        *(Problem(ErrorCode.REQUIRED, nowhere, (name,)) for name in given if _empty(input, name)),
    ]


def _empty(input: PushContent, name: str) -> bool:
    targets: PushTargets = getattr(input, name)
    return not targets.all and not targets.ids


async def _pushed_item(caller: Caller, version: ContentVersion) -> ContentItem:
    """The item whose places are meant: the version's own or, for a partner, the adopted one."""
    if caller.actor.is_vendor or version.partner_id is not None:
        return await require_own_item(caller, version.item_id, "versionId")
    partner = await acting_partner(caller)
    item = await ContentItem.get_or_none(partner_id=partner.id, adopted_item_id=version.item_id)
    if item is None:
        message = "Your team has not adopted this item. Adopt it first."
        raise refuse(ErrorCode.INVALID, message, "versionId")
    if item.adopted_version_id != version.id:
        message = "Your team's adopted item is at another version. Update that item first."
        raise refuse(ErrorCode.INVALID, message, "versionId")
    return item
