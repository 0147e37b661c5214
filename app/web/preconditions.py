"""Conditions of a request on the version that it asks for (RFC 9110, section 13)."""

from collections.abc import Mapping


def failed_precondition(headers: Mapping[str, str], tag: str) -> int | None:
    """Return the status that ends a GET or HEAD, or None if it is to be served.

    412 if `If-Match` names other versions than the one with the ETag `tag`, 304 if `If-None-Match`
    names this one. The service has no times of modification, so conditions on them do not count.
    """
    if "if-match" in headers and not _names(headers["if-match"], tag, weak=False):
        return 412
    if "if-none-match" in headers and _names(headers["if-none-match"], tag, weak=True):
        return 304
    return None


def _names(given: str, tag: str, *, weak: bool) -> bool:
    """Whether a list of ETags, or `*`, names a version. Weak ones count for what is read alone."""
    if given.strip() == "*":
        return True
    tags = (text.strip() for text in given.split(","))
    return any((text.removeprefix("W/") if weak else text) == tag for text in tags)
