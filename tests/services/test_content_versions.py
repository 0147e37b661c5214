"""Drafts, retirement, changes of items, and versions of adopted items."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.domain.content import checksum
from app.domain.errors import ErrorCode, Refused
from app.domain.money import Money
from app.persistence.models import ContentAudience, ContentItem, ContentVersion, Partner
from app.services.content.adopt_content_item import AdoptContentItem, adopt_content_item
from app.services.content.audiences import Audience
from app.services.content.draft_content_version import (
    DraftContentVersion,
    draft_content_version,
)
from app.services.content.lock_content_item import LockContentItem, lock_content_item
from app.services.content.publish_content_version import (
    PublishContentVersion,
    publish_content_version,
)
from app.services.content.retire_content_version import (
    RetireContentVersion,
    retire_content_version,
)
from app.services.content.update_adopted_item import UpdateAdoptedItem, update_adopted_item
from app.services.content.update_content_item import UpdateContentItem, update_content_item
from app.services.content.update_content_version import (
    UpdateContentVersion,
    update_content_version,
)
from tests.clients import add_item, add_version
from tests.refusals import audited, outcome, refused, told
from tests.world import World


def key() -> str:
    return str(uuid4())


@pytest.fixture
async def item(world: World) -> ContentItem:
    """An item of the partner's own, with a published version."""
    item = await add_item(world.acme.library, "Handbook", price_minor=100, price_currency="USD")
    await add_version(item, 1)
    return item


@pytest.fixture
async def adopted(world: World) -> ContentItem:
    """The open item in the partner's library, at version 1; there is a version 2."""
    at = world.open_version.id
    input = AdoptContentItem(key(), world.open_item.id, at)
    ids = await adopt_content_item(world.caller(world.acme.as_admin()), input)
    await add_version(world.open_item, 2)
    return await ContentItem.get(id=ids["content_item"])


async def draft(world: World, item: ContentItem, body: str = "# Draft") -> ContentVersion:
    caller = world.caller(world.acme.as_advisor())
    input = DraftContentVersion(key(), item.id, body, " new ")
    ids = await draft_content_version(caller, input)
    assert ids["content_item"] == item.id
    return await ContentVersion.get(id=ids["content_version"])


async def change_draft(world: World, version: ContentVersion, **change: Any) -> None:
    input = UpdateContentVersion(key(), version.id, **change)
    await update_content_version(world.caller(world.acme.as_admin()), input)


async def change(world: World, actor: Any, item: ContentItem, **change: Any) -> ContentItem:
    input = UpdateContentItem(key(), item.id, **change)
    await update_content_item(world.caller(actor), input)
    return await ContentItem.get(id=item.id)


async def retire(world: World, actor: Any, version: ContentVersion) -> ContentVersion:
    await retire_content_version(world.caller(actor), RetireContentVersion(key(), version.id))
    return await ContentVersion.get(id=version.id)


async def take(world: World, item: ContentItem, version_id: Any = None) -> ContentItem:
    input = UpdateAdoptedItem(key(), item.id, version_id)
    await update_adopted_item(world.caller(world.acme.as_advisor()), input)
    return await ContentItem.get(id=item.id)


async def lock(world: World, item: ContentItem, locked: bool) -> ContentItem:
    input = LockContentItem(key(), item.id, locked)
    await lock_content_item(world.caller(world.acme.as_admin()), input)
    return await ContentItem.get(id=item.id)


# Drafts


async def test_a_draft_is_written_changed_and_published(world: World, item: ContentItem) -> None:
    version = await draft(world, item)
    assert (version.number, version.status, version.notes) == (2, "DRAFT", "new")
    assert version.checksum == checksum("# Draft")

    await change_draft(world, version, body="# Better")
    await change_draft(world, version, notes="")
    version = await ContentVersion.get(id=version.id)
    assert (version.body, version.checksum) == ("# Better", checksum("# Better"))
    assert (version.notes, version.status) == ("", "DRAFT")
    events = await told("CONTENT_VERSION_DRAFTED")
    assert [event.subject_id for event in events] == [version.id] * 3
    assert events[0].data["number"] == 2

    caller = world.caller(world.acme.as_admin())
    await publish_content_version(
        caller, PublishContentVersion(key(), item.id, version_id=version.id)
    )
    async with refused(ErrorCode.VERSION_IMMUTABLE, "versionId"):
        await change_draft(world, version, body="# Too late")


async def test_a_draft_that_cannot_be_is_refused(world: World, item: ContentItem) -> None:
    version = await draft(world, item)
    theirs = await add_version(await others(world), 1, "DRAFT")

    async with refused(ErrorCode.REQUIRED, "body"):
        await draft(world, item, " ")
    async with refused(ErrorCode.INVALID, "contentItemId"):
        await draft(world, world.open_item)
    async with refused(ErrorCode.REQUIRED, "body"):
        await change_draft(world, version)
    async with refused(ErrorCode.TOO_LONG, "notes"):
        await change_draft(world, version, notes="x" * 2001)
    async with refused(ErrorCode.NOT_FOUND, "versionId"):
        await change_draft(world, theirs, body="x")
    async with refused(ErrorCode.INVALID, "versionId"):
        await change_draft(world, world.open_version, body="x")


async def others(world: World) -> ContentItem:
    return await add_item(world.rival.library, "Theirs")


async def test_a_draft_is_changed_or_published_but_not_both(
    world: World, item: ContentItem
) -> None:
    version = await draft(world, item)
    caller = world.caller(world.acme.as_admin())
    publish = PublishContentVersion(key(), item.id, version_id=version.id)

    results = await asyncio.gather(
        outcome(publish_content_version(caller, publish)),
        outcome(change_draft(world, version, body="# Other")),  # type: ignore[arg-type]
    )

    now = await ContentVersion.get(id=version.id)
    assert now.status == "PUBLISHED"
    lost = [result for result in results if isinstance(result, Refused)]
    assert now.body == ("# Draft" if lost else "# Other")
    assert now.checksum == checksum(now.body)


# Retirement


async def test_a_retired_version_is_given_to_nobody_new(world: World, item: ContentItem) -> None:
    [version] = await ContentVersion.filter(item_id=item.id)
    unpublished = await add_version(item, 2, "DRAFT")

    version = await retire(world, world.acme.as_advisor(), version)

    assert (version.status, version.retired_at) == ("RETIRED", world.clock.now())
    [event] = await told("CONTENT_VERSION_RETIRED")
    assert (event.subject_id, event.partner_id) == (version.id, world.acme.partner.id)
    async with refused(ErrorCode.ALREADY_DONE, "versionId"):
        await retire(world, world.acme.as_admin(), version)
    async with refused(ErrorCode.CONTENT_NOT_PUBLISHED, "versionId"):
        await retire(world, world.acme.as_admin(), unpublished)
    async with refused(ErrorCode.INVALID, "versionId"):
        await retire(world, world.acme.as_admin(), world.open_version)
    async with refused(ErrorCode.NOT_FOUND, "versionId"):
        await retire(world, world.rival.as_admin(), version)


# Changes of an item


async def test_an_item_changes_in_what_is_given(world: World, item: ContentItem) -> None:
    admin = world.acme.as_admin()

    changed = await change(world, admin, item, title=" New  title ", tags=("a", "A", "b"))
    assert (changed.title, changed.title_key, changed.tags) == (
        "New title",
        "new title",
        ["a", "b"],
    )
    assert changed.price_minor == 100
    changed = await change(world, admin, item, price=Money(250, "USD"), description=" what ")
    assert (changed.price_minor, changed.description) == (250, "what")
    changed = await change(world, admin, item, free=True)
    assert (changed.price_minor, changed.price_currency) == (None, None)
    assert [event.data["changed"] for event in await told("CONTENT_ITEM_UPDATED")] == [
        ["title", "tags"],
        ["description", "price"],
        ["price"],
    ]
    assert len(await audited("updateContentItem")) == 3


async def test_an_audience_is_replaced(world: World) -> None:
    await ContentAudience.create(item=world.open_item, kind="GROUP", key="old")

    await change(world, world.as_vendor(), world.open_item, audience=Audience())

    assert await ContentAudience.all().count() == 0


async def test_a_change_that_cannot_be_is_refused(
    world: World, item: ContentItem, adopted: ContentItem
) -> None:
    admin, vendor = world.acme.as_admin(), world.as_vendor()
    for actor, what, values, code, field in [
        (admin, item, {}, ErrorCode.REQUIRED, ()),
        (admin, item, {"title": " "}, ErrorCode.REQUIRED, ("title",)),
        (admin, item, {"tags": ("x" * 41,)}, ErrorCode.TOO_LONG, ("tags", "0")),
        (admin, item, {"price": Money(-1, "USD")}, ErrorCode.INVALID, ("price", "amount")),
        (admin, item, {"audience": Audience(("gold",))}, ErrorCode.INVALID, ("audience",)),
        (admin, adopted, {"title": "x"}, ErrorCode.INVALID, ("contentItemId",)),
        (admin, world.open_item, {"title": "x"}, ErrorCode.INVALID, ("contentItemId",)),
        (vendor, item, {"title": "x"}, ErrorCode.INVALID, ("contentItemId",)),
        (vendor, world.open_item, {"price": Money(1, "USD")}, ErrorCode.INVALID, ("price",)),
        (world.rival.as_admin(), item, {"title": "x"}, ErrorCode.NOT_FOUND, ("contentItemId",)),
    ]:
        async with refused(code, *field):
            await change(world, actor, what, **values)
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE):
        await change(world, admin, item, title="x")


# Adopted items


async def test_an_adopted_item_takes_the_latest_and_any_other_version(
    world: World, adopted: ContentItem
) -> None:
    latest = await ContentVersion.get(item_id=world.open_item.id, number=2)

    assert (await take(world, adopted)).adopted_version_id == latest.id
    async with refused(ErrorCode.ALREADY_DONE, "versionId"):
        await take(world, adopted)
    back = await take(world, adopted, world.open_version.id)
    assert back.adopted_version_id == world.open_version.id
    [first, _] = await told("CONTENT_ITEM_UPDATED")
    assert (first.subject_id, first.data) == (adopted.id, {"changed": ["adoptedVersion"]})


async def test_a_locked_item_stays_at_its_version(world: World, adopted: ContentItem) -> None:
    assert (await lock(world, adopted, True)).locked
    async with refused(ErrorCode.CONTENT_LOCKED, "contentItemId"):
        await take(world, adopted)
    async with refused(ErrorCode.ALREADY_DONE, "locked"):
        await lock(world, adopted, True)
    assert not (await lock(world, adopted, False)).locked
    assert (await take(world, adopted)).adopted_version_id != world.open_version.id


async def test_only_what_the_team_adopted_is_locked_or_moved(
    world: World, item: ContentItem, adopted: ContentItem
) -> None:
    for other, code in [
        (item, ErrorCode.INVALID),
        (world.open_item, ErrorCode.INVALID),
        (await others(world), ErrorCode.NOT_FOUND),
    ]:
        async with refused(code, "contentItemId"):
            await lock(world, other, True)
        async with refused(code, "contentItemId"):
            await take(world, other)
    drafted = await add_version(world.open_item, 3, "DRAFT")
    gone = await add_version(world.open_item, 4, "RETIRED")
    # The vendor's draft does not exist for a partner.
    async with refused(ErrorCode.NOT_FOUND, "versionId"):
        await take(world, adopted, drafted.id)
    async with refused(ErrorCode.CONTENT_RETIRED, "versionId"):
        await take(world, adopted, gone.id)


async def test_versions_written_at_once_have_numbers_of_their_own(
    world: World, item: ContentItem
) -> None:
    caller = world.caller(world.acme.as_admin())
    drafts = [
        draft_content_version(caller, DraftContentVersion(key(), item.id, f"# Draft {n}"))
        for n in range(3)
    ]
    published = [
        publish_content_version(caller, PublishContentVersion(key(), item.id, body=f"# Text {n}"))
        for n in range(3)
    ]
    await asyncio.gather(*drafts, *published)

    versions = await ContentVersion.filter(item_id=item.id).order_by("number")
    assert [version.number for version in versions] == [1, 2, 3, 4, 5, 6, 7]
