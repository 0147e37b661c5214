"""Differences between programs in words."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given, settings

from app.domain.programs.difference import differences
from app.domain.programs.parse import parse_program
from app.programs import load_preset
from tests.unit.domain.programs.sample import CONDITION, FILE, REMOVE, changed_at
from tests.unit.domain.programs.strategies import programs

PROGRAM = parse_program(FILE)
GATE = "“Integrators”"


def told(steps, value):
    return differences(PROGRAM, parse_program(changed_at(steps, value)))


@pytest.mark.parametrize(
    ("steps", "value", "sentence"),
    [
        (["name"], "Stairs", "Program: the name changes from Ladder to Stairs."),
        (["key"], "stairs", "Program: the key changes from ladder to stairs."),
        (["description"], "New", "Program: the description is now New."),
        (
            ["effectiveFrom"],
            "2026-02-01",
            "Program: the date from which it is in force changes from 2026-01-01T00:00:00Z to "
            "2026-02-01T00:00:00Z.",
        ),
        (["partnerTypes"], ["MSP", "VAR"], "Program: VAR partners now take part."),
        (
            ["partnerTypes"],
            REMOVE,
            "Program: the circle of partners changes from MSP to every partner type.",
        ),
        (
            ["policy", "promotion"],
            "APPROVAL",
            "Policy: promotion changes from IMMEDIATE to APPROVAL.",
        ),
        (
            ["policy", "retention"],
            {"kind": "LIVE"},
            "Policy: retention changes from kind GRACE, days 30, noticeDays 10 to kind LIVE.",
        ),
        (
            ["policy", "entryDeadline"],
            REMOVE,
            "Policy: the entry deadline is dropped (before: days 90, action NOTIFY).",
        ),
        (["gate"], REMOVE, f"Gate: {GATE} is no longer required."),
        (
            ["gate", "threshold"],
            ["VAR", "MSP"],
            f"Gate: the threshold of {GATE} changes from VAR to VAR, MSP.",
        ),
        (["tiers", 1, "name"], "Top", "Tier high: the name changes from High to Top."),
        (["tiers", 0, "color"], "#000000", "Low: the colour changes from #AABBCC to #000000."),
        (
            [*CONDITION, 0, "threshold"],
            12,
            "High: the threshold of “Ten deals” rises from 10 to 12.",
        ),
        ([*CONDITION, 0, "threshold"], 9, "High: the threshold of “Ten deals” falls from 10 to 9."),
        (
            [*CONDITION, 0, "threshold"],
            None,
            "High: the threshold of “Ten deals” is no longer published (before: 10).",
        ),
        (
            [*CONDITION, 0, "operator"],
            "GT",
            "High: the operator of “Ten deals” changes from GTE to GT.",
        ),
        (
            [*CONDITION, 2, "window", "count"],
            6,
            "High: the window of “Enough sold” changes from ROLLING 12 MONTH to ROLLING 6 MONTH.",
        ),
        (
            [*CONDITION, 2, "filters", "motions"],
            ["RESALE"],
            "High: the motions of “Enough sold” is now RESALE.",
        ),
        ([*CONDITION, 1], REMOVE, "High: “A page” is no longer required."),
        (
            [*CONDITION, 1, "label"],
            "The page",
            "High: the label of “A page” changes from A page to The page.",
        ),
        (
            ["tiers", 1, "requirement", "kind"],
            "ANY",
            "High: what must hold changes from all of it to any of it.",
        ),
        (
            ["benefits", 0, "tiers", "high", "value", "rate"],
            "0.3",
            "Share in High: the rate rises from 0.20 to 0.30.",
        ),
        (["benefits", 0, "tiers"], {}, "High no longer gives Share."),
        (["benefits"], [], "Benefit Share (share) is removed."),
    ],
)
def test_a_change_is_told_in_one_sentence(steps, value, sentence):
    assert told(steps, value) == [sentence]


def test_a_threshold_by_currency_is_told_for_each():
    money = {"revenue": "SOLD_ARR", "currency": "LOCAL"}
    before = changed_at([*CONDITION, 2, "filters"], money)
    before["tiers"][1]["requirement"]["of"][2]["threshold"] = {"USD": 10, "EUR": 9}
    after = copy.deepcopy(before)
    after["tiers"][1]["requirement"]["of"][2]["threshold"] = {"USD": 12, "AUD": 15}
    assert differences(parse_program(before), parse_program(after)) == [
        "High: the threshold of “Enough sold” in AUD is now 15.",
        "High: the threshold of “Enough sold” in EUR is dropped (before: 9).",
        "High: the threshold of “Enough sold” in USD rises from 10 to 12.",
    ]


def test_tiers_and_benefits_that_come_are_told_with_their_place():
    after = copy.deepcopy(FILE)
    after["tiers"].append({"key": "top", "name": "Top"})
    after["benefits"].append({"key": "pen", "name": "Pen", "kind": "AWARD"})
    assert differences(PROGRAM, parse_program(after)) == [
        "Tier Top (top) is added above High, open to all.",
        "Benefit Pen (pen) is added, given by no tier.",
    ]


def test_another_order_is_told():
    after = copy.deepcopy(FILE)
    after["tiers"].reverse()
    after["tiers"][0]["requirement"]["of"].reverse()
    assert differences(PROGRAM, parse_program(after)) == [
        "High: the conditions are in another order: Enough sold, A page, Ten deals.",
        "The tiers are in another order: High, Low.",
    ]


def test_a_group_in_place_of_a_condition_is_told():
    assert told([*CONDITION, 1], {"kind": "ANY", "of": [FILE["gate"]]}) == [
        "High: “A page” is no longer required.",
        "High: “Integrators” is also required.",
    ]


@settings(max_examples=200, deadline=None)
@given(programs(), programs())
def test_there_are_differences_just_if_programs_differ(first, second):
    one, other = parse_program(first), parse_program(second)
    assert bool(differences(one, other)) == (one != other)
    assert differences(one, one) == []


@settings(max_examples=200, deadline=None)
@given(programs(), programs())
def test_each_part_that_differs_is_told(first, second):
    one, other = parse_program(first), parse_program(second)
    for part in ("partner_types", "policy", "gate", "effective_from", "description", "name"):
        mixed = replace(one, **{part: getattr(other, part)})
        assert bool(differences(one, mixed)) == (one != mixed)
    if one.tiers[0].key == other.tiers[0].key:
        mixed = replace(one, tiers=(other.tiers[0], *one.tiers[1:]))
        assert bool(differences(one, mixed)) == (one != mixed)


def test_two_presets_differ_in_many_ways():
    one, other = (parse_program(load_preset(key)) for key in ("metal", "metal-white-label"))
    sentences = differences(one, other)
    assert (
        "Silver: the threshold of “Sold MRR of at least USD 500,000 in the month before” rises "
        "from 500000 to 1000000." in sentences
    )
