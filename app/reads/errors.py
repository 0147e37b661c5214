"""What a read can refuse."""


class NotInScope(Exception):
    """A selection that the actor's API key is not made for: the message names the scope."""


class BadArgument(Exception):
    """An argument that cannot be served: the message tells which, and how to mend it."""


class TooLarge(Exception):
    """An answer that would be too large to send: the message tells the limit."""
