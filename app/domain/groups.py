"""Groups of partners: the rules for their keys and names."""

import re

from app.domain.checks import check_line
from app.domain.errors import ErrorCode, Problem

MAX_KEY = 60
MAX_NAME = 120
# All are written in one statement and listed in one event.
MAX_MEMBERS_AT_ONCE = 1_000

_KEY = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")


def check_group(key: str, name: str) -> list[Problem]:
    """Return the problems of a new group's key and name."""
    problems = check_line(name, "name", longest=MAX_NAME)
    if len(key) > MAX_KEY or not _KEY.fullmatch(key):
        message = (
            f"Give 1 to {MAX_KEY} lower-case letters and digits, with single hyphens, dots or"
            " underscores between them, such as emea-pilot."
        )
        problems.append(Problem(ErrorCode.INVALID, message, ("key",)))
    return problems
