"""Tables that come in as text (RFC 4180): a header, then rows, each with its line."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

# What a program that writes UTF-8 may put at the beginning.
BYTE_ORDER_MARK = "\ufeff"


class UnreadableFile(Exception):
    """A table that is not read to its end; the message says where, and how to mend it."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not taken: its line, the column (empty: the whole row), and why."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """The texts of a row by column, those that are not empty; `refused` if none are to be had."""

    line: int
    texts: Mapping[str, str] = field(default_factory=dict)
    refused: RefusedRow | None = None


def csv_rows(
    lines: Iterator[str], columns: Sequence[str], needed: Collection[str]
) -> Iterator[Row]:
    """The rows below the header, which names some of the `columns` and all of those `needed`.

    Raises UnreadableFile for a header that does not fit, and for what is not CSV.
    """
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, columns, needed)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                texts = zip(header, map(str.strip, cells), strict=True)
                yield Row(line, {name: text for name, text in texts if text})
            elif cells:
                why = f"This row has {len(cells)} cells, the header {len(header)}."
                yield Row(line, refused=RefusedRow(line, "", why))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFile(
            f"Line {reader.line_num} is not CSV: {error}. Look for a quote that does not end."
        ) from error


def _check_header(header: list[str], columns: Sequence[str], needed: Collection[str]) -> None:
    unknown = [name for name in header if name not in columns]
    missing = [name for name in needed if name not in header]
    if unknown or missing or len(set(header)) < len(header):
        told = [f"{', '.join(map(repr, unknown))} is no column." if unknown else ""]
        told += [f"There is no column {', '.join(missing)}." if missing else ""]
        told += ["A column is there twice." if len(set(header)) < len(header) else ""]
        told += ["Separate columns by commas." if any(";" in name for name in unknown) else ""]
        raise UnreadableFile(
            f"{' '.join(filter(None, told))} The first line names the columns, out of:"
            f" {', '.join(columns)}."
        )
