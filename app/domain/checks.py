"""Checks that the inputs of all areas share: each gives the problems it finds, none if all is well.

`field` is the path of the value in the input, in the words of the API.
"""

import re

from app.domain.errors import ErrorCode, Problem
from app.domain.money import CURRENCIES

MAX_NAME = 200
MAX_EMAIL = 254

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Card numbers have 13 to 19 digits (ISO/IEC 7812).
_CARD = re.compile(r"[0-9]{13,19}")


def check_line(value: str, *field: str, longest: int = MAX_NAME) -> list[Problem]:
    """A name or title: needed, one line, at most `longest` characters."""
    if not value.strip():
        return [Problem(ErrorCode.REQUIRED, f"Give 1 to {longest} characters here.", field)]
    if _CONTROL.search(value):
        return [Problem(ErrorCode.INVALID, "Give one line, without control characters.", field)]
    return check_text(value, *field, longest=longest)


def check_text(value: str, *field: str, longest: int) -> list[Problem]:
    """A text of any number of lines, maybe empty, at most `longest` characters."""
    if len(value) > longest:
        message = f"This has {len(value)} characters; shorten it to {longest} or fewer."
        return [Problem(ErrorCode.TOO_LONG, message, field)]
    if "\0" in value:
        return [Problem(ErrorCode.INVALID, "Remove the NUL characters from this text.", field)]
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
