"""What a read can refuse."""


class BadArgument(Exception):
    """An argument that cannot be served: the message tells which, and how to mend it."""
