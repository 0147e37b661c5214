"""Texts that people read: what can be seen in them, and what has no place there."""

import pytest

from app.domain.characters import is_blank
from app.domain.checks import check_line, check_text
from app.domain.errors import ErrorCode


@pytest.mark.parametrize(
    "name",
    [
        *("Acme", "Łódź", "北京科技", "Ω", "7", "!", "e\u0301"),
        "می\u200cخواهم",  # Persian, with a zero-width non-joiner
        "\u200fשלום (abc)\u200f",  # Hebrew, with marks that set its direction
        "👨\u200d👩\u200d👧 Family",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Scotland",
        "❤\ufe0f",
        "葛\U000e0100城",  # Japanese, with the form of a character that a family uses
        "ᠭᠠᠵᠠᠷ\u180b",  # Mongolian, with the form of a letter
        "ภาษาไทย",
        "\u0601۱۳۵۰",  # an Arabic year
    ],
)
def test_names_of_all_languages_are_fine(name: str) -> None:
    assert check_line(name, "name") == [] == check_text(name, "name", longest=200)


@pytest.mark.parametrize("text", ["", "  ", "\u3000\u00a0", "\t", "\n"])
def test_white_space_is_no_name(text: str) -> None:
    assert is_blank(text)
    [problem] = check_line(text, "name")
    assert problem.code in (ErrorCode.REQUIRED, ErrorCode.INVALID)
    assert check_text(text, "name", longest=200) == []


@pytest.mark.parametrize(
    "text",
    [
        *("\u200b", "\u202e\u202c", "\u3164", "\ufeff", "\u200d", "\u00ad", "\u2800"),
        *("\u034f", "\u17b5", "\u180b", "\u2065", "\ufff0", "\ufff9", "\U000e0000", "\U0001d159"),
        *("\u0301", "\u20dd", " \u0301 "),  # marks without a letter
    ],
)
def test_what_cannot_be_seen_is_no_text(text: str) -> None:
    assert is_blank(text)
    assert check_line(text, "name") != [] != check_text(text, "name", longest=200)


@pytest.mark.parametrize(
    ("character", "said"),
    [
        ("\u202e", "RIGHT-TO-LEFT OVERRIDE (U+202E)"),
        ("\u2066", "LEFT-TO-RIGHT ISOLATE (U+2066)"),
        ("\x07", "U+0007"),
        ("\ud800", "U+D800"),
        ("\uffff", "U+FFFF"),
        ("\ufdd0", "U+FDD0"),
    ],
)
def test_what_has_no_place_in_any_text_is_named(character: str, said: str) -> None:
    for problems in (
        check_line(f"Ac{character}me", "name"),
        check_text(f"Ac{character}me", "name", longest=200),
    ):
        [problem] = problems
        assert (problem.code, problem.field) == (ErrorCode.INVALID, ("name",))
        assert said in problem.message


@pytest.mark.parametrize(
    "character",
    [
        *("\u200b", "\u00ad", "\ufeff", "\u2028", "\u3164", "\U000e0041", "\n", "\t"),
        *("\u034f", "\u17b4", "\u180e", "\u2065", "\ufff0", "\ufffb", "\U000e0fff"),
    ],
)
def test_names_have_one_line_and_nothing_that_makes_them_look_alike(character: str) -> None:
    [problem] = check_line(f"Ac{character}me", "name")
    assert problem.code is ErrorCode.INVALID
    assert check_text(f"Ac{character}me", "notes", longest=200) == []
