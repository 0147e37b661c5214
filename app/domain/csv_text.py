"""Writing of CSV (RFC 4180) that is safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable

# A spreadsheet treats a cell that begins like this as a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def csv_line(cells: Iterable[str | None]) -> str:
    """Return one line with its line end. None is an empty cell.

    Text that a spreadsheet would run as a formula is prefixed with an apostrophe. Numbers,
    including negative ones, are not.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_safe(cell or "") for cell in cells])
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell
