"""Tables as spreadsheets save them."""

import io

import pytest

from app.domain.csv_rows import Row, UnreadableFile, csv_rows

COLUMNS = ("name", "domain", "bracket", "priceBasis")


def rows(text: str) -> list[Row]:
    return list(csv_rows(io.StringIO(text, newline=""), COLUMNS, ("name", "domain")))


@pytest.mark.parametrize(
    "text",
    [
        "name,domain,priceBasis\nA,a.example,LIST\n",
        "\ufeffname,domain,priceBasis\r\nA,a.example,LIST\r\n",
        "name,domain,priceBasis\rA,a.example,LIST\r",
        "NAME, Domain ,PRICEBASIS\nA,a.example,LIST",
        "name;domain;priceBasis\nA;a.example;LIST\n",
        '"name";"domain";"priceBasis"\n"A";"a.example";"LIST"\n',
        "name\tdomain\tpriceBasis\nA\ta.example\tLIST\n",
        "name,domain,priceBasis,,\nA,a.example,LIST,,\n",
        "name,domain,priceBasis,,\nA,a.example,LIST\n",
        "name,domain,priceBasis\nA,a.example,LIST,,\n",
        "name,,domain,priceBasis\nA,,a.example,LIST\n",
    ],
)
def test_it_is_the_same_table(text: str) -> None:
    assert rows(text) == [Row(2, {"name": "A", "domain": "a.example", "priceBasis": "LIST"})]


@pytest.mark.parametrize("first", ["sep=;\n", '"sep=;"\r\n', "\ufeffSEP=;\r"])
def test_the_first_line_may_name_the_delimiter(first: str) -> None:
    assert rows(first + "name;domain\nA, Inc;a.example\n") == [
        Row(3, {"name": "A, Inc", "domain": "a.example"})
    ]


def test_empty_rows_are_skipped_and_lines_still_count() -> None:
    found = rows('name,domain\n,\n\n ,,,\n"A\nB",a.example\n,\nC,c.example\n')
    assert [(row.line, row.texts["name"]) for row in found] == [(5, "A\nB"), (8, "C")]


@pytest.mark.parametrize(
    ("row", "column", "cause"),
    [
        ("A\n", "", "1 cells, the header 3"),
        ("A,a.example,1-10,more\n", "", "Column 4 has a value"),
        ("A,#REF!,1-10\n", "domain", "error of a formula"),
        ("A,a.example,1-10,,,x\n", "", "6 cells"),
    ],
)
def test_a_refused_row_names_line_column_and_cause(row: str, column: str, cause: str) -> None:
    [found] = rows(f"name,domain,bracket,\n{row}")
    assert found.refused and (found.refused.line, found.refused.field) == (2, column)
    assert cause in found.refused.reason


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("name|domain\nA|a\n", "There is no column name, domain"),
        ("name,Name,domain\n", "twice"),
        ("sep=;\nname,domain\nA,a\n", "There is no column"),
    ],
)
def test_a_header_that_does_not_fit(text: str, cause: str) -> None:
    with pytest.raises(UnreadableFile, match=cause):
        rows(text)
