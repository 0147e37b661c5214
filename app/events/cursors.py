"""Cursors: where a subscriber is in the order of events, as text that only this module reads."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

# The version of the format: a cursor of another one is refused, never misread.
_PREFIX = "e1:"
_LONGEST = 64
_LARGEST = 2**63 - 1


class InvalidCursor(Exception):
    """A text that is not a cursor of this service; the message names the remedy."""


class CursorExpired(Exception):
    """A cursor behind which events were deleted; the message names the remedy."""

    def __init__(self) -> None:
        super().__init__(
            "Events that come after this cursor are no longer kept. Read the newest cursor and the"
            " current state, then subscribe with that cursor."
        )


def encode(sequence: int) -> str:
    """The cursor of the event with this sequence; 0 stands before the first event."""
    return urlsafe_b64encode(f"{_PREFIX}{sequence}".encode()).decode().rstrip("=")


def decode(cursor: str) -> int:
    """The sequence that a cursor represents. Raises InvalidCursor for any other text."""
    sequence = _parse(cursor)
    # What does not come out as it went in was not made by encode, such as "007" or other digits.
    if sequence is None or not 0 <= sequence <= _LARGEST or encode(sequence) != cursor:
        raise InvalidCursor(
            "This is not an event cursor. Send the cursor of an event as you received it,"
            " or leave it out to start with the next event."
        )
    return sequence


def _parse(cursor: str) -> int | None:
    if len(cursor) > _LONGEST:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return int(text.removeprefix(_PREFIX)) if text.startswith(_PREFIX) else None
    except ValueError:
        return None
