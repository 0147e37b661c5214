"""Which media type a caller gets, from its `Accept` header."""

from functools import lru_cache

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"

_WILDCARDS = ("application/*", "*/*")


@lru_cache(maxsize=256)
def negotiate(accept: str | None) -> str | None:
    """The media type to answer with; None if the caller takes none of ours.

    Server-sent events only for a caller that lists no JSON: some clients list them beside JSON for
    every request and can read them for subscriptions alone. Without any wish it is JSON, which
    every client reads.
    """
    wishes = _wishes(accept or "*/*")
    best = max((RESPONSE_JSON, JSON), key=lambda name: wishes.get(name, 0.0))
    if wishes.get(best, 0.0) > 0:
        return best
    if wishes.get(EVENT_STREAM, 0.0) > 0:
        return EVENT_STREAM
    return JSON if any(wishes.get(name, 0.0) > 0 for name in _WILDCARDS) else None


def _wishes(accept: str) -> dict[str, float]:
    """The media types of the header with their weights, 0 to 1."""
    wishes = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            wishes[name] = float(weight)
        except ValueError:
            wishes[name] = 1.0
    return wishes
