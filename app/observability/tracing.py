"""OpenTelemetry tracing. While it is off, OpenTelemetry is not even imported.

Spans contain kinds, names and codes, but never variables, values or query strings.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

_OFF: AbstractContextManager[Any] = nullcontext()
# OpenTelemetry's modules, set by `trace_with`.
_tracer: Any = None


def trace_with(tracer: Any) -> None:
    """Create spans with this tracer from now on; None turns tracing off."""
    global _tracer
    _tracer = tracer


def operation(kind: str, name: str | None) -> AbstractContextManager[Any]:
    """Return a span for a GraphQL operation, a child of the current one. Does nothing while tracing
    is off.
    """
    if _tracer is None:
        return _OFF
    named = {"graphql.operation.name": name} if name else {}
    return _span(kind, {"graphql.operation.type": kind, **named})


def step(name: str) -> AbstractContextManager[Any]:
    """Return a child of the current span. Does nothing if there is no current span."""
    return _OFF if trace_id() is None else _span(name, {})


def failed(codes: Iterable[str]) -> None:
    """Record on the current span the error codes that the caller gets."""
    if _tracer is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attribute("partnergraph.error_codes", sorted(set(codes)))


def trace_id() -> str | None:
    """Return the current trace id, 32 hexadecimal digits; None without a trace."""
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
    """A span that records only the name of an exception: the message may quote values."""

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
