"""Tables as text: RFC 4180, and safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable

# A spreadsheet takes a cell that begins like this for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def csv_line(cells: Iterable[str | None]) -> str:
    """One line with its line end. None is an empty cell.

    A text that a spreadsheet would run as a formula gets an apostrophe before it; a number does
    not, below zero either.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_safe(cell or "") for cell in cells])
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell
