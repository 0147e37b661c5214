"""Names as they are compared: what counts as the same name, tag or slug."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.checks import check_line
from app.domain.content import clean_tags
from app.domain.text import MAX_KEY, slugify, sort_key, tag_key

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Łódź  Solutions", "lodz solutions"),
        ("Ørsted", "orsted"),
        ("Đà Nẵng", "da nang"),
        ("Þór Æsir Œuvre", "thor aesir oeuvre"),
        ("ışık İstanbul ħ ð", "isik istanbul h d"),
        ("Straße", "strasse"),
        ("Άθήνα Ὀδυσσεύς", "αθηνα οδυσσευσ"),
        ("ＡＢＣ ﾊﾞｽ", "abc バス"),
        ("x² Ⅳ ﬁne", "x2 iv fine"),
        ("Бой", "бой"),
        ("ガスコ", "ガスコ"),
        ("שָׁלוֹם", "שָׁלוֹם"),
        ("می‌خواهم", "میخواهم"),
        ("葛\U000e0100城 so\u00adft a\u034fb", "葛城 soft ab"),
        ("ʔaq̓am", "ʔaqam"),
        ("´ ¨", "\u0301 \u0308"),
    ],
)
def test_the_key_of_a_name(name: str, key: str) -> None:
    assert sort_key(name) == sort_key(unicodedata.normalize("NFD", name)) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("бой", "бои"),
        ("バス", "パス"),
        ("かき", "がき"),
        ("क़लम", "कलम"),
        ("한", "하"),
        ("שָׁלוֹם", "שלום"),
    ],
)
def test_marks_of_other_scripts_make_other_names(one: str, other: str) -> None:
    assert sort_key(one) != sort_key(other)
    assert tag_key(one) != tag_key(other)


def test_a_search_for_other_letters_finds_nothing() -> None:
    assert sort_key("カス") not in sort_key("ガスコ")


@given(TEXTS)
def test_keys_are_stable(text: str) -> None:
    for key in (sort_key, tag_key):
        assert key(key(text)) == key(text)
        for form in ("NFC", "NFD"):
            assert key(unicodedata.normalize(form, text)) == key(text)
    assert len(sort_key(text)) <= MAX_KEY


@given(st.text(st.characters(min_codepoint=0x410, max_codepoint=0x44F), min_size=1, max_size=8))
def test_a_breve_on_a_cyrillic_letter_counts(text: str) -> None:
    assert sort_key(text + "и\u0306") == sort_key(text + "й") != sort_key(text + "и")


WORDS = st.text(
    st.sampled_from("カガハバパウヴийеёоўकक़खख़אבשׁשׂباآاกก่ก้한하학"), min_size=1, max_size=8
)


@given(WORDS, WORDS)
def test_different_words_of_other_scripts_stay_different(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    for key in (sort_key, tag_key):
        assert (key(one) == key(other)) is same


@given(TEXTS)
def test_every_name_has_a_key(text: str) -> None:
    assert sort_key(text) or check_line(text, "name")


def test_long_names_that_differ_at_the_end_have_different_keys() -> None:
    keys = {sort_key("ß" * 199 + end) for end in "abc"}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {MAX_KEY}


def test_tags_are_the_same_but_for_case_and_latin_accents() -> None:
    assert clean_tags(["Café", "cafe", "バス", "パス", "x²", "x2", "Ⅳ", "iv", "ⅳ"]) == (
        *("Café", "バス", "パス", "x²", "x2", "Ⅳ", "iv"),
    )


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Łódź Solutions", "lodz-solutions"),
        ("Ørsted & Søn", "orsted-son"),
        ("Straße 7", "strasse-7"),
        ("北京科技", "beijingkeji"),
        ("Яндекс", "yandeks"),
        ("Ａcme", "acme"),
        ("  --  ", ""),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_a_slug(name: str, slug: str) -> None:
    assert slugify(name) == slug
