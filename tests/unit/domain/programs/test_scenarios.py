"""A partner's three years in each preset, as a channel manager would tell them."""

from datetime import timedelta

import pytest

from app.programs import preset_keys
from tests.unit.domain.programs.scenario import FOLDER, Player, load, years

SCENARIOS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_partner_on_its_way(name):
    scenario = load(name)
    player = Player(scenario)
    for day in scenario["story"]:
        seen = player.live(day)
        wanted = day["expect"]
        assert {"tier": seen["tier"], **{key: seen[key] for key in wanted}} == wanted, day


def test_there_are_three_years_in_each_preset():
    scenarios = [load(name) for name in SCENARIOS]
    assert {each["preset"] for each in scenarios} == set(preset_keys())
    assert all(years(each) >= timedelta(days=3 * 365) for each in scenarios)
