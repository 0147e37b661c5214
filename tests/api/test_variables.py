"""Variables below the root fields: in arguments, in input objects, in @skip and @include."""

import pytest

from tests.execute import Ask
from tests.world import World

# The database does not matter here: one is enough.
pytestmark = pytest.mark.parametrize("migrated", ["postgres"], indirect=True)

DOCUMENT = """
query($first: Int = 1, $search: String, $named: Boolean!) {
  viewer {
    partner {
      slug @skip(if: $named)
      clients(first: $first, where: {search: $search}) {
        nodes { name @include(if: $named) domain }
      }
    }
  }
}
"""


@pytest.mark.parametrize(
    ("variables", "partner"),
    [
        (
            {"named": True},
            {"clients": {"nodes": [{"name": "Acme First Client", "domain": "client.example"}]}},
        ),
        (
            {"named": False, "first": 5, "search": "nobody"},
            {"slug": "acme", "clients": {"nodes": []}},
        ),
        (
            {"named": False, "search": None},
            {"slug": "acme", "clients": {"nodes": [{"domain": "client.example"}]}},
        ),
    ],
)
async def test_variables_reach_nested_fields(
    world: World, ask: Ask, variables: dict[str, object], partner: dict[str, object]
) -> None:
    answer = await ask(world.acme.as_admin(), DOCUMENT, **variables)
    assert answer == {"data": {"viewer": {"partner": partner}}}
