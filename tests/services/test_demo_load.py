"""Loading the demo: the same every time, all or nothing, at any scale."""

import hashlib
from datetime import timedelta

import pytest
from tortoise import Tortoise

from app.auth.actor import Actor
from app.demo import NotEmptyError, is_loaded, load_demo
from app.domain.events import EventType
from app.domain.identity import Role
from app.events.bus import Bus
from app.events.outbox import append
from app.events.relay import Relay
from app.persistence.models import Client, ContentItem, Event, Partner, Vendor
from tests.conftest import empty


async def _digest() -> dict[str, str]:
    """A digest of all rows, ids too, for each table; but not of what the database counts itself."""
    digests = {}
    for model in Tortoise.apps["models"].values():
        columns = model._meta.fields_db_projection.keys() - {"written"}
        rows = await model.all().order_by("id").values(*columns)
        text = "\n".join(repr(sorted(row.items())) for row in rows)
        digests[model.__name__] = hashlib.sha256(text.encode()).hexdigest()
    return digests


async def _counts() -> dict[str, int]:
    return {model.__name__: await model.all().count() for model in Tortoise.apps["models"].values()}


async def test_the_same_seed_and_moment_give_the_same_rows(database, clock):
    await load_demo(database, now=clock.now())
    first = await _digest()
    await empty(database)

    await load_demo(database, now=clock.now())

    assert await _digest() == first


async def test_another_seed_or_moment_gives_other_rows(database, clock):
    await load_demo(database, now=clock.now())
    first = await _digest()
    names = set(await Client.all().values_list("name", flat=True))

    await empty(database)
    await load_demo(database, now=clock.now(), seed=7)
    assert (await _digest())["Client"] != first["Client"]
    assert set(await Client.all().values_list("name", flat=True)) != names

    await empty(database)
    await load_demo(database, now=clock.now() + timedelta(days=1))
    assert (await _digest())["Event"] != first["Event"]


async def test_twice_the_scale_is_twice_the_partners_and_the_first_ones_stay(database, clock):
    await load_demo(database, now=clock.now())
    partners = await Partner.all().order_by("id").values()
    library = await _library()
    await empty(database)

    reports = []
    await load_demo(database, now=clock.now(), scale=2, progress=lambda *r: reports.append(r))

    assert await Partner.all().count() == 80
    assert await Client.all().count() == 1200
    ids = [partner["id"] for partner in partners]
    assert await Partner.filter(id__in=ids).order_by("id").values() == partners
    assert await _library() == library
    assert len(set(await Partner.all().values_list("slug", flat=True))) == 80
    assert ("partners", 80, 80) in reports
    events = await Event.all().count()
    assert reports[-1] == ("events", events, events)


async def _library() -> list[str]:
    items = ContentItem.filter(partner_id=None).order_by("id")
    return [str(id) for id in await items.values_list("id", flat=True)]


async def test_a_load_that_stopped_is_told_apart_from_a_whole_one(database, clock):
    def stop(doing: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await load_demo(database, now=clock.now(), progress=stop)
    before = await _counts()
    assert before["Partner"] > 0

    assert not await is_loaded(database)
    with pytest.raises(NotEmptyError, match="did not finish"):
        await load_demo(database, now=clock.now())
    assert await _counts() == before


async def test_a_second_load_writes_nothing(database, clock):
    await load_demo(database, now=clock.now())
    before = await _counts()

    with pytest.raises(NotEmptyError, match="There is already a vendor"):
        await load_demo(database, now=clock.now())

    assert await _counts() == before
    assert await is_loaded(database)


async def test_another_vendors_database_is_left_alone(world, clock):
    before = await _counts()

    assert not await is_loaded(world.database)
    with pytest.raises(NotEmptyError):
        await load_demo(world.database, now=clock.now())

    assert await _counts() == before
    assert (await Vendor.get()).name == "Northwind Software"


async def test_an_empty_database_is_not_loaded(database):
    assert not await is_loaded(database)


@pytest.mark.parametrize("scale", [0, -1])
async def test_a_scale_below_one_is_refused(database, clock, scale):
    with pytest.raises(ValueError, match="1 or more"):
        await load_demo(database, now=clock.now(), scale=scale)
    assert sum((await _counts()).values()) == 0


async def test_new_events_go_on_where_the_demo_ends(database, clock):
    await load_demo(database, now=clock.now())
    newest = await Event.exclude(partner_id=None).order_by("-sequence").first()
    total = await Event.all().count()
    relay = Relay(database, Bus())
    assert await relay.publish() == 0

    async def work():
        return await append(
            EventType.PARTNER_CREATED,
            subject_id=newest.partner_id,
            actor=Actor(Role.VENDOR_ADMIN),
            at=clock.now(),
            partner_id=newest.partner_id,
        )

    id = await database.transaction(work)
    assert await relay.publish() == 1
    event = await Event.get(id=id)
    assert event.sequence == total + 1
    assert event.partner_sequence == newest.partner_sequence + 1
