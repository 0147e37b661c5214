"""Checks that inputs of all areas share."""

import pytest

from app.domain.checks import check_currency, check_line, check_no_card, check_text
from app.domain.emails import check_email, normalise_email
from app.domain.errors import ErrorCode


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("Ünïcode 名前 🙂", []),
        ("x" * 200, []),
        ("", [ErrorCode.REQUIRED]),
        (" \t ", [ErrorCode.REQUIRED]),
        ("x" * 201, [ErrorCode.TOO_LONG]),
        ("two\nlines", [ErrorCode.INVALID]),
        ("nul\0", [ErrorCode.INVALID]),
    ],
)
def test_a_line(value: str, codes: list[ErrorCode]) -> None:
    problems = check_line(value, "admin", "name")
    assert [problem.code for problem in problems] == codes
    assert all(problem.field == ("admin", "name") for problem in problems)


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("", []),
        ("two\nlines", []),
        ("xxxx", [ErrorCode.TOO_LONG]),
        ("n\0", [ErrorCode.INVALID]),
    ],
)
def test_a_text(value: str, codes: list[ErrorCode]) -> None:
    longest = max(3, len(value)) if "\n" in value else 3
    assert [p.code for p in check_text(value, "notes", longest=longest)] == codes


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("ada@example.com", []),
        (" Ada.L+x@mail.example.co.uk ", []),
        ("", [ErrorCode.REQUIRED]),
        ("ada", [ErrorCode.INVALID]),
        ("ada@localhost", [ErrorCode.INVALID]),
        ("a da@example.com", [ErrorCode.INVALID]),
        ("ada@@example.com", [ErrorCode.INVALID]),
        ("ada@example..com", [ErrorCode.INVALID]),
        ("a" * 250 + "@example.com", [ErrorCode.TOO_LONG]),
        # One character each as given, two in the lower case that is kept.
        ("İ" * 120 + "@b.example.com", []),
        ("İ" * 121 + "@b.example.com", [ErrorCode.TOO_LONG]),
        (" " * 300 + "ada@example.com", []),
    ],
)
def test_an_email(value: str, codes: list[ErrorCode]) -> None:
    assert [problem.code for problem in check_email(value, "email")] == codes


def test_an_email_is_kept_in_one_form() -> None:
    assert normalise_email(" Ada@Example.COM ") == "ada@example.com"


@pytest.mark.parametrize(("value", "fine"), [("USD", True), ("usd", False), ("USDT", False)])
def test_a_currency(value: str, fine: bool) -> None:
    assert (check_currency(value, "currencyCode") == []) is fine


@pytest.mark.parametrize(
    "value",
    [
        "4242424242424242",
        " 4242 4242 4242 4242 ",
        "3782-822463-10005",
        "4222222222222",
        "6304000000000000000",
    ],
)
def test_a_card_number_is_no_reference(value: str) -> None:
    [problem] = check_no_card(value, "reference")
    assert (problem.code, problem.field) == (ErrorCode.INVALID, ("reference",))
    assert "4242" not in problem.message


@pytest.mark.parametrize(
    "value",
    [
        # Twelve digits, twenty, a wrong check digit, more than digits.
        *("424242424242", "42424242424242424242", "4242424242424241"),
        *("ch_4242424242424242", "DE89 3704 0044 0532 0130 00", "INV-000123", ""),
    ],
)
def test_other_references(value: str) -> None:
    assert check_no_card(value, "reference") == []
