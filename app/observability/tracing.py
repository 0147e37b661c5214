"""Traces by OpenTelemetry: off unless asked for, and nothing of it is even imported then.

Spans tell kinds, names and codes: never variables, values, or the query of an address.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

_OFF: AbstractContextManager[Any] = nullcontext()
# OpenTelemetry's, from `trace_with` on.
_tracer: Any = None


def trace_with(tracer: Any) -> None:
    """Make spans by this tracer from now on; by none if it is None."""
    global _tracer
    _tracer = tracer


def operation(kind: str, name: str | None) -> AbstractContextManager[Any]:
    """A span of a GraphQL operation, below the one that there is; nothing while tracing is off."""
    if _tracer is None:
        return _OFF
    named = {"graphql.operation.name": name} if name else {}
    return _span(kind, {"graphql.operation.type": kind, **named})


def step(name: str) -> AbstractContextManager[Any]:
    """A span below the one that there is; nothing where it would be a trace of its own."""
    return _OFF if trace_id() is None else _span(name, {})


def failed(codes: Iterable[str]) -> None:
    """Tell the present span which errors the caller is told of."""
    if _tracer is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attribute("partnergraph.error_codes", sorted(set(codes)))


def trace_id() -> str | None:
    """The id of the present trace, 32 hexadecimal digits; None without one."""
    if _tracer is None:
        return None
    from opentelemetry.trace import format_trace_id, get_current_span

    context = get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else None


def _span(name: str, attributes: Mapping[str, str]) -> AbstractContextManager[Any]:
    return _Span(
        _tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        )
    )


class _Span(AbstractContextManager[Any]):
    """A span that is told of an exception by its name alone: the message may quote values."""

    def __init__(self, managed: AbstractContextManager[Any]) -> None:
        self._managed = managed

    def __enter__(self) -> Any:
        self._current = self._managed.__enter__()
        return self._current

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if kind is not None:
            from opentelemetry.trace import Status, StatusCode

            self._current.set_attribute("error.type", kind.__qualname__)
            self._current.set_status(Status(StatusCode.ERROR))
        self._managed.__exit__(kind, error, traceback)
