"""Range requests (RFC 9110, section 14): a single range of bytes."""

import re
from collections.abc import Mapping

_ONE_SPAN = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class Unsatisfiable(Exception):
    """A range that begins after the end of the file."""


def asked_span(headers: Mapping[str, str], tag: str, size: int) -> tuple[int, int] | None:
    """Return the start and the end (exclusive) of the requested range; None for the whole file.

    `tag` is the file's ETag: a range of another version is not useful. Several ranges, and
    malformed ones, give the whole file. Raises Unsatisfiable.
    """
    match = _ONE_SPAN.fullmatch(headers.get("range", ""))
    if match is None or headers.get("if-range", tag) != tag:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        span = (max(0, size - int(last)), size)
    else:
        span = (int(first), min(size, int(last) + 1) if last else size)
        if last and int(last) < int(first):
            return None
    if span[0] >= span[1]:
        raise Unsatisfiable
    return span
