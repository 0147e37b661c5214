"""Conditional requests (RFC 9110, section 13)."""

from collections.abc import Mapping


def failed_precondition(headers: Mapping[str, str], tag: str) -> int | None:
    """Return the status that ends a GET or HEAD, or None to serve the request.

    412 if `If-Match` names other versions than the one with the ETag `tag`, 304 if `If-None-Match`
    names this one. The service has no modification times, so conditions on them are ignored.
    """
    if "if-match" in headers and not _names(headers["if-match"], tag, weak=False):
        return 412
    if "if-none-match" in headers and _names(headers["if-none-match"], tag, weak=True):
        return 304
    return None


def _names(given: str, tag: str, *, weak: bool) -> bool:
    """Return whether a list of ETags, or `*`, matches. Weak ETags match only for reads."""
    if given.strip() == "*":
        return True
    tags = (text.strip() for text in given.split(","))
    return any((text.removeprefix("W/") if weak else text) == tag for text in tags)
