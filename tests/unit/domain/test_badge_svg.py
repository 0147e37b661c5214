"""The badge as a picture: well-formed whatever the names, readable whatever the colour."""

import re
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.programs.badge import Badge, badge_path, draw_badge
from app.domain.svg import luminance, readable_on

SVG = "{http://www.w3.org/2000/svg}"
LEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NAMES = st.text(min_size=1, max_size=200)


def badge(**changes) -> Badge:
    values = {
        "vendor": "Northwind Software",
        "program": "Channel Program",
        "partner": "Acme Advisory",
        "tier": "Gold",
        "color": "#D4A017",
        "since": date(2026, 3, 1),
    }
    return Badge(**{**values, **changes})


def shown(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_it_says_who_is_what_where_and_since_when():
    svg = draw_badge(badge())
    assert shown(svg) == [
        "Northwind Software Channel Program",
        "Gold",
        "Acme Advisory",
        "Since 2026-03-01",
    ]
    root = ElementTree.fromstring(svg)
    title = "Acme Advisory: Gold, Northwind Software Channel Program, since 2026-03-01"
    assert root.find(f"{SVG}title").text == title
    assert (root.get("role"), root.get("aria-label")) == ("img", title)


def test_the_vendor_is_named_once():
    assert shown(draw_badge(badge(program="Northwind Software Partners")))[0] == (
        "Northwind Software Partners"
    )


@given(vendor=NAMES, program=NAMES, partner=NAMES, tier=NAMES)
def test_any_name_gives_well_formed_xml_with_the_name_in_it(vendor, program, partner, tier):
    svg = draw_badge(badge(vendor=vendor, program=program, partner=partner, tier=tier))
    root = ElementTree.fromstring(svg.encode("utf-8"))
    title = root.find(f"{SVG}title").text
    for name in (partner, tier, program):
        assert LEGAL.sub("\ufffd", name) in title
    # Nothing of a name became an element or a script.
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "metadata", "jws", "rect", "path", "g", "text"}


@given(NAMES)
def test_a_long_name_is_cut_a_short_one_is_not(name):
    texts = shown(draw_badge(badge(partner=name)))
    whole = LEGAL.sub("\ufffd", " ".join(name.split()))
    assert texts[2] == whole or (texts[2].endswith("…") and len(whole) > 15)


def test_what_would_be_markup_is_text():
    evil = '</title><script>alert(1)</script>" onload="alert(1)'
    svg = draw_badge(badge(partner=evil))
    assert "<script" not in svg
    assert 'onload="' not in svg


@given(st.from_regex(r"#[0-9A-Fa-f]{6}", fullmatch=True))
def test_the_sign_is_readable_on_any_colour(color):
    lighter, darker = sorted([luminance(color), luminance(readable_on(color))], reverse=True)
    # WCAG asks for 3 of graphics and of 4.5 of text.
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


@pytest.mark.parametrize(("color", "ink"), [("#FFFF00", "#000000"), ("#1F3A5F", "#FFFFFF")])
def test_black_on_light_and_white_on_dark(color, ink):
    assert readable_on(color) == ink
    svg = draw_badge(badge(color=color))
    assert f'fill="{color}"' in svg
    assert f'<g fill="{ink}">' in svg


def test_a_tier_without_a_colour_has_a_badge():
    ElementTree.fromstring(draw_badge(badge(color=None)))


def test_the_signature_is_the_only_thing_that_changes():
    signed, unsigned = draw_badge(badge(), "a.b.c"), draw_badge(badge())
    assert signed.replace("a.b.c", "") == unsigned


def test_its_address():
    assert badge_path("sixclicks", "acme") == "/badges/sixclicks/acme.svg"
