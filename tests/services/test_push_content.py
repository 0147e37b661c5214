"""pushContent: what it changes, what it passes over, and that the dry run says the same."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.auth.actor import Actor
from app.domain.errors import ErrorCode, Refused
from app.domain.pushes import Place, PlaceKind
from app.persistence.models import (
    AdvisorAssignment,
    Client,
    ClientTemplate,
    ContentGrant,
    ContentItem,
    ContentPush,
    ContentPushEntry,
    ContentVersion,
    Partner,
    TemplateItem,
)
from app.services.content.lock_client_content import LockClientContent, lock_client_content
from app.services.content.push_content import (
    PushContent,
    PushTargets,
    preview_push,
    push_content,
)
from tests.clients import add_item, add_template, add_version, created
from tests.contract.query_plans import sent
from tests.refusals import everything, refused, told
from tests.world import LONG_AGO, Team, World

ALL = PushTargets(all=True)


def some(*rows: Any) -> PushTargets:
    return PushTargets(ids=tuple(row if isinstance(row, UUID) else row.id for row in rows))


async def push(world: World, actor: Actor, version: ContentVersion, **to: PushTargets) -> UUID:
    input = PushContent(str(uuid4()), version.id, **to)
    ids = await push_content(world.caller(actor), input)
    return ids["content_push"]


async def dry_run(
    world: World, actor: Actor, version: ContentVersion, **to: PushTargets
) -> Sequence[Place]:
    """What a push would do; nothing is written."""
    before = await everything()
    places = await preview_push(world.caller(actor), PushContent("", version.id, **to))
    assert await everything() == before
    return places


async def log(push_id: UUID) -> list[tuple[UUID | None, str, UUID | None]]:
    """Each place, what came of it, and the version that it had."""
    return [
        (
            entry.adopted_item_id or entry.template_id or entry.client_id,
            entry.outcome,
            entry.from_version_id,
        )
        for entry in await ContentPushEntry.filter(push_id=push_id).order_by("id")
    ]


async def give(
    client: Client, item: ContentItem, version: ContentVersion, locked: bool = False
) -> ContentGrant:
    return await ContentGrant.create(
        partner_id=client.partner_id,
        client=client,
        item=item,
        version=version,
        source="TEMPLATE",
        granted_at=LONG_AGO,
        locked=locked,
    )


async def adopted_by(world: World, team: Team, locked: bool = False) -> ContentItem:
    return await add_item(
        team.library,
        "Baseline controls",
        adopted_item_id=world.open_item.id,
        adopted_version_id=world.open_version.id,
        locked=locked,
    )


@pytest.fixture
async def item(world: World) -> ContentItem:
    return await add_item(world.acme.library, "Handbook")


@pytest.fixture
async def first(item: ContentItem) -> ContentVersion:
    return await add_version(item, 1)


@pytest.fixture
async def second(item: ContentItem, first: ContentVersion) -> ContentVersion:
    return await add_version(item, 2)


async def test_a_push_brings_templates_and_clients_to_the_version(
    world: World, item: ContentItem, first: ContentVersion, second: ContentVersion
) -> None:
    acme, admin = world.acme, world.acme.as_admin()
    pinned = await add_template(acme, first)
    at_latest = await add_template(acme, item, name="Newest", name_key="newest")
    has = await created(world, acme, name="A", domain="a.example")
    holds = await created(world, acme, name="B", domain="b.example")
    newest = await created(world, acme, name="C", domain="c.example")
    grants = [
        await give(has, item, first),
        await give(holds, item, first, locked=True),
        await give(newest, item, second, locked=True),
    ]
    await give(world.rival.client, await add_item(world.rival.library, "X"), first)

    planned = await dry_run(world, admin, second, templates=ALL, clients=ALL)
    done = await push(world, admin, second, templates=ALL, clients=ALL)

    expected = [
        (pinned.id, "UPDATED", first.id),
        (at_latest.id, "UP_TO_DATE", None),
        (has.id, "UPDATED", first.id),
        (holds.id, "LOCKED", first.id),
        (newest.id, "UP_TO_DATE", second.id),
    ]
    assert await log(done) == expected
    assert [(place.id, place.outcome, place.from_version_id) for place in planned] == expected
    assert [(place.name, place.from_number) for place in planned][1:4] == [
        ("Newest", None),
        ("A", 1),
        ("B", 1),
    ]
    versions = [(await ContentGrant.get(id=grant.id)).version_id for grant in grants]
    assert versions == [second.id, first.id, second.id]
    rows = await TemplateItem.filter(item_id=item.id).order_by("id")
    assert [row.version_id for row in rows] == [second.id, None]
    assert (await ClientTemplate.get(id=pinned.id)).updated_at == world.clock.now()
    assert (await ClientTemplate.get(id=at_latest.id)).updated_at == LONG_AGO


async def test_a_push_is_kept_and_told(
    world: World, item: ContentItem, first: ContentVersion, second: ContentVersion
) -> None:
    acme = world.acme
    await give(acme.client, item, first)

    done = await push(world, acme.as_admin(), second, clients=ALL)

    row = await ContentPush.get(id=done)
    assert (row.partner_id, row.item_id, row.version_id) == (acme.partner.id, item.id, second.id)
    assert (row.pushed_at, row.pushed_by) == (world.clock.now(), acme.admin.id)
    whole, of_client = await told("CONTENT_PUSHED")
    assert (whole.subject_id, whole.client_id, of_client.client_id) == (done, None, acme.client.id)
    assert whole.data == of_client.data
    counts = {name: whole.data[name] for name in ("number", "updated", "added", "locked")}
    assert counts == {"number": 2, "updated": 1, "added": 0, "locked": 0}


async def test_a_named_client_gets_what_it_does_not_have(
    world: World, item: ContentItem, first: ContentVersion
) -> None:
    acme = world.acme

    done = await push(world, acme.as_advisor(), first, clients=some(acme.client, acme.client))

    assert await log(done) == [(acme.client.id, "ADDED", None)]
    [grant] = await ContentGrant.filter(client_id=acme.client.id)
    assert (grant.item_id, grant.version_id, grant.source) == (item.id, first.id, "PUSH")
    assert grant.granted_at == world.clock.now()
    again = await push(world, acme.as_admin(), first, clients=some(acme.client))
    assert await log(again) == [(acme.client.id, "UP_TO_DATE", first.id)]


async def test_all_are_the_active_clients_that_the_actor_administers(
    world: World, item: ContentItem, first: ContentVersion, second: ContentVersion
) -> None:
    acme = world.acme
    mine, seen, paused = [
        await created(world, acme, name=name, domain=f"{name}.example")
        for name in ("mine", "seen", "paused")
    ]
    for client in (mine, seen, paused):
        await give(client, item, first)
    for client, role in ((mine, "ADMIN"), (seen, "VIEWER")):
        await AdvisorAssignment.create(
            partner=acme.partner,
            client=client,
            advisor=acme.advisor,
            role=role,
            assigned_at=LONG_AGO,
        )
    await Client.filter(id=paused.id).update(status="SUSPENDED")

    done = await push(world, acme.as_advisor(), second, clients=ALL)
    assert await log(done) == [(mine.id, "UPDATED", first.id)]

    for client, code in [
        (seen, ErrorCode.ROLE_TOO_LOW),
        (paused, ErrorCode.NOT_FOUND),
        (world.rival.client, ErrorCode.NOT_FOUND),
    ]:
        async with refused(code, "clients", "ids", "1"):
            await push(world, acme.as_advisor(), second, clients=some(mine, client))
    async with refused(ErrorCode.CLIENT_NOT_ACTIVE, "clients", "ids", "0"):
        await push(world, acme.as_admin(), second, clients=some(paused))


async def test_the_vendor_pushes_to_partners_that_adopted_the_item(world: World) -> None:
    mine = await adopted_by(world, world.acme)
    theirs = await adopted_by(world, world.rival, locked=True)
    latest = await add_version(world.open_item, 2)
    old = world.open_version.id

    planned = await dry_run(world, world.as_vendor(), latest, partners=ALL)
    done = await push(world, world.as_vendor(), latest, partners=ALL)

    assert await log(done) == [(mine.id, "UPDATED", old), (theirs.id, "LOCKED", old)]
    assert [(p.kind, p.name, p.outcome) for p in planned] == [
        (PlaceKind.ADOPTED_ITEM, "Acme Advisory", "UPDATED"),
        (PlaceKind.ADOPTED_ITEM, "Rival Consulting", "LOCKED"),
    ]
    assert (await ContentItem.get(id=mine.id)).adopted_version_id == latest.id
    assert (await ContentItem.get(id=theirs.id)).adopted_version_id == old
    assert (await ContentPush.get(id=done)).partner_id is None
    # The partner is told in its own events.
    [event] = await told("CONTENT_ITEM_UPDATED")
    assert (event.partner_id, event.subject_id) == (world.acme.partner.id, mine.id)
    assert event.data == {"changed": ["adoptedVersion"]}


async def test_a_partner_pushes_an_adopted_item_at_its_version(world: World) -> None:
    acme, admin = world.acme, world.acme.as_admin()
    async with refused(ErrorCode.INVALID, "versionId"):
        await push(world, admin, world.open_version, clients=some(acme.client))
    mine = await adopted_by(world, acme)
    latest = await add_version(world.open_item, 2)

    async with refused(ErrorCode.INVALID, "versionId"):
        await push(world, admin, latest, clients=some(acme.client))
    await push(world, admin, world.open_version, clients=some(acme.client))

    [grant] = await ContentGrant.filter(client_id=acme.client.id)
    assert (grant.item_id, grant.version_id) == (mine.id, world.open_version.id)


async def test_a_push_to_nowhere_is_refused_at_each_place_it_may_go_to(
    world: World, second: ContentVersion
) -> None:
    for actor, version, fields in [
        (world.acme.as_admin(), second, ["templates", "clients"]),
        (world.as_vendor(), world.open_version, ["partners"]),
    ]:
        with pytest.raises(Refused) as refusal:
            await push_content(world.caller(actor), PushContent("k", version.id))
        found = [(problem.code, problem.field) for problem in refusal.value.problems]
        assert found == [(ErrorCode.REQUIRED, (field,)) for field in fields]


async def test_a_push_that_cannot_be_is_refused(
    world: World, item: ContentItem, first: ContentVersion, second: ContentVersion
) -> None:
    acme, admin, vendor = world.acme, world.acme.as_admin(), world.as_vendor()
    other = await add_template(acme)
    theirs = await add_template(world.rival)
    drafted = await add_version(item, 3, "DRAFT")
    gone = await add_version(item, 4, "RETIRED")
    await adopted_by(world, acme)
    rival = world.rival.as_admin()
    for actor, version, to, code, field in [
        (admin, second, {"clients": PushTargets()}, ErrorCode.REQUIRED, ("clients",)),
        (admin, second, {"partners": ALL}, ErrorCode.INVALID, ("partners",)),
        (vendor, world.open_version, {"clients": ALL}, ErrorCode.INVALID, ("clients",)),
        (vendor, second, {"partners": ALL}, ErrorCode.INVALID, ("versionId",)),
        (rival, second, {"clients": ALL}, ErrorCode.NOT_FOUND, ("versionId",)),
        (admin, drafted, {"clients": ALL}, ErrorCode.CONTENT_NOT_PUBLISHED, ("versionId",)),
        (admin, gone, {"clients": ALL}, ErrorCode.CONTENT_RETIRED, ("versionId",)),
        (admin, second, {"templates": some(other)}, ErrorCode.INVALID, ("templates", "ids", "0")),
        (
            admin,
            second,
            {"templates": some(theirs)},
            ErrorCode.NOT_FOUND,
            ("templates", "ids", "0"),
        ),
        (
            vendor,
            world.open_version,
            {"partners": some(acme.partner, world.rival.partner)},
            ErrorCode.NOT_FOUND,
            ("partners", "ids", "1"),
        ),
    ]:
        async with refused(code, *field):
            await push(world, actor, version, **to)
        with pytest.raises(Refused):
            await dry_run(world, actor, version, **to)
    await Partner.filter(id=acme.partner.id).update(status="SUSPENDED")
    async with refused(ErrorCode.PARTNER_NOT_ACTIVE):
        await push(world, admin, second, clients=ALL)


async def test_what_a_client_has_is_locked_and_unlocked(
    world: World, item: ContentItem, first: ContentVersion, second: ContentVersion
) -> None:
    acme = world.acme
    grant = await give(acme.client, item, first)

    async def lock(actor: Actor, locked: bool, item_id: UUID = item.id) -> None:
        input = LockClientContent(str(uuid4()), acme.client.id, item_id, locked)
        assert (await lock_client_content(world.caller(actor), input)) == {
            "content_grant": grant.id
        }

    await lock(acme.as_advisor(), True)
    [event] = await told("CONTENT_GRANT_LOCKED")
    assert (event.client_id, event.data["locked"]) == (acme.client.id, True)
    done = await push(world, acme.as_admin(), second, clients=some(acme.client))
    assert await log(done) == [(acme.client.id, "LOCKED", first.id)]
    async with refused(ErrorCode.ALREADY_DONE, "locked"):
        await lock(acme.as_admin(), True)
    async with refused(ErrorCode.NOT_FOUND, "contentItemId"):
        await lock(acme.as_admin(), True, world.open_item.id)
    async with refused(ErrorCode.NOT_FOUND, "clientId"):
        await lock(world.rival.as_admin(), False)
    await lock(world.as_vendor(), False)
    done = await push(world, acme.as_admin(), second, clients=ALL)
    assert await log(done) == [(acme.client.id, "UPDATED", first.id)]


async def test_a_push_to_many_takes_as_many_statements_as_one_to_few(
    world: World, item: ContentItem, first: ContentVersion, second: ContentVersion
) -> None:
    async def statements(count: int, version: ContentVersion) -> int:
        clients = [
            Client(
                partner=world.acme.partner,
                name=f"C{i}",
                name_key=f"c{i}",
                domain=f"c{i}.{count}.example",
                bracket_id="11-50",
                size_source="DECLARED",
                plan_id="FREE",
                created_at=LONG_AGO,
            )
            for i in range(count)
        ]
        await Client.bulk_create(clients)
        await ContentGrant.bulk_create(
            ContentGrant(
                partner=world.acme.partner,
                client_id=client.id,
                item=item,
                version=first,
                source="TEMPLATE",
                granted_at=LONG_AGO,
            )
            for client in clients
        )
        with sent() as found:
            await push(world, world.acme.as_admin(), version, clients=ALL)
        return len(found)

    few = await statements(2, second)
    assert await statements(120, await add_version(item, 3)) == few
