"""What `perform` makes of a row that the database refuses."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest
from tortoise.exceptions import IntegrityError

from app.domain.errors import ErrorCode
from app.domain.ids import new_id
from app.persistence.models import Advisor, AdvisorAssignment, Client, Partner
from app.services.use_case import Done, perform
from tests.refusals import everything, refused
from tests.world import LONG_AGO, World

Write = Callable[[World], Awaitable[object]]


async def rename_then(world: World, write: Write) -> None:
    """A use case that writes a row, and then one that the database does not take."""

    async def work(now: datetime) -> Done:
        await Partner.filter(id=world.acme.partner.id).update(name="Other")
        await write(world)
        return Done(world.acme.client.id, None, {})

    await perform(world.caller(world.acme.as_admin()), "test", "key", {}, work)


async def same_slug(world: World) -> None:
    await Partner.filter(id=world.acme.partner.id).update(slug=world.rival.partner.slug)


async def same_live_assignment(world: World) -> None:
    acme = world.acme
    await AdvisorAssignment.create(
        partner=acme.partner,
        client=acme.client,
        advisor=acme.advisor,
        role="ADMIN",
        assigned_at=LONG_AGO,
    )


async def same_email_in_bulk(world: World) -> None:
    advisor = world.acme.advisor
    values = {**dict(advisor), "id": new_id()}
    await Advisor.bulk_create([Advisor(**values)])


@pytest.mark.parametrize("write", [same_slug, same_live_assignment, same_email_in_bulk])
async def test_a_row_that_is_there_already_is_a_lost_race(world: World, write: Write) -> None:
    async with refused(ErrorCode.CONFLICT):
        await rename_then(world, write)


async def unknown_status(world: World) -> None:
    await Client.filter(id=world.acme.client.id).update(status="NONSENSE")


async def no_such_size(world: World) -> None:
    await Client.filter(id=world.acme.client.id).update(bracket_id="no such size")


async def no_name(world: World) -> None:
    await world.database.rows("UPDATE client SET name = NULL", [])


@pytest.mark.parametrize("write", [unknown_status, no_such_size, no_name])
async def test_a_row_that_breaks_another_rule_is_a_bug(world: World, write: Write) -> None:
    before = await everything()
    with pytest.raises(IntegrityError):
        await rename_then(world, write)
    assert await everything() == before
