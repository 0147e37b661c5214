"""Event cursors: opaque, and nothing but what was handed out is taken back."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.cursors import InvalidCursor, decode, encode


@given(st.integers(0, 2**63 - 1))
def test_a_cursor_comes_back_as_the_sequence_it_was_made_of(sequence: int) -> None:
    assert decode(encode(sequence)) == sequence


@given(st.text() | st.text("ABCxyz019-_=", max_size=12))
def test_any_text_is_a_cursor_as_handed_out_or_refused(text: str) -> None:
    try:
        assert encode(decode(text)) == text
    except InvalidCursor as refusal:
        assert "Send the cursor" in str(refusal)


@pytest.mark.parametrize(
    "inside",
    [
        *[
            "",
            "e1:",
            "e1:-1",
            "e1:007",
            "e1: 7",
            "e1:+7",
            "e1:1_0",
            "e1:\N{ARABIC-INDIC DIGIT SEVEN}",
        ],
        *["e2:7", "7", "e1:x", f"e1:{2**63}", f"e1:{'9' * 30}", f"e1:{'9' * 5000}"],
    ],
)
def test_a_forged_cursor_is_refused(inside: str) -> None:
    text = urlsafe_b64encode(inside.encode()).decode().rstrip("=")

    with pytest.raises(InvalidCursor):
        decode(text)


def test_padding_or_noise_is_not_ignored() -> None:
    for text in (encode(7) + "=", encode(7) + "\n", "*" + encode(7), encode(7)[:-1]):
        with pytest.raises(InvalidCursor):
            decode(text)
