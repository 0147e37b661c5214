"""The unit of work: all or nothing, whatever happens to the caller."""

import pytest

from app.persistence.models import Vendor
from tests.world import World


async def test_nothing_is_written_when_the_work_raises(world: World) -> None:
    async def work() -> None:
        await Vendor.filter(id=world.vendor.id).update(name="Other")
        raise LookupError

    with pytest.raises(LookupError):
        await world.database.transaction(work)

    assert (await Vendor.get(id=world.vendor.id)).name == world.vendor.name
