"""E-mail addresses: every spelling of one mailbox has one form."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.emails import check_email, normalise_email


@pytest.mark.parametrize(
    "spelling",
    [
        "jürgen@bücher.example",
        "jürgen@xn--bcher-kva.example",
        unicodedata.normalize("NFD", "jürgen@bücher.example"),
        " JÜRGEN@BÜCHER.EXAMPLE ",
        "jürgen@ｂücher.example",
    ],
)
def test_spellings_of_one_mailbox(spelling: str) -> None:
    assert normalise_email(spelling) == "jürgen@bücher.example"
    assert check_email(spelling, "email") == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("a\u200bda@example.com", "ZERO WIDTH SPACE"),
        ("ada@exa\u00admple.com", "SOFT HYPHEN"),
        ("ad\u202ea@example.com", "unsafe characters"),
        ("ada＠example.com", "full-width"),
        ("ada@localhost", "full"),
        ("ada@example.com.", "period"),
        ("Ada <ada@example.com>", "display name"),
        ("ada@[127.0.0.1]", "IP address"),
    ],
)
def test_what_is_no_address_is_explained(value: str, said: str) -> None:
    [problem] = check_email(value, "email")
    assert said in problem.message and problem.field == ("email",)


@given(st.text(max_size=20), st.sampled_from(["example.com", "bücher.example", "a.test"]))
def test_the_form_is_stable(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    form = normalise_email(address)
    assert normalise_email(form) == form
    if check_email(address, "email") == []:
        for spelled in ("NFC", "NFD"):
            assert normalise_email(unicodedata.normalize(spelled, address)) == form
