"""E-mail addresses in the normal form in which they are stored and compared."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from app.domain.checks import MAX_EMAIL, check_line
from app.domain.errors import ErrorCode, Problem


def normalise_email(value: str) -> str:
    """Return an e-mail address in normal form: trimmed, lower case, NFC, the domain in Unicode.

    Spellings of one mailbox in Unicode, punycode, NFC or NFD have the same form. A text that is not
    an e-mail address is only trimmed and lower-cased; `check_email` reports it.
    """
    try:
        return _normalised(value)
    except EmailNotValidError:
        return value.strip().lower()


def check_email(value: str, *field: str) -> list[Problem]:
    """Return the problems of an e-mail address. It needs a full domain name, such as
    ada@example.com.
    """
    if not value.strip():
        return check_line(value, *field)
    try:
        kept = _normalised(value)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        code = ErrorCode.TOO_LONG if "too long" in reason else ErrorCode.INVALID
        message = f"{reason}. Give a full e-mail address such as ada@example.com."
        return [Problem(code, message, field)]
    return check_line(kept, *field, longest=MAX_EMAIL)


def _normalised(value: str) -> str:
    # Only the syntax is checked: no DNS, and domains such as .example are allowed.
    found = validate_email(
        value.strip(), check_deliverability=False, globally_deliverable=False, test_environment=True
    )
    if "." not in found.domain:
        raise EmailNotValidError("The part after the @-sign is not a full domain name")
    return f"{unicodedata.normalize('NFC', found.local_part.lower())}@{found.domain}"
