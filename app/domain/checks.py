"""Input checks shared by all areas. Each returns the problems that it finds.

`field` is the path of the value in the input, with the API's names.
"""

import re

from app.domain.characters import is_blank, unreadable_character
from app.domain.errors import ErrorCode, Problem
from app.domain.money import CURRENCIES

MAX_NAME = 200
MAX_EMAIL = 254

# Card numbers have 13 to 19 digits (ISO/IEC 7812).
_CARD = re.compile(r"[0-9]{13,19}")


def check_line(value: str, *field: str, longest: int = MAX_NAME) -> list[Problem]:
    """Return the problems of a name or title: it must be one line with a visible character."""
    if is_blank(value) and unreadable_character(value, lines=True) is None:
        return [Problem(ErrorCode.REQUIRED, f"Give 1 to {longest} characters here.", field)]
    return _length_problem(value, field, longest) or _character_problem(value, field, lines=False)


def check_text(value: str, *field: str, longest: int) -> list[Problem]:
    """Return the problems of a text. It may be empty or have several lines, with at most `longest`
    characters.
    """
    if value.strip() and is_blank(value):
        message = "This text has no visible character. Give a text, or leave it empty."
        return [Problem(ErrorCode.INVALID, message, field)]
    return _length_problem(value, field, longest) or _character_problem(value, field, lines=True)


def _length_problem(value: str, field: tuple[str, ...], longest: int) -> list[Problem]:
    if len(value) <= longest:
        return []
    message = f"This has {len(value)} characters; shorten it to {longest} or fewer."
    return [Problem(ErrorCode.TOO_LONG, message, field)]


def _character_problem(value: str, field: tuple[str, ...], *, lines: bool) -> list[Problem]:
    if found := unreadable_character(value, lines=lines):
        message = f"Remove the character {found}, which is invisible or reorders text."
        return [Problem(ErrorCode.INVALID, message, field)]
    return []


def check_no_card(value: str, *field: str) -> list[Problem]:
    """Return the problems of a reference: it must not be a card number, however it is spaced."""
    digits = re.sub(r"[\s-]", "", value)
    if _CARD.fullmatch(digits) and _luhn(digits):
        message = "This looks like a card number. Give another reference."
        return [Problem(ErrorCode.INVALID, message, field)]
    return []


def _luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of those before (ISO/IEC 7812-1)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def check_currency(value: str, *field: str) -> list[Problem]:
    """Return the problems of a currency code (ISO 4217), such as USD."""
    if value in CURRENCIES:
        return []
    message = "Give the ISO 4217 code of a currency, such as USD."
    return [Problem(ErrorCode.INVALID, message, field)]
