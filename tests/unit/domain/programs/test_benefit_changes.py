"""What a move between tiers gives and takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.programs.benefits import GivenBenefit, benefit_changes, direction
from app.domain.programs.vocabulary import TierDirection

SILVER = (GivenBenefit("margin-share", 1, {"rate": "0.20"}, None),)
GOLD = (
    GivenBenefit("margin-share", 1, {"rate": "0.30"}, None),
    GivenBenefit("portal", 3, {}, None),
)
PLATINUM = (
    GivenBenefit("margin-share", 1, {"rate": "0.40"}, None),
    GivenBenefit("co-marketing", 2, {}, None),
    GivenBenefit("portal", 3, {}, None),
)


def _keys(benefits):
    return [benefit.key for benefit in benefits]


@st.composite
def _benefits(draw):
    """The benefits of a tier: in program order, at most one of each key."""
    keys = draw(st.sets(st.integers(1, 8)))
    values = st.fixed_dictionaries({"text": st.sampled_from(["10 %", "20 %"])})
    conditions = st.none() | st.just({"kind": "CONDITION", "label": "trained"})
    return tuple(
        GivenBenefit(f"benefit-{key}", key, draw(values), draw(conditions)) for key in sorted(keys)
    )


def test_gold_to_platinum():
    gained, lost = benefit_changes(GOLD, PLATINUM)
    assert _keys(gained) == ["margin-share", "co-marketing"]
    assert _keys(lost) == ["margin-share"]
    assert (gained[0].value["rate"], lost[0].value["rate"]) == ("0.40", "0.30")


def test_a_first_placement_gains_all_of_its_tier():
    assert benefit_changes((), SILVER) == (SILVER, ())


@given(_benefits())
def test_no_move_changes_nothing(benefits):
    assert benefit_changes(benefits, benefits) == ((), ())


@given(_benefits(), _benefits())
def test_the_way_back_undoes_the_way_there(one, other):
    gained, lost = benefit_changes(one, other)
    assert benefit_changes(other, one) == (lost, gained)


@given(_benefits(), _benefits())
def test_what_was_held_less_the_lost_plus_the_gained_is_what_is_held(one, other):
    gained, lost = benefit_changes(one, other)
    held = [benefit for benefit in one if benefit not in lost] + list(gained)
    assert sorted(held, key=lambda b: b.position) == list(other)


@given(_benefits(), _benefits(), st.randoms())
def test_changes_come_in_program_order_whatever_the_order_given(one, other, random):
    shuffled = random.sample(other, len(other))
    assert benefit_changes(one, shuffled) == benefit_changes(one, other)
    for changes in benefit_changes(one, shuffled):
        assert [c.position for c in changes] == sorted(c.position for c in changes)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, 1, TierDirection.PLACED),
        (0, 3, TierDirection.PLACED),
        (1, 2, TierDirection.PROMOTION),
        (1, 3, TierDirection.PROMOTION),
        (3, 1, TierDirection.DEMOTION),
        (2, None, TierDirection.REMOVED),
        (2, 0, TierDirection.REMOVED),
    ],
)
def test_direction(before, after, expected):
    assert direction(before, after) is expected


@pytest.mark.parametrize(("before", "after"), [(None, None), (0, None), (2, 2)])
def test_staying_is_no_move(before, after):
    with pytest.raises(ValueError, match="not a move"):
        direction(before, after)
