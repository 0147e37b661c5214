"""Content negotiation by the `Accept` header."""

from functools import lru_cache

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"

_WILDCARDS = ("application/*", "*/*")


@lru_cache(maxsize=256)
def negotiate(accept: str | None) -> str | None:
    """Return the media type of the response; None if the caller accepts none that we offer.

    Server-sent events only for a caller that lists no JSON: some clients list both for every
    request, but can read events for subscriptions only. Without the header it is JSON, which every
    client can read.
    """
    wishes = _wishes(accept or "*/*")
    best = max((RESPONSE_JSON, JSON), key=lambda name: wishes.get(name, 0.0))
    if wishes.get(best, 0.0) > 0:
        return best
    if wishes.get(EVENT_STREAM, 0.0) > 0:
        return EVENT_STREAM
    return JSON if any(wishes.get(name, 0.0) > 0 for name in _WILDCARDS) else None


def _wishes(accept: str) -> dict[str, float]:
    """Return the media types of the header with their weights, 0 to 1."""
    wishes = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            wishes[name] = float(weight)
        except ValueError:
            wishes[name] = 1.0
    return wishes
