"""Checks that the inputs of all areas share: each gives the problems it finds, none if all is well.

`field` is the path of the value in the input, in the words of the API.
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
    """Problems of a name or title: it needs a visible character, and is one line."""
    if is_blank(value) and unreadable_character(value, lines=True) is None:
        return [Problem(ErrorCode.REQUIRED, f"Give 1 to {longest} characters here.", field)]
    return _length_problem(value, field, longest) or _character_problem(value, field, lines=False)


def check_text(value: str, *field: str, longest: int) -> list[Problem]:
    """Problems of a text that may be empty or have several lines, at most `longest` characters."""
    if value.strip() and is_blank(value):
        message = "Nothing of this text can be seen. Give a text, or leave it empty."
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
    """A reference that is kept and shown: never the number of a card, however it is spaced."""
    digits = re.sub(r"[\s-]", "", value)
    if _CARD.fullmatch(digits) and _luhn(digits):
        message = "This has the form of a card number. Give a reference that is none."
        return [Problem(ErrorCode.INVALID, message, field)]
    return []


def _luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of those before (ISO/IEC 7812-1)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def check_currency(value: str, *field: str) -> list[Problem]:
    """A currency of ISO 4217 by its code, such as USD."""
    if value in CURRENCIES:
        return []
    message = "Give the ISO 4217 code of a currency, such as USD."
    return [Problem(ErrorCode.INVALID, message, field)]
