"""Watches the SQL that a block of code sends, as the drivers see it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_DRIVERS = logging.getLogger("tortoise.db_client")


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.statements: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # The drivers tell of connections as well.
        if record.msg == "%s: %s":
            self.statements.append(str(record.args[0]) if record.args else "")


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent within the block."""
    collector, level, propagated = _Collector(), _DRIVERS.level, _DRIVERS.propagate
    _DRIVERS.addHandler(collector)
    _DRIVERS.setLevel(logging.DEBUG)
    _DRIVERS.propagate = False
    try:
        yield collector.statements
    finally:
        _DRIVERS.removeHandler(collector)
        _DRIVERS.setLevel(level)
        _DRIVERS.propagate = propagated
