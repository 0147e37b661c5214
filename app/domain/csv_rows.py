"""Reading of CSV: RFC 4180 and the variants that spreadsheets write.

A file has a header and rows. Columns are separated by commas, semicolons or tabs; the delimiter is
found in the header, or in a first line such as `sep=;`. Empty rows and unnamed empty columns are
skipped.
"""

import codecs
import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from app.domain.spreadsheet_values import cell_text

# The byte order mark that some programs write before UTF-8.
BYTE_ORDER_MARK = "\ufeff"
_DELIMITERS = (",", ";", "\t")


class UnreadableFile(Exception):
    """A file that cannot be read to its end. The message says where, and how to fix it."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is refused: its line, the column (empty: the whole row), and the reason."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """The non-empty texts of a row by column; `refused` if the row cannot be read."""

    line: int
    texts: Mapping[str, str] = field(default_factory=dict)
    refused: RefusedRow | None = None


def encoding_of(beginning: bytes) -> str:
    """Return the encoding of a file from its first bytes: UTF-16 by its byte order mark, else
    UTF-8.
    """
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"


def csv_rows(
    lines: Iterator[str], columns: Sequence[str], needed: Collection[str]
) -> Iterator[Row]:
    """Yield the rows below the header, which must name only `columns` and all of those `needed`.

    Raises UnreadableFile for a wrong header, and for text that is not CSV.
    """
    first = next(lines, "").removeprefix(BYTE_ORDER_MARK)
    before = 0
    if declared := _declared(first):
        first, before = next(lines, ""), 1
    delimiter = declared or _delimiter(first, columns, needed)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    try:
        header = _header(next(reader, []), columns)
        _check_header(header, columns, needed)
        line = reader.line_num + before + 1
        for cells in reader:
            if any(map(str.strip, cells)):
                yield _row(line, header, cells)
            line = reader.line_num + before + 1
    except csv.Error as error:
        raise UnreadableFile(
            f"Line {reader.line_num + before} is not CSV: {error}. Look for a quote that does not"
            " end."
        ) from error


def _declared(line: str) -> str:
    """Return the delimiter in a line such as `sep=;`, which Excel writes; empty for other lines."""
    text = line.strip("\r\n").strip('"')
    return text[4:] if text.lower().startswith("sep=") and len(text) == 5 else ""


def _delimiter(line: str, columns: Sequence[str], needed: Collection[str]) -> str:
    """Return the delimiter that separates the names of the header; a comma if none does."""
    for delimiter in _DELIMITERS:
        names = _header([name.strip().strip('"') for name in line.split(delimiter)], columns)
        if set(needed) <= set(names):
            return delimiter
    return ","


def _header(cells: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the column names in their normal spelling; empty for columns without a name."""
    known = {name.lower(): name for name in columns}
    names = [cell.strip() for cell in cells]
    return [known.get(name.lower(), name) for name in names]


def _row(line: int, header: Sequence[str], cells: Sequence[str]) -> Row:
    while len(cells) > len(header) and not cells[-1].strip():
        cells = cells[:-1]
    # Spreadsheets leave out empty cells at the end of a row under columns without a name.
    needed = max((n for n, name in enumerate(header, start=1) if name), default=0)
    if not needed <= len(cells) <= len(header):
        why = f"This row has {len(cells)} cells, the header {needed}."
        return Row(line, refused=RefusedRow(line, "", why))
    texts: dict[str, str] = {}
    for number, (name, cell) in enumerate(zip(header, cells, strict=False), start=1):
        try:
            text = cell_text(cell)
        except ValueError as error:
            return Row(line, refused=RefusedRow(line, name, str(error)))
        if text and not name:
            why = f"Column {number} has a value here, but no name in the header."
            return Row(line, refused=RefusedRow(line, "", why))
        if text:
            texts[name] = text
    return Row(line, texts)


def _check_header(header: Sequence[str], columns: Sequence[str], needed: Collection[str]) -> None:
    named = [name for name in header if name]
    unknown = [name for name in named if name not in columns]
    missing = [name for name in needed if name not in named]
    twice = len(set(named)) < len(named)
    if unknown or missing or twice:
        faults = [f"{', '.join(map(repr, unknown))} is not a column." if unknown else ""]
        faults += [f"There is no column {', '.join(missing)}." if missing else ""]
        faults += ["A column appears twice." if twice else ""]
        raise UnreadableFile(
            f"{' '.join(filter(None, faults))} The first line must name the columns, which can be:"
            f" {', '.join(columns)}."
        )
