"""The way to the next tier as a picture: well-formed, complete, readable without its colours."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.programs.chart import Bar, progress_chart

SVG = "{http://www.w3.org/2000/svg}"
LEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NAMES = st.text(min_size=1, max_size=120)
BARS = st.lists(
    st.builds(Bar, NAMES, NAMES, st.none() | NAMES, st.floats(), st.booleans()), max_size=6
)
CERTIFIED = Bar("Certified people", "3", "1", 3.0, True)
SOLD = Bar("Sold ARR", "USD 42,000", "USD 60,000", 0.7, False)


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.encode("utf-8"))


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in drawn(svg).iter(f"{SVG}text")]


def bars(svg: str) -> list[tuple[str, float]]:
    """The filled bars: what kind, and how long."""
    return [
        (kind, float(rect.get("width", "0")))
        for rect in drawn(svg).iter(f"{SVG}rect")
        if (kind := rect.get("class", "").removeprefix("pg-chart-")) in ("met", "open")
    ]


def test_each_condition_has_its_numbers_and_its_state():
    svg = progress_chart("Silver", "Gold", [CERTIFIED, SOLD])
    assert texts(svg) == [
        "Silver → Gold",
        "Certified people",
        "3 (needed: 1)",
        "met",
        "Sold ARR",
        "USD 42,000 (needed: USD 60,000)",
        "70 %",
    ]
    assert bars(svg) == [("met", 600.0), ("open", 420.0)]


def test_it_is_told_in_words_too():
    root = drawn(progress_chart(None, "Gold", [CERTIFIED, SOLD]))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == root.get("aria-label") == "No tier → Gold"
    assert root.find(f"{SVG}desc").text == (
        "Certified people: 3 (needed: 1), met; Sold ARR: USD 42,000 (needed: USD 60,000), 70 %"
    )


def test_an_unpublished_threshold_stays_unpublished():
    svg = progress_chart("Silver", "Gold", [Bar("Sold ARR", "USD 5", None, 0.0, False)])
    assert "USD 5 (the threshold is not published)" in texts(svg)
    assert texts(svg)[-1] == "open"
    assert bars(svg) == []


@pytest.mark.parametrize(
    ("share", "state"), [(0.999, "99 %"), (1.0, "99 %"), (7.0, "99 %"), (-1.0, "0 %"), (0, "0 %")]
)
def test_what_is_not_met_never_looks_met(share, state):
    svg = progress_chart("Silver", "Gold", [Bar("Sold", "1", "2", share, False)])
    assert texts(svg)[-1] == state
    assert all(length < 600 for _, length in bars(svg))


def test_the_highest_tier_and_no_conditions():
    assert texts(progress_chart("Gold", None, [])) == [
        "Gold: no higher tier",
        "Nothing more is required.",
    ]


def test_a_long_label_is_wrapped_then_cut():
    label = "at least one deal registration each month " * 6
    lines = texts(progress_chart("Silver", "Gold", [Bar(label, "1", "2", 0.5, False)]))[1:3]
    assert lines[0].startswith("at least one")
    assert label.startswith(" ".join(lines).removesuffix("…"))
    assert lines[1].endswith("…")


@given(NAMES, st.none() | NAMES, BARS)
def test_any_text_gives_well_formed_xml_with_the_text_in_it(tier, next_tier, conditions):
    svg = progress_chart(tier, next_tier, conditions)
    root = drawn(svg)
    assert LEGAL.sub("\ufffd", tier) in root.find(f"{SVG}title").text
    told = root.find(f"{SVG}desc").text
    assert all(LEGAL.sub("\ufffd", bar.label) in told for bar in conditions)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "path", "text"}
    # All of it is inside of the picture.
    bottom = float(root.get("height"))
    assert all(float(text.get("y")) < bottom for text in root.iter(f"{SVG}text"))


def test_light_and_dark_and_no_ids():
    svg = progress_chart("Silver", "Gold", [CERTIFIED])
    assert "prefers-color-scheme: dark" in svg
    assert " id=" not in svg
