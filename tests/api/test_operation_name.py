"""Which operation of a document is executed: never one that the caller did not name."""

import pytest

from tests.world import World

# The database does not matter here: one is enough.
pytestmark = pytest.mark.parametrize("migrated", ["postgres"], indirect=True)

BOTH = """
mutation Archive { archiveClient(input: {idempotencyKey: "a", clientId: "b"}) {
  userErrors { code } } }
query Name { vendor { name } }
"""


async def test_several_operations_need_a_name(world: World, ask) -> None:
    for _ in range(2):
        answer = await ask(world.acme.as_admin(), BOTH)
        [error] = answer["errors"]
        assert answer["data"] is None
        assert error["extensions"]["code"] == "UNKNOWN_OPERATION"
        assert "Archive, Name" in error["message"]


async def test_the_one_named_is_executed(world: World, ask) -> None:
    answer = await ask(world.acme.as_admin(), BOTH, operation_name="Name")
    assert answer == {"data": {"vendor": {"name": "Northwind Software"}}}
