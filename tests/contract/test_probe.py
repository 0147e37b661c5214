import pytest
@pytest.mark.parametrize("i", range(20))
async def test_x(world, ask, i):
    a = await ask(world.as_vendor(), "{ partners { nodes { id name clients { totalCount nodes { id name content { nodes { id } } } } } } }")
    assert "errors" not in a
