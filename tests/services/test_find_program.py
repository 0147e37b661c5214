"""Keys of tier programs that somebody made up."""

import pytest

from app.services.programs.versions import find_program
from tests.world import World


@pytest.mark.parametrize("key", ["", "nobody", "x" * 61, "é" * 300, "\0", "six\0clicks", "'"])
async def test_a_key_that_can_be_none_finds_nothing(world: World, key: str):
    """A long one was a bug of the server's to the model, one with a NUL to PostgreSQL."""
    assert await find_program(key) is None
