"""Fixtures of the tests that ask the real schema."""

import pytest

from tests.api.calls import Api
from tests.asking import Ask
from tests.world import World


@pytest.fixture
def api(ask: Ask, schema, world: World) -> Api:
    return Api(ask, schema, world)
