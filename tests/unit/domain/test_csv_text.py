"""Lines of CSV: RFC 4180, and nothing that a spreadsheet would run."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.csv_text import csv_line

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(texts, min_size=1))
def test_a_reader_gets_the_cells_back(cells: list[str]):
    [read] = csv.reader(io.StringIO(csv_line(cells), newline=""))
    assert [text.removeprefix("'") for text in read] == [text.removeprefix("'") for text in cells]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "-1;2", "-"])
def test_a_formula_is_disarmed(text: str):
    [[cell]] = csv.reader(io.StringIO(csv_line([text]), newline=""))
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "-0.25", "12", "a=b", ""])
def test_numbers_and_other_texts_are_as_they_are(text: str):
    [[cell, _]] = csv.reader(io.StringIO(csv_line([text, "x"]), newline=""))
    assert cell == text


def test_what_has_to_be_quoted_is():
    assert csv_line(['a "b"', "c,d", "e\nf", None]) == '"a ""b""","c,d","e\nf",\r\n'
