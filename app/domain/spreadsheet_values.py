"""Values as spreadsheets write them: read if the meaning is certain, refused otherwise.

Every function raises ValueError with a message that gives the cause and the remedy.
"""

import re
from datetime import date
from decimal import Decimal

_GROUP = "[ \u00a0\u2009\u202f']"
_COMMAS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,12})?")
_POINTS = re.compile(r"-?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]{1,12})?")
_SPACES = re.compile(rf"-?[0-9]{{1,3}}({_GROUP}[0-9]{{3}})+([.,][0-9]{{1,12}})?")
_PLAIN = re.compile(r"-?[0-9]{1,18}([.,][0-9]{1,12})?")
_SCIENTIFIC = re.compile(r"-?[0-9]([.,][0-9]+)?[eE][+-]?[0-9]+")
_WORD = r"[^\W\d_]{3,5}"
_MONTH_NAME = re.compile(rf"(?P<a>[0-9]{{1,4}}|{_WORD})\.?[-\s/]+(?P<b>{_WORD}|[0-9]{{1,4}})\.?")
_NUMERIC_DATE = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}( [0-9:]+)?")
_DATE = re.compile(
    r"(?P<a>[0-9]{1,2})(?P<between>[./])(?P<b>[0-9]{1,2})(?P=between)(?P<year>[0-9]{4})"
)
_ERROR = re.compile(r"#+|#(N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|SPILL!)")
# A spreadsheet's serial number for a day of this century, such as 46023 for 2026-01-01.
_SERIAL_DAY = re.compile(r"[3-7][0-9]{4}(\.[0-9]+)?")
_MONTH_NAMES = "jan feb mar/mrz/mär apr may/mai jun jul aug sep oct/okt nov dec/dez"
_MONTHS = {
    name: number
    for number, names in enumerate(_MONTH_NAMES.split(), start=1)
    for name in names.split("/")
}


def cell_text(text: str) -> str:
    """Return the text of a cell, without surrounding spaces or the apostrophe that marks it as
    text.

    Raises ValueError for a formula error, and for characters lost in a conversion.
    """
    text = text.strip()
    if re.match(r"'[=+\-@]", text):
        text = text[1:]
    if _ERROR.fullmatch(text):
        raise ValueError(
            f"{text} is an error of a formula, or the column was too narrow. Write the value again."
        )
    if "\ufffd" in text:
        raise ValueError(
            "Characters were lost when the file was converted."
            ' Save it again, in Excel as "CSV UTF-8".'
        )
    return text


def whole_number(text: str) -> int:
    """Read a whole number such as 1200, 1,200, 1 200, 1.200 or 1200.0."""
    number = _number(text.removeprefix("'"), "Write a whole number such as 42.")
    if number != number.to_integral_value() or not 0 <= number < 1_000_000_000:
        raise ValueError("Write a whole number such as 42.")
    return int(number)


def decimal_number(text: str, decimals: int) -> Decimal:
    """Read an amount with a decimal point or comma, and thousands separators in any usual form.

    One group of three digits, as in 1.200 and 1,200, may be thousands or decimals. It is read as
    decimals only after a point, and only if the value may have three or more `decimals`.
    """
    plain = text.removeprefix("'")
    if re.fullmatch(r"-?[0-9]{1,3}[.,][0-9]{3}", plain) and not ("." in plain and decimals >= 3):
        raise ValueError(
            f"{plain} may have a thousands separator or decimals."
            " Write the amount without thousands separators, such as 1200.00."
        )
    return _number(plain, "Write a decimal number such as 129.00.", ambiguous=True)


def check_size_code(text: str) -> str:
    """Return the code of a company size, such as 11-50. Refuses the dates that spreadsheets make of
    some.
    """
    text = text.removeprefix("'")
    if was := _former_range(text):
        raise ValueError(
            f"A spreadsheet turned {was} into the date {text}."
            " Format the column as text, and write the company size again."
        )
    return text


def check_identifier(text: str) -> str:
    """Return an identifier. Refuses long numbers that a spreadsheet has shortened."""
    if _SCIENTIFIC.fullmatch(text) and "+" in text:
        raise ValueError(_shortened(text))
    return text


def iso_date(text: str) -> str:
    """Convert a date such as 12/31/2026 or 31.12.2026 to 2026-12-31; return any other text
    unchanged.

    With points, the day comes first. With slashes, the day is the part above 12.
    """
    text = text.removeprefix("'")
    if _SERIAL_DAY.fullmatch(text):
        raise ValueError(
            f"{text} is a spreadsheet's number for a date."
            " Format the column as a date or as text, such as 2026-12-31."
        )
    if not (match := _DATE.fullmatch(text)):
        return text
    first, second, year = int(match["a"]), int(match["b"]), int(match["year"])
    if match["between"] == "/" and first <= 12 and second <= 12 and first != second:
        raise ValueError(
            f"{text} is one of two days. Format the column as text, and write the date as"
            f" {year:04}-{first:02}-{second:02} or {year:04}-{second:02}-{first:02}."
        )
    day, month = (first, second) if match["between"] == "." or first > 12 else (second, first)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text


def _number(text: str, wrong: str, *, ambiguous: bool = False) -> Decimal:
    if _SCIENTIFIC.fullmatch(text):
        raise ValueError(_shortened(text))
    if was := _former_range(text):
        raise ValueError(
            f"A spreadsheet turned {was} into the date {text}. Format the column as text, and write"
            " the number again."
        )
    if not ambiguous and re.fullmatch(r"[0-9]{1,3}\.000", text):
        raise ValueError(f"{text} may have a thousands separator or decimals. Write digits only.")
    if _COMMAS.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if _POINTS.fullmatch(text) and not (ambiguous and re.fullmatch(r"-?[0-9]+\.[0-9]+", text)):
        return Decimal(text.replace(".", "").replace(",", "."))
    if _SPACES.fullmatch(text):
        return Decimal(re.sub(_GROUP, "", text).replace(",", "."))
    if _PLAIN.fullmatch(text):
        return Decimal(text.replace(",", "."))
    raise ValueError(wrong)


def _shortened(text: str) -> str:
    return (
        f"A spreadsheet shortened this number to {text}. Format the column as text or as a number"
        " without decimals, and write the number again."
    )


def _former_range(text: str) -> str:
    """Return what a date was before conversion: 11-50 for Nov-50; empty if it is not a date."""
    if _NUMERIC_DATE.fullmatch(text):
        return "a value"
    if not (match := _MONTH_NAME.fullmatch(text)):
        return ""
    name, number = match["a"], match["b"]
    if name.isdigit():
        name, number = number, name
    if name.isdigit() or not number.isdigit():
        return ""
    month = _MONTHS.get(name[:3].lower())
    if month is None:
        return "a value"
    low, high = sorted((month, int(number)))
    return f"{low}-{high}"
