"""Fixtures of the contract tests."""

import pytest

from tests.contract.full_database import Full
from tests.world import World


@pytest.fixture
async def full(world: World) -> Full:
    """The small world with a row in every table for each of the two teams."""
    full = Full(world)
    await full.grow(1, world.acme, world.rival)
    return full
