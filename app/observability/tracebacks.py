"""Tracebacks for logs, without values.

They contain no local variables and no values of database rows: PostgreSQL and its driver quote
rejected values, which may be secrets or personal data.
"""

from collections.abc import Iterator
from traceback import format_tb
from types import TracebackType

# Modules whose errors quote values.
_QUOTING = ("asyncpg", "pydantic_core", "tortoise")
# SQLSTATE class of invalid values, which the message itself quotes.
_DATA_EXCEPTION = "22"


def traceback_text(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None],
) -> str:
    """Return the traceback for `sys.exc_info()`, with its causes first."""
    return "\n\n".join(_parts(exc_info[1], set()))


def harmless(error: BaseException) -> str:
    """Return the message of an error, without the values that it quotes."""
    inner = error.args[0] if error.args else None
    if isinstance(inner, BaseException):
        # The ORM wraps errors of its driver.
        return f"{type(inner).__qualname__}: {harmless(inner)}"
    if type(error).__module__.partition(".")[0] not in _QUOTING:
        return str(error)
    # Details, with the row, are on the following lines.
    message = str(error).partition("\n")[0]
    state: str = getattr(error, "sqlstate", None) or ""
    if state and not state.startswith(_DATA_EXCEPTION):
        return f"{message} [{state}]"
    return (state and f"[{state}]") or message.partition(": ")[0]


def _parts(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _parts(before, seen)
        yield "Then, because of it:" if error.__cause__ else "Then, while handling it:"
    notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
    frames = "".join(format_tb(error.__traceback__))
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    yield f"Traceback (most recent call last):\n{frames}{name}: {harmless(error)}{notes}"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            if id(each) not in seen:
                yield "One of its parts:"
                yield from _parts(each, seen)
