"""createContentItem, publishContentVersion, adoptContentItem."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.auth.actor import Actor
from app.domain.content import ContentKind, checksum
from app.domain.errors import ErrorCode, Refused
from app.domain.ids import global_id
from app.domain.money import Money
from app.persistence.models import (
    ContentAudience,
    ContentItem,
    ContentLibrary,
    ContentVersion,
    Partner,
    ProgramVersion,
    Standing,
    Tier,
    TierProgram,
)
from app.services.content.adopt_content_item import AdoptContentItem, adopt_content_item
from app.services.content.audiences import Audience
from app.services.content.create_content_item import CreateContentItem, create_content_item
from app.services.content.publish_content_version import (
    PublishContentVersion,
    publish_content_version,
)
from tests.refusals import audited, everything, outcome, refused, told
from tests.world import LONG_AGO, World

PLAYBOOK = CreateContentItem(
    idempotency_key="create-1",
    kind=ContentKind.PLAYBOOK,
    title=" Onboarding   playbook ",
    body="# Week one",
    description="How we start.",
    notes="first",
    tags=("ISO 27001", "start", "Start"),
)


def key() -> str:
    return str(uuid4())


async def create(world: World, actor: Actor, **change: Any) -> tuple[ContentItem, ContentVersion]:
    input = replace(PLAYBOOK, **{"idempotency_key": key(), **change})
    ids = await create_content_item(world.caller(actor), input)
    item = await ContentItem.get(id=ids["content_item"])
    return item, await ContentVersion.get(id=ids["content_version"], item_id=item.id)


async def publish(world: World, actor: Actor, item_id: UUID, **what: Any) -> ContentVersion:
    input = PublishContentVersion(**{"idempotency_key": key(), "item_id": item_id, **what})
    ids = await publish_content_version(world.caller(actor), input)
    assert ids["content_item"] == item_id
    return await ContentVersion.get(id=ids["content_version"])


async def adopt(world: World, actor: Actor, item_id: UUID, **what: Any) -> ContentItem:
    input = AdoptContentItem(**{"idempotency_key": key(), "item_id": item_id, **what})
    ids = await adopt_content_item(world.caller(actor), input)
    return await ContentItem.get(id=ids["content_item"])


async def audience(item: ContentItem) -> list[tuple[str, str]]:
    rows = await ContentAudience.filter(item_id=item.id).order_by("kind", "key")
    return [(row.kind, row.key) for row in rows]


async def open_version(world: World, number: int, status: str) -> ContentVersion:
    """One more version of the open item."""
    return await ContentVersion.create(
        item=world.open_item,
        number=number,
        status=status,
        body=f"# {number}",
        checksum=checksum(f"# {number}"),
        created_at=LONG_AGO,
        published_at=None if status == "DRAFT" else LONG_AGO,
        retired_at=LONG_AGO if status == "RETIRED" else None,
    )


async def stand(world: World, partner: Partner, tier_key: str) -> None:
    """Give the vendor a program with the tiers gold and silver, and the partner one of them."""
    program = await TierProgram.create(key="p", name="P", created_at=LONG_AGO)
    version = await ProgramVersion.create(
        program=program,
        number=1,
        status="PUBLISHED",
        effective_from=LONG_AGO,
        definition={},
        checksum="",
        created_at=LONG_AGO,
        published_at=LONG_AGO,
    )
    tiers = {
        name: await Tier.create(version=version, key=name, name=name, rank=rank)
        for rank, name in enumerate(("silver", "gold"), start=1)
    }
    await Standing.create(
        partner=partner,
        program=program,
        tier=tiers[tier_key],
        tier_rank=1,
        since=LONG_AGO,
        enrolled_at=LONG_AGO,
    )


# createContentItem


async def test_a_partner_creates_a_draft_in_its_exclusive_library(world: World) -> None:
    item, version = await create(world, world.acme.as_advisor(), price=Money(4900, "USD"))

    assert (item.library_id, item.partner_id) == (world.acme.library.id, world.acme.partner.id)
    assert (item.title, item.title_key, item.kind) == (
        "Onboarding playbook",
        "onboarding playbook",
        "PLAYBOOK",
    )
    assert (item.tags, await audience(item)) == (["ISO 27001", "start"], [])
    assert (item.price_minor, item.price_currency) == (4900, "USD")
    assert (version.number, version.status, version.published_at) == (1, "DRAFT", None)
    assert (version.body, version.checksum) == ("# Week one", checksum("# Week one"))
    assert (version.partner_id, version.notes) == (world.acme.partner.id, "first")


async def test_the_vendor_creates_in_the_open_library(world: World) -> None:
    await stand(world, world.acme.partner, "gold")

    item, version = await create(
        world, world.as_vendor(), publish=True, audience=Audience(("gold", "silver", "gold"))
    )

    assert (item.library_id, item.partner_id) == (world.open_library.id, None)
    assert await audience(item) == [("TIER", "gold"), ("TIER", "silver")]
    assert version.partner_id is None
    assert (version.status, version.published_at) == ("PUBLISHED", world.clock.now())


async def test_the_open_library_is_made_on_first_use(world: World) -> None:
    await ContentVersion.all().delete()
    await ContentItem.all().delete()
    await ContentLibrary.filter(kind="OPEN").delete()

    item, _ = await create(world, world.as_vendor())

    library = await ContentLibrary.get(kind="OPEN")
    assert (item.library_id, library.partner_id) == (library.id, None)


async def test_a_draft_is_told_as_created_only(world: World) -> None:
    item, _ = await create(world, world.acme.as_admin())

    (event,) = await told("CONTENT_ITEM_CREATED")
    assert (event.subject_id, event.partner_id) == (item.id, world.acme.partner.id)
    assert event.data == {"title": "Onboarding playbook", "kind": "PLAYBOOK"}
    assert await told("CONTENT_VERSION_PUBLISHED") == []


async def test_published_at_once_is_told_as_both(world: World) -> None:
    item, version = await create(world, world.acme.as_admin(), publish=True)

    (event,) = await told("CONTENT_VERSION_PUBLISHED")
    assert (event.subject_id, event.partner_id) == (version.id, world.acme.partner.id)
    assert event.data["contentItemId"] == global_id("ContentItem", item.id)
    assert len(await told("CONTENT_ITEM_CREATED")) == 1


async def test_the_audit_trail_keeps_the_checksum_of_a_body(world: World) -> None:
    item, _ = await create(world, world.acme.as_admin())

    (entry,) = await audited("createContentItem")
    assert (entry.subject_id, entry.partner_id) == (item.id, world.acme.partner.id)
    assert entry.input["body"] == checksum("# Week one")
    assert entry.input["title"] == PLAYBOOK.title


async def test_a_repeated_creation_gives_the_same_item(world: World) -> None:
    first, _ = await create(world, world.acme.as_admin(), idempotency_key="k")
    before = await everything()

    second, _ = await create(world, world.acme.as_admin(), idempotency_key="k")

    assert second.id == first.id
    assert await everything() == before
    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey"):
        await create(world, world.acme.as_admin(), idempotency_key="k", body="# Other")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"title": ""}, ErrorCode.REQUIRED, ("title",)),
        ({"title": "x" * 201}, ErrorCode.TOO_LONG, ("title",)),
        ({"description": "x" * 5001}, ErrorCode.TOO_LONG, ("description",)),
        ({"notes": "x" * 2001}, ErrorCode.TOO_LONG, ("notes",)),
        ({"body": " "}, ErrorCode.REQUIRED, ("body",)),
        ({"body": "x" * 200_001}, ErrorCode.TOO_LONG, ("body",)),
        ({"body": "nul \0"}, ErrorCode.INVALID, ("body",)),
        ({"tags": tuple(map(str, range(21)))}, ErrorCode.INVALID, ("tags",)),
        ({"tags": ("a", "x" * 41)}, ErrorCode.TOO_LONG, ("tags", "1")),
        ({"price": Money(-1, "USD")}, ErrorCode.INVALID, ("price", "amount")),
        ({"price": Money(10**30, "USD")}, ErrorCode.INVALID, ("price", "amount")),
        ({"audience": Audience(("gold",))}, ErrorCode.INVALID, ("audience",)),
    ],
)
async def test_a_wrong_item_is_refused(
    world: World, change: dict[str, Any], code: ErrorCode, field: tuple[str, ...]
) -> None:
    async with refused(code, *field):
        await create(world, world.acme.as_admin(), **change)


async def test_open_content_has_no_price_and_known_tiers_only(world: World) -> None:
    await stand(world, world.acme.partner, "gold")

    async with refused(ErrorCode.INVALID, "price"):
        await create(world, world.as_vendor(), price=Money(100, "USD"))
    async with refused(ErrorCode.NOT_FOUND, "audience", "tiers", "1"):
        await create(world, world.as_vendor(), audience=Audience(("gold", "platinum")))
    async with refused(ErrorCode.NOT_FOUND, "audience", "groups", "0"):
        await create(world, world.as_vendor(), audience=Audience(groups=("emea",)))


async def test_a_suspended_partner_writes_no_content(world: World) -> None:
    item, draft = await create(world, world.acme.as_admin())
    await Partner.filter(id=world.acme.partner.id).update(status="SUSPENDED")

    async with refused(ErrorCode.PARTNER_NOT_ACTIVE):
        await create(world, world.acme.as_admin())
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE):
        await publish(world, world.acme.as_admin(), item.id, version_id=draft.id)
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE):
        await adopt(world, world.acme.as_admin(), world.open_item.id)


# publishContentVersion


async def test_a_draft_is_published(world: World) -> None:
    item, draft = await create(world, world.acme.as_admin())
    world.clock.advance(hours=1)  # type: ignore[attr-defined]

    version = await publish(world, world.acme.as_app(), item.id, version_id=draft.id)

    assert (version.id, version.status) == (draft.id, "PUBLISHED")
    assert (version.body, version.notes) == (draft.body, "first")
    assert version.published_at == world.clock.now() > version.created_at
    (event,) = await told("CONTENT_VERSION_PUBLISHED")
    assert (event.subject_id, event.actor_id) == (version.id, UUID(int=7))
    assert event.data == {
        "contentItemId": global_id("ContentItem", item.id),
        "title": "Onboarding playbook",
        "number": 1,
    }
    (entry,) = await audited("publishContentVersion")
    assert (entry.subject_id, entry.api_key_id) == (version.id, UUID(int=7))


async def test_a_text_becomes_the_next_version_and_the_others_stay(world: World) -> None:
    version = await publish(
        world, world.as_vendor(), world.open_item.id, body="# New", notes=" better "
    )

    assert (version.number, version.status, version.notes) == (2, "PUBLISHED", "better")
    assert (version.checksum, version.partner_id) == (checksum("# New"), None)
    former = await ContentVersion.get(id=world.open_version.id)
    assert (former.status, former.body) == ("PUBLISHED", "# Controls")


async def test_a_published_version_never_changes(world: World) -> None:
    item, draft = await create(world, world.acme.as_admin(), publish=True)

    async with refused(ErrorCode.VERSION_IMMUTABLE, "versionId"):
        await publish(world, world.acme.as_admin(), item.id, version_id=draft.id)


async def test_a_retired_version_is_not_published_again(world: World) -> None:
    retired = await open_version(world, 2, "RETIRED")

    async with refused(ErrorCode.CONTENT_RETIRED, "versionId"):
        await publish(world, world.as_vendor(), world.open_item.id, version_id=retired.id)


async def test_a_draft_and_a_text_together_or_neither_are_refused(world: World) -> None:
    item, draft = await create(world, world.acme.as_admin())

    for what in ({}, {"version_id": draft.id, "body": "x"}, {"version_id": draft.id, "notes": "x"}):
        async with refused(ErrorCode.INVALID, "body"):
            await publish(world, world.acme.as_admin(), item.id, **what)


async def test_a_wrong_text_is_refused(world: World) -> None:
    item, _ = await create(world, world.acme.as_admin())

    async with refused(ErrorCode.REQUIRED, "body"):
        await publish(world, world.acme.as_admin(), item.id, body="")
    async with refused(ErrorCode.TOO_LONG, "notes"):
        await publish(world, world.acme.as_admin(), item.id, body="x", notes="x" * 2001)


async def test_a_version_of_another_item_is_unknown(world: World) -> None:
    item, _ = await create(world, world.acme.as_admin())
    _, other = await create(world, world.acme.as_admin())

    for version_id in (other.id, uuid4()):
        async with refused(ErrorCode.NOT_FOUND, "versionId"):
            await publish(world, world.acme.as_admin(), item.id, version_id=version_id)


async def test_another_partners_item_does_not_exist(world: World) -> None:
    item, draft = await create(world, world.acme.as_admin())

    for id in (item.id, uuid4()):
        async with refused(ErrorCode.NOT_FOUND, "contentItemId"):
            await publish(world, world.rival.as_admin(), id, version_id=draft.id)


async def test_what_is_seen_but_anothers_is_not_changed(world: World) -> None:
    item, draft = await create(world, world.acme.as_admin())

    async with refused(ErrorCode.INVALID, "contentItemId"):
        await publish(world, world.acme.as_admin(), world.open_item.id, body="# Mine now")
    async with refused(ErrorCode.INVALID, "contentItemId"):
        await publish(world, world.as_vendor(), item.id, version_id=draft.id)


async def test_an_adopted_item_has_no_versions_of_its_own(world: World) -> None:
    adopted = await adopt(world, world.acme.as_admin(), world.open_item.id)

    async with refused(ErrorCode.INVALID, "contentItemId"):
        await publish(world, world.acme.as_admin(), adopted.id, body="# Mine now")


async def test_a_repeated_publication_is_the_same_version(world: World) -> None:
    first = await publish(
        world, world.as_vendor(), world.open_item.id, body="# 2", idempotency_key="k"
    )
    before = await everything()

    second = await publish(
        world, world.as_vendor(), world.open_item.id, body="# 2", idempotency_key="k"
    )

    assert second.id == first.id
    assert await everything() == before


async def test_a_draft_published_twice_at_once_is_published_once(world: World) -> None:
    item, draft = await create(world, world.acme.as_admin())

    results = await asyncio.gather(
        *(
            outcome(publish(world, actor, item.id, version_id=draft.id))  # type: ignore[arg-type]
            for actor in (world.acme.as_admin(), world.acme.as_advisor())
        )
    )

    (lost,) = [result for result in results if isinstance(result, Refused)]
    assert lost.problems[0].code == ErrorCode.VERSION_IMMUTABLE
    assert len(await told("CONTENT_VERSION_PUBLISHED")) == 1
    assert len(await audited("publishContentVersion")) == 1


async def test_texts_published_at_once_never_share_a_number(world: World) -> None:
    results = await asyncio.gather(
        *(
            outcome(publish(world, world.as_vendor(), world.open_item.id, body=body))  # type: ignore[arg-type]
            for body in ("# a", "# b")
        )
    )

    published = [result for result in results if not isinstance(result, Refused)]
    lost = [result for result in results if isinstance(result, Refused)]
    assert all(refusal.problems[0].code == ErrorCode.CONFLICT for refusal in lost)
    numbers = await ContentVersion.filter(item_id=world.open_item.id).values_list(
        "number", flat=True
    )
    assert sorted(numbers) == list(range(1, 2 + len(published)))
    assert len(await told("CONTENT_VERSION_PUBLISHED")) == len(published) >= 1


# adoptContentItem


async def test_an_open_item_is_adopted_at_its_latest_published_version(world: World) -> None:
    latest = await open_version(world, 2, "PUBLISHED")
    await open_version(world, 3, "DRAFT")
    await open_version(world, 4, "RETIRED")

    adopted = await adopt(world, world.acme.as_advisor(), world.open_item.id)

    assert (adopted.library_id, adopted.partner_id) == (
        world.acme.library.id,
        world.acme.partner.id,
    )
    assert (adopted.adopted_item_id, adopted.adopted_version_id) == (world.open_item.id, latest.id)
    assert (adopted.title, adopted.kind) == ("Baseline controls", "CONTROL_SET")
    assert (adopted.price_minor, adopted.locked) == (None, False)
    assert await ContentVersion.filter(item_id=adopted.id).count() == 0


async def test_a_wanted_version_is_adopted(world: World) -> None:
    await open_version(world, 2, "PUBLISHED")

    adopted = await adopt(
        world, world.acme.as_admin(), world.open_item.id, version_id=world.open_version.id
    )

    assert adopted.adopted_version_id == world.open_version.id


async def test_an_adoption_is_told_to_the_partner_and_audited(world: World) -> None:
    adopted = await adopt(world, world.acme.as_admin(), world.open_item.id)

    (event,) = await told("CONTENT_ITEM_ADOPTED")
    assert (event.subject_id, event.partner_id) == (adopted.id, world.acme.partner.id)
    assert event.data == {
        "title": "Baseline controls",
        "adoptedItemId": global_id("ContentItem", world.open_item.id),
        "adoptedVersionId": global_id("ContentVersion", world.open_version.id),
        "number": 1,
    }
    (entry,) = await audited("adoptContentItem")
    assert (entry.subject_id, entry.actor_id) == (adopted.id, world.acme.admin.id)


async def test_each_partner_adopts_an_item_once(world: World) -> None:
    await adopt(world, world.acme.as_admin(), world.open_item.id)
    await adopt(world, world.rival.as_admin(), world.open_item.id)

    async with refused(ErrorCode.DUPLICATE, "contentItemId"):
        await adopt(world, world.acme.as_advisor(), world.open_item.id)


async def test_a_repeated_adoption_gives_the_same_item(world: World) -> None:
    first = await adopt(world, world.acme.as_admin(), world.open_item.id, idempotency_key="k")
    before = await everything()

    second = await adopt(world, world.acme.as_admin(), world.open_item.id, idempotency_key="k")

    assert second.id == first.id
    assert await everything() == before


async def test_two_adoptions_at_once_give_one_item(world: World) -> None:
    results = await asyncio.gather(
        *(
            outcome(adopt(world, actor, world.open_item.id))  # type: ignore[arg-type]
            for actor in (world.acme.as_admin(), world.acme.as_advisor())
        )
    )

    (lost,) = [result for result in results if isinstance(result, Refused)]
    assert lost.problems[0].code in (ErrorCode.DUPLICATE, ErrorCode.CONFLICT)
    assert await ContentItem.filter(adopted_item_id=world.open_item.id).count() == 1
    assert len(await told("CONTENT_ITEM_ADOPTED")) == 1


async def test_only_open_items_are_adopted(world: World) -> None:
    own, _ = await create(world, world.acme.as_admin(), publish=True)
    adopted = await adopt(world, world.acme.as_admin(), world.open_item.id)

    for item in (own, adopted):
        async with refused(ErrorCode.CONTENT_NOT_ADOPTABLE, "contentItemId"):
            await adopt(world, world.acme.as_admin(), item.id)


async def test_the_item_of_another_partner_cannot_be_found(world: World) -> None:
    item, _ = await create(world, world.rival.as_admin(), publish=True)

    for id in (item.id, uuid4()):
        async with refused(ErrorCode.NOT_FOUND, "contentItemId"):
            await adopt(world, world.acme.as_admin(), id)


async def test_an_item_without_a_published_version_is_not_adopted(world: World) -> None:
    item, _ = await create(world, world.as_vendor())

    async with refused(ErrorCode.CONTENT_NOT_PUBLISHED, "contentItemId"):
        await adopt(world, world.acme.as_admin(), item.id)


async def test_retired_content_is_not_adopted(world: World) -> None:
    retired = await open_version(world, 2, "RETIRED")

    async with refused(ErrorCode.CONTENT_RETIRED, "versionId"):
        await adopt(world, world.acme.as_admin(), world.open_item.id, version_id=retired.id)

    await ContentVersion.filter(id=world.open_version.id).update(status="RETIRED")
    async with refused(ErrorCode.CONTENT_RETIRED, "contentItemId"):
        await adopt(world, world.acme.as_admin(), world.open_item.id)


async def test_the_vendors_draft_does_not_exist_for_a_partner(world: World) -> None:
    draft = await open_version(world, 2, "DRAFT")

    for version_id in (draft.id, uuid4()):
        async with refused(ErrorCode.NOT_FOUND, "versionId"):
            await adopt(world, world.acme.as_admin(), world.open_item.id, version_id=version_id)


async def test_content_for_some_tiers_is_adopted_by_them_alone(world: World) -> None:
    await stand(world, world.acme.partner, "gold")
    await ContentAudience.create(item=world.open_item, kind="TIER", key="gold")

    # For the others it does not exist.
    async with refused(ErrorCode.NOT_FOUND, "contentItemId"):
        await adopt(world, world.rival.as_admin(), world.open_item.id)

    adopted = await adopt(world, world.acme.as_admin(), world.open_item.id)
    assert await audience(adopted) == []


async def test_the_vendor_adopts_nothing(world: World) -> None:
    async with refused(ErrorCode.INVALID):
        await adopt(world, world.as_vendor(), world.open_item.id)


async def test_first_open_items_at_once_share_one_library(world: World) -> None:
    await ContentVersion.filter(item_id=world.open_item.id).delete()
    await ContentItem.filter(id=world.open_item.id).delete()
    await ContentLibrary.filter(kind="OPEN").delete()

    created = await asyncio.gather(*(create(world, world.as_vendor()) for _ in range(4)))

    [library] = await ContentLibrary.filter(kind="OPEN")
    assert {item.library_id for item, _ in created} == {library.id}
