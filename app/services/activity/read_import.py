"""Files of facts: CSV with a header, or JSON Lines, read row by row.

Columns and keys are those of `COLUMNS`. Moments are RFC 3339 with an offset, or a day: its
beginning in the vendor's time zone. Amounts are decimals in the currency's major unit.
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.domain.activity import NewActivity, clean
from app.domain.csv_rows import RefusedRow, Row, UnreadableFile, csv_rows, encoding_of
from app.domain.money import Money, minor_digits
from app.domain.programs.vocabulary import ActivityKind, PriceBasis, Revenue, SaleMotion
from app.domain.spreadsheet_values import check_identifier, decimal_number, iso_date
from app.domain.timestamps import parse_timestamp_or_date

NEEDED = ("partner", "kind", "occurredAt", "externalId")
COLUMNS = (
    *NEEDED,
    *("code", "person", "course", "amount", "currencyCode", "revenue", "motion", "priceBasis"),
    *("source", "product", "value", "evidence", "note", "expiresAt"),
)
MAX_LINE = 1_000_000
_WRONG_BYTE = re.compile("[\udc80-\udcff]")
_TEXTS = ("code", "person", "course", "source", "product", "value", "evidence", "note")


class FileFormat(StrEnum):
    """How a file of facts is written."""

    CSV = "csv"
    JSONL = "jsonl"


class ImportFile:
    """A file to import. After `rows` was read to its end, `sha256` is that of its bytes."""

    def __init__(self, path: Path, format: FileFormat, zone: ZoneInfo) -> None:
        self.path, self.format, self.zone = path, format, zone
        self.sha256 = ""

    def rows(self, progress: Callable[[int], None] = lambda done: None) -> Iterator[Row]:
        """The rows in order; `progress` is told how many bytes were read.

        Raises UnreadableFile for a header that does not fit, and for what is not text or CSV.
        """
        lines = self._lines(progress)
        if self.format is FileFormat.CSV:
            return csv_rows(lines, COLUMNS, NEEDED)
        return _json_lines(lines)

    def _lines(self, progress: Callable[[int], None]) -> Iterator[str]:
        with self.path.open("rb", buffering=0) as file:
            encoding = encoding_of(file.read(2))
            file.seek(0)
            raw = _Hashed(file, progress)
            # Whatever the encoding, and whatever ends a line. Wrong bytes of UTF-8 are marked, so
            # that their line can be told.
            errors = "surrogateescape" if encoding == "utf-8-sig" else "strict"
            with io.TextIOWrapper(raw, encoding, errors, newline="") as text:
                yield from _checked_lines(text)
        self.sha256 = raw.found.hexdigest()


class _Hashed(io.BufferedReader):
    """A file that tells how far it was read, and hashes its bytes as they are read."""

    def __init__(self, file: io.FileIO, progress: Callable[[int], None]) -> None:
        super().__init__(file)
        self.found, self._done, self._progress = hashlib.sha256(), 0, progress

    def read1(self, size: int = -1, /) -> bytes:
        """As any reader's."""
        data = super().read1(size)
        self.found.update(data)
        self._done += len(data)
        self._progress(self._done)
        return data


def _checked_lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    try:
        while line := text.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise UnreadableFile(f"Line {number} is longer than {MAX_LINE:,} characters.")
            if _WRONG_BYTE.search(line):
                raise UnreadableFile(
                    f'Line {number} is not UTF-8. Save it as UTF-8, in Excel as "CSV UTF-8".'
                )
            yield line
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"The file is not UTF-16 after line {number}. Save it as UTF-8."
        ) from error


def _json_lines(lines: Iterator[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield Row(number, refused=RefusedRow(number, "", f"This is not JSON: {error}."))
            continue
        yield _json_row(number, found)


def _json_row(number: int, found: Any) -> Row:
    if not isinstance(found, dict):
        return Row(number, refused=RefusedRow(number, "", "Write one JSON object on a line."))
    texts = {}
    for name, value in found.items():
        if name not in COLUMNS:
            why = f"There is no such key. The keys are: {', '.join(COLUMNS)}."
            return Row(number, refused=RefusedRow(number, name[:60], why))
        # A number of JSON may have lost digits on its way, a whole one has not.
        if type(value) not in (str, int, type(None)):
            return Row(number, refused=RefusedRow(number, name, "Write this as text in quotes."))
        if value is not None and (text := str(value).strip()):
            texts[name] = text
    return Row(number, texts)


def read_activity(row: Row, zone: ZoneInfo) -> tuple[NewActivity | None, list[RefusedRow]]:
    """The fact in a row, and every value of it that cannot be read.

    Without a fact there is a refused row; a fact beside refused rows lacks their values.
    """
    values: dict[str, Any] = {"external_id": row.texts.get("externalId")}
    values |= {name: row.texts.get(name) for name in _TEXTS}
    refused: list[RefusedRow] = []
    for name, column, read in (
        ("kind", "kind", lambda text: _word(ActivityKind, text)),
        ("revenue", "revenue", lambda text: _word(Revenue, text)),
        ("motion", "motion", lambda text: _word(SaleMotion, text)),
        ("price_basis", "priceBasis", lambda text: _word(PriceBasis, text)),
        ("external_id", "externalId", check_identifier),
        ("occurred_at", "occurredAt", lambda text: _moment(text, zone)),
        ("expires_at", "expiresAt", lambda text: _moment(text, zone)),
    ):
        text = row.texts.get(column)
        try:
            values[name] = None if text is None else read(text)
        except (ValueError, OverflowError) as error:
            refused.append(RefusedRow(row.line, column, str(error)))
            values[name] = None
    refused += [
        RefusedRow(row.line, column, _NEEDED_WHY.get(column, "Every row needs this."))
        for column in NEEDED
        if column not in row.texts
    ]
    try:
        values["amount"] = _money(row.texts)
    except _WrongMoney as error:
        refused.append(RefusedRow(row.line, error.column, str(error)))
    if values["kind"] is None or values["occurred_at"] is None:
        return None, refused
    return clean(NewActivity(**values)), refused


_NEEDED_WHY = {
    "externalId": "Every row of a file needs one: by it, importing a file again changes nothing."
}


def _word(enum: type[StrEnum], text: str) -> StrEnum:
    if text in enum.__members__:
        return enum(text)
    raise ValueError(f"Write one of: {', '.join(enum)}.")


def _moment(text: str, zone: ZoneInfo) -> datetime:
    text = iso_date(text)
    try:
        return parse_timestamp_or_date(text, zone)
    except ValueError as error:
        wrong = "Write a moment such as 2026-03-01T09:30:00Z, or a day such as 2026-03-01."
        raise ValueError(wrong) from error


class _WrongMoney(ValueError):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def _money(texts: Mapping[str, str]) -> Money | None:
    amount, currency = texts.get("amount"), texts.get("currencyCode")
    if amount is None and currency is None:
        return None
    if amount is None:
        raise _WrongMoney("amount", "A currency needs an amount.")
    if currency is None:
        raise _WrongMoney("currencyCode", "An amount needs its currency.")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise _WrongMoney("currencyCode", "Write an ISO 4217 code such as USD.")
    try:
        return Money.exactly(decimal_number(amount, minor_digits(currency)), currency)
    except (ValueError, InvalidOperation) as error:
        raise _WrongMoney("amount", str(error)) from error
