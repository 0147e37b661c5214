"""What a read can refuse."""

from typing import Any


class NotInScope(Exception):
    """A selection that the actor's API key is not made for: the message names the scope."""


class BadArgument(Exception):
    """An argument that cannot be served: the message tells which, and how to fix it."""


class TooLarge(Exception):
    """An answer that would be too large to send: the message tells the limit."""


class Failed(Exception):
    """A field below the one that is read failed: `path` leads to it from there, `cause` says why.

    It represents the nearest object above the field that may be null.
    """

    def __init__(self, cause: Exception, path: tuple[Any, ...] = ()) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.path = path

    def below(self, *keys: Any) -> "Failed":
        """The same, seen from further up."""
        return Failed(self.cause, (*keys, *self.path))
